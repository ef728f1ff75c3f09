"""KEY_INVALID_FIELDS_TYPE: the argument `fields` of a `@key` is a string."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import keys_of
from router.composition.subgraph import Subgraph


def key_invalid_fields_type(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@key` given as something else than a string."""
    for use in keys_of(subgraph):
        if not use.fields.is_string:
            message = f"@key(fields: {use.fields.text}) must be given a string"
            yield CompositionError(ErrorCode.KEY_INVALID_FIELDS_TYPE, message, use.coordinate, (subgraph.name,))
