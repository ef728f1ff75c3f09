"""REQUIRES_INVALID_FIELDS: the field set of a `@requires` names fields its subgraph has, without aliases."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import faults_of, requires_of
from router.composition.subgraph import Subgraph


def requires_invalid_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@requires` that do not hold for their type."""
    for use in requires_of(subgraph):
        for fault in faults_of(use, subgraph):
            message = f'@requires(fields: "{use.fields.text}"): {fault}'
            yield CompositionError(ErrorCode.REQUIRES_INVALID_FIELDS, message, use.coordinate, (subgraph.name,))
