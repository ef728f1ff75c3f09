"""KEY_UNSUPPORTED_ON_INTERFACE: keys on interfaces came with federation v2.3."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import keys_of
from router.composition.subgraph import Kind, Subgraph

_FIRST_MINOR = 3


def key_unsupported_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Keys on interfaces in a subgraph that links an older version."""
    if subgraph.minor is None or subgraph.minor >= _FIRST_MINOR:
        return
    for use in keys_of(subgraph):
        if use.parent.kind is Kind.INTERFACE:
            message = f"federation v2.{subgraph.minor} has no @key on interfaces; link v2.{_FIRST_MINOR} or later"
            yield CompositionError(ErrorCode.KEY_UNSUPPORTED_ON_INTERFACE, message, use.coordinate, (subgraph.name,))
