"""OVERRIDE_FROM_SELF_ERROR: a subgraph takes a field over from another one, not from itself."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Kind, Subgraph


def override_from_self_error(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@override` from the subgraph it stands in."""
    for type_ in subgraph.types.values():
        # On an interface the directive is misplaced whatever it names.
        if not isinstance(type_, CompositeType) or type_.kind is Kind.INTERFACE:
            continue
        for field in type_.fields.values():
            if field.override and field.override.source == subgraph.name:
                message = f'@override(from: "{subgraph.name}") names the subgraph it stands in'
                yield CompositionError(
                    ErrorCode.OVERRIDE_FROM_SELF_ERROR, message, f"{type_.name}.{field.name}", (subgraph.name,)
                )
