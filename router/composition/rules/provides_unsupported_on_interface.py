"""PROVIDES_UNSUPPORTED_ON_INTERFACE: `@provides` stands on fields of objects only.

One that provides nothing at all, because its field has no fields, is PROVIDES_ON_NON_OBJECT_FIELD.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import provides_of
from router.composition.subgraph import CompositeType, Kind, Subgraph, UnionType


def provides_unsupported_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@provides` on fields of interfaces."""
    for use in provides_of(subgraph):
        if use.parent.kind is Kind.INTERFACE and isinstance(subgraph.types.get(use.target), CompositeType | UnionType):
            yield CompositionError(
                ErrorCode.PROVIDES_UNSUPPORTED_ON_INTERFACE,
                "@provides cannot stand on a field of an interface",
                use.coordinate,
                (subgraph.name,),
            )
