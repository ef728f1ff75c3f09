"""Drawing subgraphs that fit together: what composition should accept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.factories.subgraph_sets.cache_tags import add_cache_tags
from tests.factories.subgraph_sets.composed_directives import add_composed_directives
from tests.factories.subgraph_sets.connections import add_connection
from tests.factories.subgraph_sets.contexts import add_context
from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use
from tests.factories.subgraph_sets.entity_interfaces import add_entity_interface
from tests.factories.subgraph_sets.executable_directives import add_executable_directives
from tests.factories.subgraph_sets.moving_fields import add_overrides, add_provides, add_requires
from tests.factories.subgraph_sets.names import vary_names
from tests.factories.subgraph_sets.shared_types import OPTIONAL_MEMBERS, draw_shared_types
from tests.factories.subgraph_sets.spelling import vary_definitions

_NAMES = ("accounts", "billing", "catalogue", "delivery", "events")
_LEAVES = ("Int", "String", "Float", "Boolean", "ID")
# One peer knows no version after 2.9 and judges no graph that has one, so newer ones stand together.
_MINORS = (0, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, *[9] * 16)
_NEWER_MINORS = (8, 9, 10, 11, 12, 12, 12)
_NEWER = 0.12
_VERSION_ONE = 0.08
_WRAPPINGS = ("{}", "{}", "{}!", "[{}]", "[{}!]!", "[{}!]")


@dataclass(slots=True)
class World:
    """Everything the subgraphs talk about: the whole type each of them copies from."""

    rng: Random
    subgraphs: list[SubgraphDraft]
    entities: dict[str, list[SubgraphDraft]] = field(default_factory=dict)
    shared: dict[str, Draft] = field(default_factory=dict)

    def chance(self, probability: float) -> bool:
        """True this often."""
        return self.rng.random() < probability


def draw_consistent(rng: Random) -> list[SubgraphDraft]:
    """Two to five subgraphs that share entities, values, enums and inputs."""
    minors = _NEWER_MINORS if rng.random() < _NEWER else _MINORS
    world = World(rng, [_subgraph(rng, name, minors) for name in _NAMES[: rng.choice((2, 2, 3, 3, 4, 5))]])
    world.shared = draw_shared_types(rng)
    for index in range(rng.randint(1, 3)):
        _draw_entity(world, f"Entity{index}")
    for name in world.entities:
        _draw_fields(world, name)
    _draw_roots(world)
    for add, probability in _FEATURES:
        if world.chance(probability):
            add(world.subgraphs, rng)
    return world.subgraphs


# What a graph may have besides, and how many graphs have it; names come last, since they are for what is there.
_FEATURES: tuple[tuple[Callable[[list[SubgraphDraft], Random], None], float], ...] = (
    (add_entity_interface, 0.25),
    (add_requires, 0.5),
    (add_provides, 0.25),
    (add_overrides, 0.25),
    (add_context, 0.15),
    (add_connection, 0.1),
    (add_cache_tags, 0.5),
    (add_composed_directives, 0.2),
    (add_executable_directives, 0.15),
    (vary_definitions, 0.4),
    (vary_names, 0.4),
)


def _subgraph(rng: Random, name: str, minors: tuple[int, ...]) -> SubgraphDraft:
    return SubgraphDraft(name, None if rng.random() < _VERSION_ONE else rng.choice(minors))


def need(world: World, subgraph: SubgraphDraft, text: str) -> None:
    """Bring a named type and all it names into the subgraph."""
    name = text.strip("[]!")
    if name in subgraph.types or name in _LEAVES:
        return
    if name in world.entities:
        _add_entity(world, subgraph, name, is_reference=True)
        return
    if name in world.shared:
        subgraph.types[name] = copy = _copied(world, world.shared[name])
        implementations = [other.name for other in world.shared.values() if name in other.interfaces]
        members = [member.type or member.name for member in copy.members.values() if copy.keyword != "enum"]
        for other in (*copy.interfaces, *implementations, *members):
            need(world, subgraph, other)


def _copied(world: World, whole: Draft) -> Draft:
    members = {name: Member(name, m.type, default=m.default, uses=list(m.uses)) for name, m in whole.members.items()}
    if whole.name in OPTIONAL_MEMBERS and world.chance(0.15):
        members.pop(world.rng.choice(OPTIONAL_MEMBERS[whole.name]))
    return Draft(whole.keyword, whole.name, members, list(whole.interfaces), list(whole.uses))


def _draw_entity(world: World, name: str) -> None:
    homes = world.rng.sample(world.subgraphs, world.rng.randint(1, len(world.subgraphs)))
    world.entities[name] = homes
    for home in homes:
        _add_entity(world, home, name, is_reference=False)


def _add_entity(world: World, subgraph: SubgraphDraft, name: str, *, is_reference: bool) -> None:
    entity = Draft("type", name)
    subgraph.types[name] = entity
    keys = ["id"]
    if not is_reference:
        keys += [key for key in ("sku", "id region", "origin { title }") if world.chance(0.15)]
    for key in keys:
        resolvable = ", resolvable: false" if subgraph.minor is not None and is_reference and world.chance(0.4) else ""
        entity.uses.append(Use("key", f'fields: "{key}"{resolvable}'))
        _add_key_fields(world, subgraph, entity, key)
    is_first = subgraph is world.entities[name][0]
    entity.is_extension = subgraph.minor is not None and not is_first and world.chance(0.05)


def _add_key_fields(world: World, subgraph: SubgraphDraft, entity: Draft, key: str) -> None:
    shareable = [Use("shareable")]
    if "id" in key.split():
        entity.members.setdefault("id", Member("id", "ID!", uses=shareable * world.chance(0.1)))
    if "sku" in key:
        entity.members["sku"] = Member("sku", "String!")
    if "region" in key:
        entity.members["region"] = Member("region", "Int")
    if "origin" in key:
        need(world, subgraph, "Place")
        entity.members["origin"] = Member("origin", "Place")


def _draw_fields(world: World, name: str) -> None:
    rng = world.rng
    for index in range(rng.randint(2, 5)):
        type_ = _field_type(world)
        homes = world.entities[name]
        owners = rng.sample(homes, min(len(homes), 2)) if world.chance(0.25) else [rng.choice(homes)]
        arguments = _arguments(world) if world.chance(0.2) else {}
        for owner in owners:
            _add_field(world, owner, owner.types[name], Member(f"f{index}", type_, dict(arguments)))
        if len(owners) > 1:
            for owner in owners:
                _share(world, owner.types[name].members[f"f{index}"])


def _share(world: World, member: Member) -> None:
    member.uses.append(Use("shareable"))
    if member.type.endswith("!") and world.chance(0.2):
        member.type = member.type[:-1]


def _add_field(world: World, subgraph: SubgraphDraft, type_: Draft, member: Member) -> None:
    copy = Member(member.name, member.type)
    copy.arguments = {
        name: Member(name, argument.type, default=argument.default) for name, argument in member.arguments.items()
    }
    type_.members[member.name] = copy
    need(world, subgraph, member.type)
    for argument in copy.arguments.values():
        need(world, subgraph, argument.type)


def _field_type(world: World) -> str:
    rng = world.rng
    named = rng.choice(
        (*_LEAVES, "Kind", "Mood", "Date", *world.entities)
        if world.chance(0.6)
        else ("Money", "Place", "Titled", "Thing", "Named", "Badge", *world.entities)
    )
    return rng.choice(_WRAPPINGS).format(named)


_FILTERS = (
    *(Member("filter", type_) for type_ in ("Filter", "Filter!", "[Filter!]")),
    Member("filter", "Filter", default='{ limit: 3, words: ["x", "y"] }'),
    Member("filter", "[Filter!]", default="[{ limit: 3 }, { limit: 4, range: { max: 2 } }]"),
)


def _arguments(world: World) -> dict[str, Member]:
    rng = world.rng
    choices = [
        Member("first", "Int", default="10" if world.chance(0.4) else ""),
        rng.choice(_FILTERS),
        Member("unit", "Unit"),
        Member("kind", "Kind", default="TWO" if world.chance(0.3) else ""),
        Member("id", "ID!"),
    ]
    return {item.name: item for item in rng.sample(choices, rng.randint(1, 2))}


def _draw_roots(world: World) -> None:
    rng = world.rng
    for name, homes in world.entities.items():
        _root(world, rng.choice(homes), "Query", Member(name.lower(), name, {"id": Member("id", "ID!")}))
        if world.chance(0.3):
            _root(world, rng.choice(homes), "Query", Member(f"{name.lower()}s", f"[{name}!]!", _arguments(world)))
    for subgraph in world.subgraphs:
        if world.chance(0.5) or not subgraph.types:
            type_ = _field_type(world)
            _root(world, subgraph, "Query", Member(f"{subgraph.name}Root", type_, _arguments(world)))
        if world.chance(0.15):
            _root(world, subgraph, "Mutation", Member(f"{subgraph.name}Change", "Int", _arguments(world)))
        if world.chance(0.05):
            _root(world, subgraph, "Subscription", Member(f"{subgraph.name}Changed", _field_type(world)))
    if world.chance(0.25):
        _draw_shared_root(world)


def _draw_shared_root(world: World) -> None:
    member = Member("shared", _field_type(world), _arguments(world) if world.chance(0.5) else {})
    for subgraph in world.rng.sample(world.subgraphs, 2):
        _root(world, subgraph, "Query", member)
        _share(world, subgraph.types["Query"].members["shared"])


def _root(world: World, subgraph: SubgraphDraft, root: str, member: Member) -> None:
    if root not in subgraph.types:
        subgraph.types[root] = Draft("type", root)
    _add_field(world, subgraph, subgraph.types[root], member)
