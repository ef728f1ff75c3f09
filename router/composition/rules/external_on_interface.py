"""EXTERNAL_ON_INTERFACE: interfaces resolve nothing, so their fields cannot be external."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, Subgraph


def external_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@external` on fields of interfaces."""
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType) or type_.kind is not Kind.INTERFACE:
            continue
        for field in type_.fields.values():
            if field.is_external:
                message = "@external cannot stand on a field of an interface"
                yield CompositionError(
                    ErrorCode.EXTERNAL_ON_INTERFACE, message, f"{type_.name}.{field.name}", (subgraph.name,)
                )
