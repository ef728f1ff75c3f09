"""OVERRIDE_ON_INTERFACE: interfaces resolve nothing, so nobody can take their fields over."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, Subgraph


def override_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@override` on fields of interfaces."""
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType) or type_.kind is not Kind.INTERFACE:
            continue
        for field in type_.fields.values():
            if field.override:
                message = "@override cannot stand on a field of an interface"
                yield CompositionError(
                    ErrorCode.OVERRIDE_ON_INTERFACE, message, f"{type_.name}.{field.name}", (subgraph.name,)
                )
