"""Remarks on objects and interfaces that are not the same in all subgraphs that have them."""

from collections.abc import Iterator, Sequence

from router.composition.errors import CompositionHint, HintCode
from router.composition.subgraph import ROOT_TYPES, CompositeType, Kind, Subgraph
from router.composition.subgraph_set import SubgraphSet

_Sources = Sequence[tuple[Subgraph, CompositeType]]


def shape_hints(name: str, subgraphs: SubgraphSet) -> Iterator[CompositionHint]:
    """What some subgraphs lack of the type: its key, or fields of a type without one."""
    sources = subgraphs.composites(name)
    if any(type_.kind is Kind.INTERFACE for _, type_ in sources):
        yield from _missing_fields(name, sources, HintCode.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD)
        return
    with_key = [graph.name for graph, type_ in sources if type_.keys]
    without = tuple(graph.name for graph, type_ in sources if not type_.keys)
    if with_key and without:
        message = "other subgraphs have a @key of the type"
        yield CompositionHint(HintCode.INCONSISTENT_ENTITY, message, name, without)
    elif not with_key and name not in ROOT_TYPES:
        yield from _missing_fields(name, sources, HintCode.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD)


def _missing_fields(name: str, sources: _Sources, code: HintCode) -> Iterator[CompositionHint]:
    added = {field for _, type_ in sources if type_.is_interface_object for field in type_.fields}
    declaring = [(graph, type_) for graph, type_ in sources if not type_.is_interface_object]
    for field in dict.fromkeys(field for _, type_ in declaring for field in type_.fields):
        missing = tuple(
            graph.name
            for graph, type_ in declaring
            if field not in type_.fields and not all(other.is_external for other in type_.fields.values())
        )
        if missing and field not in added:
            listing = ", ".join(f'"{graph}"' for graph in missing)
            yield CompositionHint(code, f"{listing} does not have the field", f"{name}.{field}", missing)
