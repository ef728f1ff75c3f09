"""PROVIDES_FIELDS_MISSING_EXTERNAL: what `@provides` names is another subgraph's, hence marked `@external`.

A field of the very interface that a field returns cannot be marked, so it is named for each implementation.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import (
    FieldSetUse,
    SelectedField,
    faults_of,
    is_external_anywhere,
    provides_of,
    walk_fields,
)
from router.composition.subgraph import Kind, Subgraph


def provides_fields_missing_external(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Leaves of `@provides` that are not external, nor below an external field."""
    for use in provides_of(subgraph):
        for selected in walk_fields(use, subgraph) if _is_judged(use, subgraph) else ():
            if _is_resolved_here(selected, use, subgraph):
                message = (
                    f'@provides(fields: "{use.fields.text}") cannot include'
                    f' "{selected.parent}.{selected.selection.name}", which is not @external:'
                    " the subgraph can always resolve it, so there is nothing to provide"
                )
                yield CompositionError(
                    ErrorCode.PROVIDES_FIELDS_MISSING_EXTERNAL, message, use.coordinate, (subgraph.name,)
                )


def _is_judged(use: FieldSetUse, subgraph: Subgraph) -> bool:
    return use.parent.kind is Kind.OBJECT and not any(faults_of(use, subgraph))


def _is_resolved_here(selected: SelectedField, use: FieldSetUse, subgraph: Subgraph) -> bool:
    if selected.field is None or selected.selection.children or selected.is_under_external:
        return False
    if selected.parent == use.target:
        return not selected.field.is_external
    return not is_external_anywhere(subgraph, selected.parent, selected.field)
