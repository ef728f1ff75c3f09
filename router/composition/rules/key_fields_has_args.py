"""KEY_FIELDS_HAS_ARGS: a key is made of fields without arguments, so that it has one value."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import faults_of, keys_of, walk_fields
from router.composition.subgraph import Subgraph


def key_fields_has_args(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Keys through fields that take arguments."""
    for use in keys_of(subgraph):
        for selected in walk_fields(use, subgraph) if not any(faults_of(use, subgraph)) else ():
            if selected.field and (selected.field.arguments or selected.field.contextual_arguments):
                message = (
                    f'@key(fields: "{use.fields.text}") cannot include'
                    f' "{selected.parent}.{selected.field.name}": it takes arguments'
                )
                yield CompositionError(ErrorCode.KEY_FIELDS_HAS_ARGS, message, use.coordinate, (subgraph.name,))
