"""PROVIDES_INVALID_FIELDS_TYPE: the argument `fields` of a `@provides` is a string."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import provides_of
from router.composition.subgraph import Subgraph


def provides_invalid_fields_type(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@provides` given as something else than a string."""
    for use in provides_of(subgraph):
        if not use.fields.is_string:
            message = f"@provides(fields: {use.fields.text}) must be given a string"
            yield CompositionError(ErrorCode.PROVIDES_INVALID_FIELDS_TYPE, message, use.coordinate, (subgraph.name,))
