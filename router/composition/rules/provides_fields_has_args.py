"""PROVIDES_FIELDS_HAS_ARGS: only fields without arguments can be provided."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import faults_of, provides_of, walk_fields
from router.composition.subgraph import Subgraph


def provides_fields_has_args(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@provides` of fields that take arguments."""
    for use in provides_of(subgraph):
        for selected in walk_fields(use, subgraph) if not any(faults_of(use, subgraph)) else ():
            if selected.field and selected.field.arguments:
                message = (
                    f'@provides(fields: "{use.fields.text}") cannot include'
                    f' "{selected.parent}.{selected.field.name}": it takes arguments'
                )
                yield CompositionError(ErrorCode.PROVIDES_FIELDS_HAS_ARGS, message, use.coordinate, (subgraph.name,))
