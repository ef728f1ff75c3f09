"""LIST_SIZE_APPLIED_TO_NON_LIST: `@listSize` is about a list: the field's own, or those its `sizedFields` name."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.list_size_uses import fields_without_list, list_size_uses
from router.composition.subgraph import Subgraph


def list_size_applied_to_non_list(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Sizes of what is no list."""
    for use in list_size_uses(subgraph):
        for place in fields_without_list(use):
            message = f'@listSize states the size of "{place}", which is no list'
            yield CompositionError(ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST, message, use.coordinate, (subgraph.name,))
