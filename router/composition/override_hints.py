"""Remarks on fields that move from one subgraph to another."""

from collections.abc import Iterator, Sequence

from router.composition.errors import CompositionHint, HintCode
from router.composition.merging.field_joins import full_overrider_of, overrider_of
from router.composition.subgraph_set import FieldSource


def override_hints(coordinate: str, sources: Sequence[FieldSource]) -> Iterator[CompositionHint]:
    """What is left to do for each declaration of the field that another subgraph takes over."""
    for source in sources:
        overrider = overrider_of(source, sources)
        if overrider is None or source.field.is_external:
            continue
        name = overrider.subgraph.name
        if full_overrider_of(source, sources):
            code = HintCode.OVERRIDDEN_FIELD_CAN_BE_REMOVED
            message = f'"{name}" overrides the field: it can be removed here'
        else:
            code = HintCode.OVERRIDE_MIGRATION_IN_PROGRESS
            message = f'"{name}" overrides the field for some requests: it can be removed here when it does for all'
        yield CompositionHint(code, message, coordinate, (source.subgraph.name,))
