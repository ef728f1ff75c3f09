"""PROVIDES_UNSUPPORTED_ON_INTERFACE: `@provides` stands on fields of objects only."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import provides_of
from router.composition.subgraph import Kind, Subgraph


def provides_unsupported_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@provides` on fields of interfaces."""
    for use in provides_of(subgraph):
        if use.parent.kind is Kind.INTERFACE:
            yield CompositionError(
                ErrorCode.PROVIDES_UNSUPPORTED_ON_INTERFACE,
                "@provides cannot stand on a field of an interface",
                use.coordinate,
                (subgraph.name,),
            )
