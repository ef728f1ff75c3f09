"""REQUIRES_FIELDS_MISSING_EXTERNAL: what `@requires` names is another subgraph's, hence marked `@external`."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import (
    FieldSetUse,
    SelectedField,
    faults_of,
    is_external_anywhere,
    requires_of,
    walk_fields,
)
from router.composition.subgraph import Kind, Subgraph


def requires_fields_missing_external(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Leaves of `@requires` that are not external, nor below an external field."""
    for use in requires_of(subgraph):
        for selected in walk_fields(use, subgraph) if _is_judged(use, subgraph) else ():
            if _is_resolved_here(selected, subgraph):
                message = (
                    f'@requires(fields: "{use.fields.text}") cannot include'
                    f' "{selected.parent}.{selected.selection.name}", which is not @external:'
                    " the subgraph can resolve it itself, so there is nothing to require"
                )
                yield CompositionError(
                    ErrorCode.REQUIRES_FIELDS_MISSING_EXTERNAL, message, use.coordinate, (subgraph.name,)
                )


def _is_judged(use: FieldSetUse, subgraph: Subgraph) -> bool:
    return use.parent.kind is Kind.OBJECT and not any(faults_of(use, subgraph))


def _is_resolved_here(selected: SelectedField, subgraph: Subgraph) -> bool:
    if selected.field is None or selected.selection.children or selected.is_under_external:
        return False
    return not is_external_anywhere(subgraph, selected.parent, selected.field)
