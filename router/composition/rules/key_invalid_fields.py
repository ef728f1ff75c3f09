"""KEY_INVALID_FIELDS: the field set of a `@key` names fields its subgraph has, without aliases."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import faults_of, is_abstract, keys_of, walk_fields
from router.composition.subgraph import Subgraph


def key_invalid_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@key` that do not hold for their type."""
    for use in keys_of(subgraph):
        # A key through an interface or union is refused as such; that it selects nothing there is no second fault.
        is_through_abstract = any(is_abstract(selected, subgraph) for selected in walk_fields(use, subgraph))
        for fault in () if is_through_abstract else faults_of(use, subgraph):
            message = f'@key(fields: "{use.fields.text}"): {fault}'
            yield CompositionError(ErrorCode.KEY_INVALID_FIELDS, message, use.coordinate, (subgraph.name,))
