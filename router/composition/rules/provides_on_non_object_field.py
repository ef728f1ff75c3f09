"""PROVIDES_ON_NON_OBJECT_FIELD: `@provides` stands on a field that returns an object, interface or union."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import provides_of
from router.composition.subgraph import CompositeType, Subgraph, UnionType


def provides_on_non_object_field(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@provides` where there is nothing to select on."""
    for use in provides_of(subgraph):
        if not isinstance(subgraph.types.get(use.target), CompositeType | UnionType):
            message = f'@provides cannot stand on a field of type "{use.target}", which has no fields'
            yield CompositionError(ErrorCode.PROVIDES_ON_NON_OBJECT_FIELD, message, use.coordinate, (subgraph.name,))
