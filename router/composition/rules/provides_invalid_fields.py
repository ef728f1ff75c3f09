"""PROVIDES_INVALID_FIELDS: the field set of a `@provides` names fields its subgraph has, without aliases."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import faults_of, provides_of
from router.composition.subgraph import Subgraph


def provides_invalid_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Field sets of `@provides` that do not hold for their type."""
    for use in provides_of(subgraph):
        for fault in faults_of(use, subgraph):
            message = f'@provides(fields: "{use.fields.text}"): {fault}'
            yield CompositionError(ErrorCode.PROVIDES_INVALID_FIELDS, message, use.coordinate, (subgraph.name,))
