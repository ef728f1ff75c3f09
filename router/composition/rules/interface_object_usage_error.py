"""INTERFACE_OBJECT_USAGE_ERROR: `@interfaceObject` stands for an interface entity that some other subgraph defines."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, Subgraph
from router.composition.subgraph_set import SubgraphSet


def interface_object_without_key(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Interface objects nothing leads to: a fault of one subgraph, whatever the others hold."""
    for type_ in subgraph.types.values():
        if isinstance(type_, CompositeType) and type_.is_interface_object and not type_.keys:
            message = f'"{type_.name}" is an @interfaceObject and needs a @key'
            yield CompositionError(ErrorCode.INTERFACE_OBJECT_USAGE_ERROR, message, type_.name, (subgraph.name,))


def interface_object_usage_error(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Interface objects without their interface, or beside its implementations."""
    for name in subgraphs.type_names:
        sources = subgraphs.composites(name)
        has_interface = any(type_.kind is Kind.INTERFACE for _, type_ in sources)
        for subgraph, type_ in sources:
            if type_.is_interface_object:
                for fault in _faults(subgraph, type_, subgraphs, has_interface=has_interface):
                    yield CompositionError(ErrorCode.INTERFACE_OBJECT_USAGE_ERROR, fault, name, (subgraph.name,))


def _faults(subgraph: Subgraph, type_: CompositeType, subgraphs: SubgraphSet, *, has_interface: bool) -> Iterator[str]:
    if not has_interface:
        yield f'"{type_.name}" is an @interfaceObject, but no subgraph defines it as an interface'
    for graph in subgraphs.subgraphs:
        if type_.name in graph.keyed_interfaces:
            yield f'"{graph.name}" is of Federation 1, where the @key of "{type_.name}" finds no type of an object'
    for other in subgraph.types:
        if type_.name in subgraphs.supertypes.get(other, ()):
            yield f'"{other}" implements "{type_.name}", so it cannot stand beside an @interfaceObject of it'
