"""NO_CONTEXT_IN_SELECTION: `@fromContext` names a context and selects from it, as in `$shop { currency }`."""

from collections.abc import Iterator

from router.composition.context_uses import context_uses
from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import Subgraph


def no_context_in_selection(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@fromContext` that refers to nothing."""
    for use in context_uses(subgraph):
        if use.argument.reference.context is None:
            message = f'@fromContext(field: "{use.argument.reference.text}") is not a context and a selection'
            yield CompositionError(ErrorCode.NO_CONTEXT_IN_SELECTION, message, use.coordinate, (subgraph.name,))
