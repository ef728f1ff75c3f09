"""REQUIRES_DIRECTIVE_IN_FIELDS_ARG: the field set of a `@requires` has no directives in it."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import requires_of, walk_fields
from router.composition.subgraph import Subgraph


def requires_directive_in_fields_arg(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Directives inside `@requires`."""
    for use in requires_of(subgraph):
        for selected in walk_fields(use, subgraph):
            if selected.selection.has_directives:
                message = f'@requires: the field "{selected.selection.name}" of the field set cannot have directives'
                yield CompositionError(
                    ErrorCode.REQUIRES_DIRECTIVE_IN_FIELDS_ARG, message, use.coordinate, (subgraph.name,)
                )
