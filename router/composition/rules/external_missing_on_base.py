"""EXTERNAL_MISSING_ON_BASE: some other subgraph resolves what a subgraph marks `@external`.

An interface object resolves its fields for every implementation.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.field_joins import through_interface_objects
from router.composition.subgraph_set import SubgraphSet


def external_missing_on_base(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Fields that are external wherever they are declared."""
    for type_name, field_name, sources in subgraphs.every_field():
        is_resolved = any(not source.field.is_external for source in sources)
        if not is_resolved and not any(through_interface_objects(type_name, field_name, subgraphs)):
            yield CompositionError(
                ErrorCode.EXTERNAL_MISSING_ON_BASE,
                "the field is @external in every subgraph that declares it, so nobody resolves it",
                f"{type_name}.{field_name}",
                tuple(source.subgraph.name for source in sources),
            )
