"""INTERFACE_KEY_NOT_ON_IMPLEMENTATION: each key of an interface is a key of every implementation beside it.

What is resolvable on the interface is so on them; the order of fields says nothing.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_sets import unordered
from router.composition.subgraph import CompositeType, Key, Kind, Subgraph


def interface_key_not_on_implementation(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Implementations that lack a key of their interface, or that cannot be resolved by it."""
    for interface in subgraph.types.values():
        if not isinstance(interface, CompositeType) or interface.kind is not Kind.INTERFACE:
            continue
        for key in interface.keys:
            for name in subgraph.possible_types(interface.name):
                implementation = subgraph.composite(name)
                if implementation and not any(_serves(own, key) for own in implementation.keys):
                    message = f'"{name}" implements "{interface.name}" but lacks its @key(fields: "{key.fields.text}")'
                    yield CompositionError(
                        ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION, message, name, (subgraph.name,)
                    )


def _serves(own: Key, wanted: Key) -> bool:
    are_equal = unordered(own.fields.selections) == unordered(wanted.fields.selections)
    return are_equal and (own.is_resolvable or not wanted.is_resolvable)
