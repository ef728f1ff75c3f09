"""Supergraphs on which a careless planner tries combinations for ever."""

from collections.abc import Mapping, Sequence

from router.planning.selections import read_field_set
from router.planning.supergraph import FieldJoin, Subgraph, Supergraph, SupergraphField, SupergraphType, TypeKind

_NOTHING: frozenset[str] = frozenset()


def _join(type_text: str, requires: str = "") -> FieldJoin:
    return FieldJoin(False, read_field_set(requires) if requires else None, None, type_text)


def _field(name: str, type_name: str, joins: Mapping[str, FieldJoin]) -> SupergraphField:
    return SupergraphField(name, type_name, type_name, joins)


def _everywhere(name: str, type_name: str, subgraphs: Sequence[str]) -> SupergraphField:
    return _field(name, type_name, {subgraph: _join(type_name) for subgraph in subgraphs})


def _supergraph(
    fields: Sequence[SupergraphField], subgraphs: Sequence[str], keys: Mapping[str, Sequence[str]]
) -> Supergraph:
    read = {subgraph: tuple(map(read_field_set, texts)) for subgraph, texts in keys.items()}
    query = [_field("t", "T", {subgraphs[0]: _join("T")})]
    types = {name: _object(name, items, subgraphs) for name, items in (("T", fields), ("Query", query))}
    types["T"].keys.update(read)
    return Supergraph(types, [Subgraph(name, "") for name in subgraphs], {"query": "Query"})


def _object(name: str, fields: Sequence[SupergraphField], subgraphs: Sequence[str]) -> SupergraphType:
    by_name = {item.name: item for item in fields}
    return SupergraphType(name, TypeKind.OBJECT, by_name, frozenset(subgraphs), {}, _NOTHING, _NOTHING, {}, {})


def _names(count: int) -> list[str]:
    return [f"s{index}" for index in range(count)]


def key_chain(length: int) -> Supergraph:
    """Subgraph i knows the keys i and i + 1 of T and its field xi: the last field is `length` hops away."""
    subgraphs = _names(length)
    keys = {name: [f"k{i}", f"k{i + 1}"] for i, name in enumerate(subgraphs)}
    fields = [
        _field(f"k{i}", "ID", {f"s{j}": _join("ID") for j in (i - 1, i) if 0 <= j < length}) for i in range(length + 1)
    ]
    fields += [_field(f"x{i}", "Int", {name: _join("Int")}) for i, name in enumerate(subgraphs)]
    return _supergraph(fields, subgraphs, keys)


def requirement_mesh(count: int) -> Supergraph:
    """Field xi of subgraph i requires every later field: there are 2^count ways through."""
    subgraphs = _names(count)
    fields = [_everywhere("id", "ID", subgraphs)]
    for i, name in enumerate(subgraphs):
        requires = " ".join(f"x{j}" for j in range(i + 1, count))
        fields.append(_field(f"x{i}", "Int", {name: _join("Int", requires)}))
    return _supergraph(fields, subgraphs, {name: ["id"] for name in subgraphs})


def shared_fields(subgraphs: int, fields: int) -> Supergraph:
    """Two of three subgraphs share each field, every second one the field `o` to another T."""
    names = _names(subgraphs)
    found = [_everywhere("id", "ID", names), _everywhere("o", "T", names[1::2])]
    holders = [[name for j, name in enumerate(names) if j and (i + j) % 3] for i in range(fields)]
    found += [_everywhere(f"x{i}", "Int", able) for i, able in enumerate(holders)]
    return _supergraph(found, names, {name: ["id"] for name in names})


def interface_forest(interfaces: int, members: int) -> Supergraph:
    """Every object type implements an interface of the next level; subgraph `a` has the tree, `b` a field of each."""
    fields_of: dict[str, list[SupergraphField]] = {"Query": [_field("root", "I0", {"a": _join("I0")})]}
    types: dict[str, SupergraphType] = {}
    for level in range(interfaces):
        name, below = f"I{level}", f"I{(level + 1) % interfaces}"
        next_field = _field("next", below, {"a": _join(below)})
        id_field = _everywhere("id", "ID", ["a", "b"])
        size = _field("size", "Int", {"b": _join("Int")})
        for member in range(members):
            object_name = f"{name}M{member}"
            item = _object(object_name, [next_field, id_field, size], ["a", "b"])
            key = (read_field_set("id"),)
            types[object_name] = SupergraphType(
                object_name, TypeKind.OBJECT, item.fields, item.subgraphs, {"a": key, "b": key}, _NOTHING,
                frozenset({name}), {"a": frozenset({name})}, {},
            )  # fmt: skip
        own = {"next": next_field, "id": _field("id", "ID", {"a": _join("ID")}), "size": _field("size", "Int", {})}
        types[name] = SupergraphType(name, TypeKind.INTERFACE, own, frozenset({"a"}), {}, _NOTHING, _NOTHING, {}, {})
    types["Query"] = _object("Query", fields_of["Query"], ["a", "b"])
    return Supergraph(types, [Subgraph("a", ""), Subgraph("b", "")], {"query": "Query"})
