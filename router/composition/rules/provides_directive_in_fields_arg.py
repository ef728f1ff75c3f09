"""PROVIDES_DIRECTIVE_IN_FIELDS_ARG: the field set of a `@provides` has no directives in it."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import provides_of, walk_fields
from router.composition.subgraph import Subgraph


def provides_directive_in_fields_arg(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Directives inside `@provides`."""
    for use in provides_of(subgraph):
        for selected in walk_fields(use, subgraph):
            if selected.selection.has_directives:
                message = f'@provides: the field "{selected.selection.name}" of the field set cannot have directives'
                yield CompositionError(
                    ErrorCode.PROVIDES_DIRECTIVE_IN_FIELDS_ARG, message, use.coordinate, (subgraph.name,)
                )
