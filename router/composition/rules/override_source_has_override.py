"""OVERRIDE_SOURCE_HAS_OVERRIDE: a subgraph that loses a field to another one takes it over from nobody itself."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def override_source_has_override(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Fields with a chain of `@override`."""
    for type_name, field_name, sources in subgraphs.every_field():
        overrides = {
            source.subgraph.name: source.field.override
            for source in sources
            if source.field.override and source.field.override.source != source.subgraph.name
        }
        chained = {override.source for override in overrides.values()} & set(overrides)
        if chained:
            takers = {name for name, override in overrides.items() if override.source in chained}
            overriding = tuple(sorted(chained | takers))
            listing = ", ".join(f'"{subgraph}"' for subgraph in overriding)
            message = f"the field has @override in {listing}, one after the other"
            yield CompositionError(
                ErrorCode.OVERRIDE_SOURCE_HAS_OVERRIDE, message, f"{type_name}.{field_name}", overriding
            )
