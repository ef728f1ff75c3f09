"""CONTEXT_NO_RESOLVABLE_KEY: an object with an argument filled from a context has a key to be looked up by.

The router learns the context's value first and then asks for the field in a fetch of its own.
"""

from collections.abc import Iterator

from router.composition.context_uses import context_uses
from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import Kind, Subgraph


def context_no_resolvable_key(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Objects a router could not come back to."""
    for use in context_uses(subgraph):
        is_resolvable = any(key.is_resolvable for key in use.parent.keys)
        if use.parent.kind is Kind.OBJECT and not is_resolvable:
            message = f'"{use.parent.name}" has no resolvable @key, but "{use.field.name}" needs a context'
            yield CompositionError(ErrorCode.CONTEXT_NO_RESOLVABLE_KEY, message, use.parent.name, (subgraph.name,))
