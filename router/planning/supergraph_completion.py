"""What supergraph documents of other composers leave unsaid of who has which field."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from router.planning.selections import TYPENAME, Field, Fragment, Selection
from router.planning.supergraph import FieldJoin, SupergraphField, SupergraphType, TypeKind

_Types: TypeAlias = Mapping[str, SupergraphType]
_Named: TypeAlias = tuple[str, str, str]


def completed(types: _Types) -> _Types:
    """The types as their subgraphs have them.

    A subgraph has the fields of its keys and those it provides: join v0.1 names only who else has them. It has no
    field of a type that it does not have: where all have a field, some composers do not say that its types differ.
    What its interface objects require or are provided, it does not resolve: some forget `external` on interfaces.
    What it requires of an interface or union comes with the types of the objects, where it tells them apart.
    """
    named = {place for known in types.values() for place in _named(known, types)}
    borrowed = {place for known in types.values() for place in _borrowed(known, types)}
    places = _Places(named, borrowed)
    return {name: _completed(known, types, places) for name, known in types.items()}


class _Places(NamedTuple):
    """Fields that a subgraph has in any case, and those that others resolve for it."""

    named: set[_Named]
    borrowed: set[_Named]


def _completed(known: SupergraphType, types: _Types, places: _Places) -> SupergraphType:
    fields = {name: _with_joins(known, field, types, places) for name, field in known.fields.items()}
    return replace(known, fields=fields)


def _with_joins(known: SupergraphType, field: SupergraphField, types: _Types, places: _Places) -> SupergraphField:
    plausible = {graph: join for graph, join in field.joins.items() if _has_type(graph, join, types)}
    joins = dict(plausible or field.joins)
    for graph in known.subgraphs - field.joins.keys():
        if (known.name, field.name, graph) in places.named:
            joins[graph] = FieldJoin(is_external=True, requires=None, provides=None, type_text=field.type_text)
    for graph, join in joins.items():
        if (known.name, field.name, graph) in places.borrowed:
            joins[graph] = replace(join, is_external=True)
        elif join.requires is not None:
            joins[graph] = replace(join, requires=_with_types(join.requires, known.name, graph, types))
    return replace(field, joins=joins)


def _with_types(selection: Selection, type_name: str, graph: str, types: _Types) -> Selection:
    items: list[Field | Fragment] = []
    for item in selection.items:
        if isinstance(item, Fragment):
            inside = item.type_condition or type_name
            items.append(Fragment(item.type_condition, _with_types(item.selection, inside, graph, types), item.defer))
        elif item.selection is None:
            items.append(item)
        else:
            inside = types[type_name].fields[item.name].type_name
            below = _with_types(item.selection, inside, graph, types)
            items.append(item.with_selection(_with_typename(below) if _tells_apart(inside, graph, types) else below))
    return Selection(items, is_hidden=True)


def _tells_apart(type_name: str, graph: str, types: _Types) -> bool:
    known = types[type_name]
    return known.kind is not TypeKind.OBJECT and graph not in known.interface_object_in


def _with_typename(selection: Selection) -> Selection:
    if any(isinstance(item, Field) and item.name == TYPENAME for item in selection.items):
        return selection
    return Selection((*selection.items, Field(TYPENAME, TYPENAME)), is_hidden=True)


def _has_type(graph: str, join: FieldJoin, types: _Types) -> bool:
    known = types.get(join.type_name)
    return known is None or graph in known.subgraphs


def _named(known: SupergraphType, types: _Types) -> Iterator[_Named]:
    """The places (type, field, subgraph) that keys and `@provides` of a type name."""
    for graph, keys in known.keys.items():
        for key in keys:
            yield from _places(key, known.name, graph, types)
    for field in known.fields.values():
        for graph, join in field.joins.items():
            if join.provides is not None:
                yield from _places(join.provides, join.type_name, graph, types)


def _borrowed(known: SupergraphType, types: _Types) -> Iterator[_Named]:
    """The places of single values that interface objects require or are provided."""
    for field in known.fields.values():
        for graph, join in field.joins.items():
            for needed, name in ((join.requires, known.name), (join.provides, join.type_name)):
                if needed is not None and name in types and graph in types[name].interface_object_in:
                    leaves = (item for item in needed.items if isinstance(item, Field) and item.selection is None)
                    yield from ((name, item.name, graph) for item in leaves)


def _places(selection: Selection, type_name: str, graph: str, types: _Types) -> Iterator[_Named]:
    for item in selection.items:
        if isinstance(item, Fragment):
            yield from _places(item.selection, item.type_condition or type_name, graph, types)
            continue
        yield type_name, item.name, graph
        below = types[type_name].fields.get(item.name) if type_name in types else None
        if item.selection is not None and below is not None:
            yield from _places(item.selection, below.type_name, graph, types)
