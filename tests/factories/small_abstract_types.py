"""Interfaces, unions and interface objects for random small supergraphs."""

import random
from collections.abc import Mapping
from dataclasses import replace

from router.planning.selections import read_field_set
from router.planning.supergraph import FieldJoin, Subgraph, Supergraph, SupergraphField, SupergraphType, TypeKind

_NOTHING: frozenset[str] = frozenset()


def with_abstract_type(chance: random.Random, supergraph: Supergraph, kind: TypeKind) -> Supergraph:
    """The same supergraph with an interface or union `A` of some entities, and fields that lead to it."""
    types = dict(supergraph.types)
    names = sorted(name for name in types if name != "Query")
    members = sorted(chance.sample(names, chance.randint(min(2, len(names)), len(names))))
    homes = sorted({subgraph for name in members for subgraph in types[name].subgraphs})
    known_in = sorted(chance.sample(homes, chance.randint(1, len(homes))))
    members_in = {
        subgraph: frozenset(name for name in members if subgraph in types[name].subgraphs and chance.random() < 0.85)
        for subgraph in known_in
    }
    abstract = SupergraphType("A", kind, {}, frozenset(known_in), {}, _NOTHING, _NOTHING, {}, {})
    if kind is TypeKind.UNION:
        abstract = replace(abstract, members=members_in)
    else:
        abstract = replace(abstract, fields=_shared_fields([types[name] for name in members], members_in))
        types |= {name: _implementing(types[name], members_in) for name in members}
    types["A"] = abstract
    places = {subgraph: found for subgraph, found in members_in.items() if found}
    _refer(chance, types, "Query", ("qa", places))
    for name in names:
        if chance.random() < 0.5:
            _refer(chance, types, name, ("oa", {graph: it for graph, it in places.items() if _has(types[name], graph)}))
    return Supergraph(types, supergraph.subgraphs.values(), supergraph.roots)


def with_interface_object(chance: random.Random, supergraph: Supergraph) -> Supergraph:
    """The same supergraph where one or two more subgraphs know the interface `A` as an object, if it can have a key."""
    types = dict(supergraph.types)
    interface = types["A"]
    members = [known for known in types.values() if "A" in known.interfaces]
    able = [name for name in ("id", "code", "slug") if name in interface.fields]
    if not able:
        return supergraph
    homes_of = {
        key: [graph for graph in interface.subgraphs if all(_has_key(it, graph, key) for it in members)] for key in able
    }
    key = chance.choice([key for key in able if homes_of[key]] or able)
    homes = homes_of[key]
    strangers = ["z", "y"][: chance.randint(1, 2)]
    keys = {subgraph: (read_field_set(key),) for subgraph in (*sorted(homes), *strangers)}
    fields = dict(interface.fields)
    fields[key] = replace(fields[key], joins=fields[key].joins | {name: _join("ID") for name in strangers})
    for index in range(chance.randint(1, 3)):
        owners = sorted(chance.sample(strangers, chance.randint(1, len(strangers))))
        fields[f"y{index}"] = _field(f"y{index}", "Int", {name: _join("Int") for name in owners})
    needed = [name for name in fields if name.startswith("x")]
    if needed and chance.random() < 0.5:
        requires = read_field_set(chance.choice(needed))
        fields["ry"] = _field("ry", "Int", {chance.choice(strangers): FieldJoin(False, requires, None, "Int")})
    if chance.random() < 0.4:
        fields["oz"] = _field("oz", "A", {chance.choice(strangers): _join("A")})
    stranger_in = frozenset(strangers)
    types["A"] = replace(
        interface,
        fields=fields,
        subgraphs=interface.subgraphs | stranger_in,
        keys=keys,
        interface_object_in=stranger_in,
    )
    for known in members:
        added = {name: replace(it, joins={}) for name, it in fields.items() if name not in known.fields}
        types[known.name] = replace(known, fields={**known.fields, **added})
    query = types["Query"]
    root = _field("qz", "A", {chance.choice(strangers): _join("A")})
    types["Query"] = replace(query, fields={**query.fields, "qz": root}, subgraphs=query.subgraphs | stranger_in)
    subgraphs = (*supergraph.subgraphs.values(), *(Subgraph(name, "") for name in strangers))
    return Supergraph(types, subgraphs, supergraph.roots)


def _shared_fields(
    members: list[SupergraphType], members_in: Mapping[str, frozenset[str]]
) -> Mapping[str, SupergraphField]:
    """What all members have, in the subgraphs where all members that are known there have it."""
    fields: dict[str, SupergraphField] = {}
    for name, field in members[0].fields.items():
        if not all(name in it.fields and it.fields[name].type_name == field.type_name for it in members):
            continue
        homes = [
            subgraph
            for subgraph, known in members_in.items()
            if known and all(subgraph in it.fields[name].joins for it in members if it.name in known)
        ]
        fields[name] = _field(name, field.type_name, {subgraph: _join(field.type_name) for subgraph in homes})
    return fields


def _implementing(known: SupergraphType, members_in: Mapping[str, frozenset[str]]) -> SupergraphType:
    implements = {subgraph: frozenset({"A"}) for subgraph, names in members_in.items() if known.name in names}
    return replace(known, interfaces=frozenset({"A"}), implements=implements)


def _refer(
    chance: random.Random,
    types: dict[str, SupergraphType],
    type_name: str,
    target: tuple[str, Mapping[str, frozenset[str]]],
) -> None:
    """Give a type a field that leads to `A` in up to two of these subgraphs; some know only one member there."""
    name, places = target
    if not places:
        return
    chosen = sorted(chance.sample(sorted(places), chance.randint(1, min(2, len(places)))))
    joins = {
        subgraph: _join(chance.choice(sorted(places[subgraph])) if chance.random() < 0.15 else "A")
        for subgraph in chosen
    }
    known = types[type_name]
    types[type_name] = replace(known, fields={**known.fields, name: _field(name, "A", joins)})


def _has(known: SupergraphType, subgraph: str) -> bool:
    return subgraph in known.subgraphs


def _has_key(known: SupergraphType, subgraph: str, key: str) -> bool:
    return subgraph in known.implements and any(
        [item.name for item in found.items if not item.selection] == [key] for found in known.keys.get(subgraph, ())
    )


def _join(type_text: str) -> FieldJoin:
    return FieldJoin(is_external=False, requires=None, provides=None, type_text=type_text)


def _field(name: str, type_name: str, joins: Mapping[str, FieldJoin]) -> SupergraphField:
    return SupergraphField(name, type_name, type_name, joins)
