"""EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE: who does not resolve a field provides nothing with it."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Subgraph


def external_collision_with_another_directive(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Fields with both `@external` and `@provides`."""
    for type_ in subgraph.types.values():
        for field in type_.fields.values() if isinstance(type_, CompositeType) else ():
            if field.is_external and field.provides is not None:
                yield CompositionError(
                    ErrorCode.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE,
                    "a field cannot be both @external and @provides",
                    f"{type_.name}.{field.name}",
                    (subgraph.name,),
                )
