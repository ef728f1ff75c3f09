"""LIST_SIZE_INVALID_ASSUMED_SIZE: the `assumedSize` of a list is not negative."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.list_size_uses import list_size_uses
from router.composition.subgraph import Subgraph


def list_size_invalid_assumed_size(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Negative sizes."""
    for use in list_size_uses(subgraph):
        if use.size.assumed_size is not None and use.size.assumed_size < 0:
            message = f"@listSize(assumedSize: {use.size.assumed_size}) is negative"
            yield CompositionError(ErrorCode.LIST_SIZE_INVALID_ASSUMED_SIZE, message, use.coordinate, (subgraph.name,))
