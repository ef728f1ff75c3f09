"""EXTERNAL_TYPE_MISMATCH: an `@external` field has the type it has in the supergraph."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.type_references import most_general_output
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_type


def external_type_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """External declarations of another type."""
    for type_name, field_name, sources in subgraphs.every_field():
        types = [source.field.type for source in sources if not source.field.is_external]
        merged = most_general_output(types, subgraphs) if types else None
        if merged is None:
            continue
        for source in sources:
            if source.field.is_external and print_type(source.field.type) != print_type(merged):
                message = (
                    f'the @external field has type "{print_type(source.field.type)}",'
                    f' but it is resolved as "{print_type(merged)}"'
                )
                yield CompositionError(
                    ErrorCode.EXTERNAL_TYPE_MISMATCH, message, f"{type_name}.{field_name}", (source.subgraph.name,)
                )
