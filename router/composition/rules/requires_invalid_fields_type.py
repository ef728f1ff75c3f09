"""REQUIRES_INVALID_FIELDS_TYPE: the argument `fields` of a `@requires` is a string."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import requires_of
from router.composition.subgraph import Subgraph


def requires_invalid_fields_type(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@requires` given as something else than a string."""
    for use in requires_of(subgraph):
        if not use.fields.is_string:
            message = f"@requires(fields: {use.fields.text}) must be given a string"
            yield CompositionError(ErrorCode.REQUIRES_INVALID_FIELDS_TYPE, message, use.coordinate, (subgraph.name,))
