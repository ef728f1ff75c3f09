"""INTERFACE_KEY_NOT_ON_IMPLEMENTATION: each key of an interface is a key of every implementation beside it."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import keys_of
from router.composition.subgraph import Kind, Subgraph


def interface_key_not_on_implementation(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Implementations that lack a key of their interface."""
    for use in keys_of(subgraph):
        if use.parent.kind is not Kind.INTERFACE:
            continue
        for name in subgraph.possible_types(use.parent.name):
            implementation = subgraph.composite(name)
            if implementation and all(key.fields.text != use.fields.text for key in implementation.keys):
                message = f'"{name}" implements "{use.parent.name}" but lacks its @key(fields: "{use.fields.text}")'
                yield CompositionError(ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION, message, name, (subgraph.name,))
