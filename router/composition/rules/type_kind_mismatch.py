"""TYPE_KIND_MISMATCH: a type is of one kind in all subgraphs; an interface object counts as the interface."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, SubgraphType
from router.composition.subgraph_set import SubgraphSet


def type_kind_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Types of more than one kind."""
    for name in subgraphs.type_names:
        kinds = {subgraph.name: _kind(type_) for subgraph, type_ in subgraphs.sources(name)}
        if len(set(kinds.values())) > 1:
            listing = ", ".join(f'{kind} in "{subgraph}"' for subgraph, kind in kinds.items())
            message = f'"{name}" is {listing}'
            yield CompositionError(ErrorCode.TYPE_KIND_MISMATCH, message, name, tuple(kinds))


def _kind(type_: SubgraphType) -> Kind:
    return Kind.INTERFACE if isinstance(type_, CompositeType) and type_.is_interface_object else type_.kind
