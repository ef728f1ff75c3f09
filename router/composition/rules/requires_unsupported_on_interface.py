"""REQUIRES_UNSUPPORTED_ON_INTERFACE: `@requires` stands on fields of objects only."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import requires_of
from router.composition.subgraph import Kind, Subgraph


def requires_unsupported_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@requires` on fields of interfaces."""
    for use in requires_of(subgraph):
        if use.parent.kind is Kind.INTERFACE:
            yield CompositionError(
                ErrorCode.REQUIRES_UNSUPPORTED_ON_INTERFACE,
                "@requires cannot stand on a field of an interface",
                use.coordinate,
                (subgraph.name,),
            )
