"""COST_APPLIED_TO_INTERFACE_FIELD: `@cost` stands on fields of objects, not of interfaces."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, Subgraph


def cost_applied_to_interface_field(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@cost` on fields of interfaces."""
    for type_ in subgraph.types.values():
        if not isinstance(type_, CompositeType) or type_.kind is not Kind.INTERFACE:
            continue
        for field in type_.fields.values():
            if field.metadata.cost_weight is not None:
                yield CompositionError(
                    ErrorCode.COST_APPLIED_TO_INTERFACE_FIELD,
                    "@cost cannot stand on a field of an interface",
                    f"{type_.name}.{field.name}",
                    (subgraph.name,),
                )
