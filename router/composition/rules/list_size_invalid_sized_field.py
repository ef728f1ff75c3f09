"""LIST_SIZE_INVALID_SIZED_FIELD: the `sizedFields` of `@listSize` are fields of the type returned."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.list_size_uses import list_size_uses
from router.composition.subgraph import Subgraph


def list_size_invalid_sized_field(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Sized fields that do not exist."""
    for use in list_size_uses(subgraph):
        for name in use.size.sized_fields or ():
            if use.target is None or name not in use.target.fields:
                message = f'@listSize(sizedFields:) names "{name}", which is no field of what is returned'
                yield CompositionError(
                    ErrorCode.LIST_SIZE_INVALID_SIZED_FIELD, message, use.coordinate, (subgraph.name,)
                )
