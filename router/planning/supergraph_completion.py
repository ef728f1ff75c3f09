"""What supergraph documents of other composers leave unsaid of who has which field."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from router.planning.selections import Fragment, Selection
from router.planning.supergraph import FieldJoin, SupergraphField, SupergraphType

_Types: TypeAlias = Mapping[str, SupergraphType]
_Named: TypeAlias = tuple[str, str, str]


def completed(types: _Types) -> _Types:
    """The types as their subgraphs have them.

    A subgraph has the fields of its keys and those it provides: join v0.1 names only who else has them. It has no
    field of a type that it does not have: where all have a field, some composers do not say that its types differ.
    """
    named = {place for known in types.values() for place in _named(known, types)}
    return {name: _completed(known, types, named) for name, known in types.items()}


def _completed(known: SupergraphType, types: _Types, named: set[_Named]) -> SupergraphType:
    fields = {name: _with_joins(known, field, types, named) for name, field in known.fields.items()}
    return replace(known, fields=fields)


def _with_joins(known: SupergraphType, field: SupergraphField, types: _Types, named: set[_Named]) -> SupergraphField:
    plausible = {graph: join for graph, join in field.joins.items() if _has_type(graph, join, types)}
    joins = dict(plausible or field.joins)
    for graph in known.subgraphs - field.joins.keys():
        if (known.name, field.name, graph) in named:
            joins[graph] = FieldJoin(is_external=True, requires=None, provides=None, type_text=field.type_text)
    return replace(field, joins=joins) if joins != field.joins else field


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


def _places(selection: Selection, type_name: str, graph: str, types: _Types) -> Iterator[_Named]:
    for item in selection.items:
        if isinstance(item, Fragment):
            yield from _places(item.selection, item.type_condition or type_name, graph, types)
            continue
        yield type_name, item.name, graph
        below = types[type_name].fields.get(item.name) if type_name in types else None
        if item.selection is not None and below is not None:
            yield from _places(item.selection, below.type_name, graph, types)
