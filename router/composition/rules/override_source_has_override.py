"""OVERRIDE_SOURCE_HAS_OVERRIDE: of the subgraphs that declare a field, one at most takes it over."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def override_source_has_override(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Fields with more than one `@override`."""
    for type_name, field_name, sources in subgraphs.every_field():
        overriding = tuple(source.subgraph.name for source in sources if source.field.override)
        if len(overriding) > 1:
            listing = ", ".join(f'"{subgraph}"' for subgraph in overriding)
            message = f"the field has @override in {listing}; only one subgraph can take it over"
            yield CompositionError(
                ErrorCode.OVERRIDE_SOURCE_HAS_OVERRIDE, message, f"{type_name}.{field_name}", overriding
            )
