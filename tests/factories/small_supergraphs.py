"""Random small supergraphs of entities, with operations on them: small enough to try every plan there is."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from router.planning.selections import Selection, read_field_set
from router.planning.supergraph import FieldJoin, Subgraph, Supergraph, SupergraphField, SupergraphType, TypeKind
from tests.factories.small_abstract_types import with_abstract_type, with_interface_object

_KEYS = ("id", "code", "slug")


@dataclass
class SmallSupergraph:
    """Types T0, T1, … spread over subgraphs a, b, c, …; `operations` draws queries."""

    seed: int
    chance: random.Random
    subgraphs: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def draw(cls, seed: int, *, subgraphs: int = 4, types: int = 3) -> "SmallSupergraph":
        """The supergraph of a seed."""
        chance = random.Random(seed)
        names = tuple("abcdefgh"[: chance.randint(2, subgraphs)])
        return cls(seed, chance, names, tuple(f"T{index}" for index in range(chance.randint(1, types))))

    def supergraph(self) -> Supergraph:
        """The planner's model."""
        types = {name: self._entity(name) for name in self.types}
        types["Query"] = self._query()
        return Supergraph(types, [Subgraph(name, "") for name in self.subgraphs], {"query": "Query"})

    def with_interface(self, supergraph: Supergraph) -> Supergraph:
        """The same supergraph with an interface."""
        return with_abstract_type(self.chance, supergraph, TypeKind.INTERFACE)

    def with_union(self, supergraph: Supergraph) -> Supergraph:
        """The same supergraph with a union."""
        return with_abstract_type(self.chance, supergraph, TypeKind.UNION)

    def with_interface_object(self, supergraph: Supergraph) -> Supergraph:
        """The same supergraph with an interface that some subgraphs know as an object."""
        return with_interface_object(self.chance, self.with_interface(supergraph))

    def with_provided_fields(self, supergraph: Supergraph) -> Supergraph:
        """The same supergraph, where some fields that refer to entities provide fields of theirs."""
        types = dict(supergraph.types)
        for known in supergraph.types.values():
            for name, field in known.fields.items():
                for subgraph in field.joins:
                    if field.type_name in types and self.chance.random() < 0.6:
                        self._provide(types, (known.name, name), subgraph)
        return Supergraph(types, supergraph.subgraphs.values(), supergraph.roots)

    def _provide(self, types: dict[str, SupergraphType], at: tuple[str, str], subgraph: str) -> None:
        field = types[at[0]].fields[at[1]]
        target = types[field.type_name]
        others = tuple(name for name, it in target.fields.items() if name[0] == "x" and _lacks(it, subgraph))
        if not others or subgraph not in target.subgraphs:
            return
        provided = self._some(others, 2)
        external = FieldJoin(is_external=True, requires=None, provides=None, type_text="Int")
        known = {name: it.joins | {subgraph: external} for name, it in target.fields.items() if name in provided}
        types[target.name] = replace(target, fields=_with_joins(target, known))
        joins = field.joins | {subgraph: replace(field.joins[subgraph], provides=read_field_set(" ".join(provided)))}
        types[at[0]] = replace(types[at[0]], fields=_with_joins(types[at[0]], {at[1]: joins}))

    def _some(self, names: tuple[str, ...], most: int) -> list[str]:
        return sorted(self.chance.sample(names, self.chance.randint(1, min(most, len(names)))))

    def _query(self) -> SupergraphType:
        fields = {}
        for name in self.types:
            field = f"q{name[1:]}"
            fields[field] = _field(field, name, {subgraph: _plain(name) for subgraph in self._some(self.subgraphs, 2)})
        return _type("Query", fields, self.subgraphs, {})

    def _entity(self, name: str) -> SupergraphType:
        owners = sorted(self.chance.sample(self.subgraphs, self.chance.randint(2, len(self.subgraphs))))
        keys = {owner: tuple(self._some(_KEYS[: self.chance.randint(1, 3)], 2)) for owner in owners}
        if self.chance.random() < 0.3:
            keys = {owner: (" ".join(used),) for owner, used in keys.items()}
        fields = {}
        for key in _KEYS:
            holders = [owner for owner in owners if any(key in used.split() for used in keys[owner])]
            if holders:
                fields[key] = _field(key, "ID", {owner: _plain("ID") for owner in holders})
        for index in range(self.chance.randint(1, 4)):
            holders = self._some(tuple(owners), 2)
            fields[f"x{index}"] = _field(f"x{index}", "Int", {owner: _plain("Int") for owner in holders})
        for index in range(self.chance.randint(0, 2)):
            target = self.chance.choice(self.types)
            holders = self._some(tuple(owners), 2)
            fields[f"o{index}"] = _field(f"o{index}", target, {owner: _plain(target) for owner in holders})
        self._require(fields, owners)
        return _type(name, fields, owners, {owner: tuple(map(read_field_set, used)) for owner, used in keys.items()})

    def _require(self, fields: dict[str, SupergraphField], owners: list[str]) -> None:
        others = [name for name in fields if name.startswith("x")]
        owner = self.chance.choice(owners)
        needed = [name for name in others if owner not in fields[name].joins]
        if needed and self.chance.random() < 0.5:
            requires = read_field_set(" ".join(needed[:2]))
            fields["r"] = _field("r", "Int", {owner: FieldJoin(False, requires, None, "Int")})

    def operation(self, supergraph: Supergraph, depth: int = 2) -> str:
        """A random query."""
        roots = tuple(supergraph.types["Query"].fields)
        abstract = tuple(name for name in roots if name in {"qa", "qz"})
        fields = self._some(abstract or roots, 2)
        return f"{{ {' '.join(self._asked(supergraph, 'Query', name, depth) for name in fields)} }}"

    def _asked(self, supergraph: Supergraph, parent: str, name: str, depth: int) -> str:
        target = supergraph.types.get(supergraph.field(parent, name).type_name)
        if target is None:
            return name
        if target.kind is TypeKind.OBJECT:
            return f"{name} {{ {self._asked_of(supergraph, target, depth, 3)} }}"
        own = self._asked_of(supergraph, target, depth, 2) if target.fields and self.chance.random() < 0.8 else ""
        members = sorted(supergraph.possible_types(target.name))
        chosen = self._some(tuple(members), 2) if members else []
        fragments = [self._fragment(supergraph, member, own, depth) for member in chosen]
        asked = [own or "__typename", *(it for it in fragments if self.chance.random() < 0.6)]
        return f"{name} {{ {' '.join(filter(None, asked))} }}"

    def _fragment(self, supergraph: Supergraph, type_name: str, own: str, depth: int) -> str:
        target = supergraph.types[type_name]
        asked = [asked for asked in [self._asked_of(supergraph, target, depth, 2)] if not _overlap(asked, own)]
        return f"... on {type_name} {{ {asked[0]} }}" if asked else ""

    def _asked_of(self, supergraph: Supergraph, target: SupergraphType, depth: int, most: int) -> str:
        able = tuple(key for key in target.fields if depth > 0 or not key.startswith("o"))
        return " ".join(self._asked(supergraph, target.name, key, depth - 1) for key in self._some(able, most))


def _overlap(asked: str, own: str) -> bool:
    """Whether two selections may ask for one field."""
    return not set(asked.split()).isdisjoint(own.split())


def _lacks(field: SupergraphField, subgraph: str) -> bool:
    return subgraph not in field.joins or field.joins[subgraph].is_external


def _with_joins(known: SupergraphType, joins: Mapping[str, Mapping[str, FieldJoin]]) -> Mapping[str, SupergraphField]:
    return {name: replace(field, joins=joins.get(name, field.joins)) for name, field in known.fields.items()}


def _plain(type_text: str) -> FieldJoin:
    return FieldJoin(is_external=False, requires=None, provides=None, type_text=type_text)


def _field(name: str, type_name: str, joins: dict[str, FieldJoin]) -> SupergraphField:
    return SupergraphField(name, type_name, type_name, joins)


def _type(
    name: str,
    fields: dict[str, SupergraphField],
    subgraphs: tuple[str, ...] | list[str],
    keys: dict[str, tuple[Selection, ...]],
) -> SupergraphType:
    nothing: frozenset[str] = frozenset()
    return SupergraphType(name, TypeKind.OBJECT, fields, frozenset(subgraphs), keys, nothing, nothing, {}, {})
