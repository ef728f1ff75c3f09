"""INVALID_SHAREABLE_USAGE: only fields of objects are resolved, so only they can be shared."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, Subgraph


def invalid_shareable_usage(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@shareable` on fields of interfaces."""
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType) or type_.kind is not Kind.INTERFACE:
            continue
        for field in type_.fields.values():
            if field.is_shareable:
                message = "@shareable cannot stand on a field of an interface"
                yield CompositionError(
                    ErrorCode.INVALID_SHAREABLE_USAGE, message, f"{type_.name}.{field.name}", (subgraph.name,)
                )
