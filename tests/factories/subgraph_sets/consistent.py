"""Drawing subgraphs that fit together, or nearly: what composition should mostly accept."""

from dataclasses import dataclass, field
from random import Random

from tests.factories.subgraph_sets.draft import Draft, Member, SubgraphDraft, Use
from tests.factories.subgraph_sets.entity_interfaces import add_entity_interface
from tests.factories.subgraph_sets.moving_fields import add_overrides, add_provides, add_requires

_NAMES = ("accounts", "billing", "catalogue", "delivery", "events")
_LEAVES = ("Int", "String", "Float", "Boolean", "ID")
# One peer knows no version after 2.9, so newer ones are rare.
_MINORS = (0, 1, 3, 3, 5, 5, 6, 6, 7, 7, 8, 8, *[9] * 14, 10, 11)
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
    world = World(rng, [_subgraph(rng, name) for name in _NAMES[: rng.choice((2, 2, 3, 3, 4, 5))]])
    _draw_shared_types(world)
    for index in range(rng.randint(1, 3)):
        _draw_entity(world, f"Entity{index}")
    for name in world.entities:
        _draw_fields(world, name)
    _draw_roots(world)
    if world.chance(0.25):
        add_entity_interface(world.subgraphs, rng)
    add_requires(world.subgraphs, rng)
    add_provides(world.subgraphs, rng)
    add_overrides(world.subgraphs, rng)
    return world.subgraphs


def _subgraph(rng: Random, name: str) -> SubgraphDraft:
    draft = SubgraphDraft(name, None if rng.random() < 0.08 else rng.choice(_MINORS))
    if draft.minor is not None:
        if rng.random() < 0.1:
            draft.renames["key"] = "primaryKey"
        if rng.random() < 0.1:
            draft.prefixed |= {"shareable", "external"}
    if rng.random() < 0.1:
        draft.roots = {"query": "RootQuery"}
    return draft


def _draw_shared_types(world: World) -> None:
    rng = world.rng
    kinds = Draft("enum", "Kind", {name: Member(name) for name in ("ONE", "TWO", "THREE")})
    filters = Draft(
        "input",
        "Filter",
        {
            "text": Member("text", "String", default='"none"' if world.chance(0.3) else ""),
            "limit": Member("limit", rng.choice(("Int", "Int", "Int!"))),
            "kind": Member("kind", "Kind", default="ONE" if world.chance(0.2) else ""),
        },
    )
    date = Draft("scalar", "Date", uses=[Use("specifiedBy", 'url: "https://example.org/date"')] * world.chance(0.3))
    shareable = [Use("shareable")]
    money = Draft(
        "type",
        "Money",
        {"amount": Member("amount", "Int!"), "currency": Member("currency", "String")},
        uses=list(shareable),
    )
    place = Draft(
        "type",
        "Place",
        {
            "title": Member("title", "String", uses=list(shareable)),
            "since": Member("since", "Date", uses=list(shareable)),
        },
    )
    titled = Draft("interface", "Titled", {"title": Member("title", "String")})
    place.interfaces = ["Titled"] * world.chance(0.5)
    thing = Draft("union", "Thing", {"Money": Member("Money"), "Place": Member("Place")})
    world.shared = {type_.name: type_ for type_ in (kinds, filters, date, money, place, titled, thing)}


def need(world: World, subgraph: SubgraphDraft, text: str) -> None:
    """Bring a named type and all it names into the subgraph."""
    name = text.strip("[]!")
    if name in subgraph.types or name in _LEAVES:
        return
    if name in world.entities:
        _add_entity(world, subgraph, name, is_reference=True)
        return
    if name not in world.shared:
        return
    subgraph.types[name] = copy = _copied(world, world.shared[name])
    for interface in copy.interfaces:
        need(world, subgraph, interface)
    if name == "Titled" and "Place" not in subgraph.types:
        need(world, subgraph, "Place")
    for member in copy.members.values():
        need(world, subgraph, member.type or (member.name if copy.keyword == "union" else ""))


def _copied(world: World, whole: Draft) -> Draft:
    members = {name: Member(name, m.type, default=m.default, uses=list(m.uses)) for name, m in whole.members.items()}
    if whole.keyword in ("enum", "union", "input") and world.chance(0.08):
        members.pop(world.rng.choice(list(members)))
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
    if world.chance(0.03):
        keys = keys[1:] or keys
    for key in keys:
        resolvable = ", resolvable: false" if subgraph.minor is not None and is_reference and world.chance(0.4) else ""
        entity.uses.append(Use("key", f'fields: "{key}"{resolvable}'))
        _add_key_fields(world, subgraph, entity, key)
    entity.is_extension = subgraph.minor is not None and world.chance(0.05)


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
        (*_LEAVES, "Kind", "Date", *world.entities)
        if world.chance(0.6)
        else ("Money", "Place", "Titled", "Thing", *world.entities)
    )
    return rng.choice(_WRAPPINGS).format(named)


def _arguments(world: World) -> dict[str, Member]:
    rng = world.rng
    choices = [
        Member("first", "Int", default="10" if world.chance(0.4) else ""),
        Member("filter", rng.choice(("Filter", "Filter!", "[Filter!]"))),
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
        if world.chance(0.5):
            type_ = _field_type(world)
            _root(world, subgraph, "Query", Member(f"{subgraph.name}Root", type_, _arguments(world)))
        if world.chance(0.15):
            _root(world, subgraph, "Mutation", Member(f"{subgraph.name}Change", "Int", _arguments(world)))
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
