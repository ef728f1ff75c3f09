"""Remarks on fields that move from one subgraph to another."""

from collections.abc import Iterator, Sequence

from router.composition.errors import CompositionHint, HintCode
from router.composition.merging.field_joins import full_overrider_of, overrider_of
from router.composition.subgraph_set import FieldSource, SubgraphSet


def override_hints(
    coordinate: str, sources: Sequence[FieldSource], subgraphs: SubgraphSet
) -> Iterator[CompositionHint]:
    """What is left to do for each declaration of the field that takes it over, or that another one takes over."""
    yield from _hints_on_sources(coordinate, sources, subgraphs)
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


def _hints_on_sources(
    coordinate: str, sources: Sequence[FieldSource], subgraphs: SubgraphSet
) -> Iterator[CompositionHint]:
    known = {subgraph.name for subgraph in subgraphs.subgraphs}
    for source in sources:
        override = source.field.override
        if override is None:
            continue
        here = (source.subgraph.name,)
        if override.source not in known:
            message = f'@override(from: "{override.source}") names no subgraph of the graph'
            yield CompositionHint(HintCode.FROM_SUBGRAPH_DOES_NOT_EXIST, message, coordinate, here)
        elif not any(other.subgraph.name == override.source and not other.field.is_external for other in sources):
            message = f'"{override.source}" does not resolve the field any more: @override can be removed'
            yield CompositionHint(HintCode.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, message, coordinate, here)
