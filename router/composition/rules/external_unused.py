"""EXTERNAL_UNUSED: a field is marked `@external` because a key, `@requires`, `@provides` or interface needs it."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_usage import referenced_fields
from router.composition.subgraph import CompositeType, Kind, Subgraph


def external_unused(subgraph: Subgraph) -> Iterator[CompositionError]:
    """External fields nothing in the subgraph uses."""
    referenced = referenced_fields(subgraph.types)
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType) or type_.kind is Kind.INTERFACE:
            continue
        for field in type_.fields.values():
            if field.is_external and (type_.name, field.name) not in referenced:
                message = "the field is @external, but no @key, @requires, @provides or interface here uses it"
                yield CompositionError(
                    ErrorCode.EXTERNAL_UNUSED, message, f"{type_.name}.{field.name}", (subgraph.name,)
                )
