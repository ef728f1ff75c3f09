"""Open subscriptions: how many there may be, and what a document of one may not say."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from kernel.identity import Principal
from kernel.subgraph import JsonObject
from kernel.telemetry import gauge
from router.pipeline.refusal import RATE_LIMITED, RequestRefused

_OPEN = gauge("router_subscriptions", "Open subscriptions")
_TOO_MANY: Final = 429
_CONDITIONS: Final = frozenset({"skip", "include"})

_Who = tuple[str, str] | None


class Places:
    """The places for open subscriptions, in all and for each caller."""

    def __init__(self, most: int, most_per_caller: int) -> None:
        self._most = most
        self._most_per_caller = most_per_caller
        self._open: Counter[_Who] = Counter()

    def place_of(self, principal: Principal | None) -> "Place":
        """A place for one more.

        Raises:
            RequestRefused: there is none left.
        """
        who = (str(principal.tenant_id), principal.subject) if principal is not None else None
        if self._open.total() >= self._most or self._open[who] >= self._most_per_caller:
            raise RequestRefused.because("too many subscriptions are open", RATE_LIMITED, _TOO_MANY)
        self._open[who] += 1
        _OPEN.inc()
        return Place(self._open, who)


class Place:
    """One place; given back once."""

    def __init__(self, taken: Counter[_Who], who: _Who) -> None:
        self._taken: Counter[_Who] | None = taken
        self._who = who

    def give_back(self) -> None:
        """Let somebody else have it."""
        taken, self._taken = self._taken, None
        if taken is not None:
            taken[self._who] -= 1
            if not taken[self._who]:
                del taken[self._who]
            _OPEN.dec()


class OpenSubscription:
    """The results of a subscription; whoever holds it closes it, however far it came."""

    def __init__(
        self, results: AsyncGenerator[JsonObject], place: Place, told: Callable[[JsonObject], JsonObject]
    ) -> None:
        self._results = results
        self._place = place
        self._told = told

    def __aiter__(self) -> "OpenSubscription":
        return self

    async def __anext__(self) -> JsonObject:
        return self._told(await anext(self._results))

    async def aclose(self) -> None:
        """End it at the subgraph, too."""
        self._place.give_back()
        await self._results.aclose()


def require_unconditional(document: DocumentNode, operation: OperationDefinitionNode) -> None:
    """Refuse a root field that depends on a condition (GraphQL §5.2.4.1).

    Raises:
        RequestRefused: `@skip` or `@include` stands at the root of the subscription.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    for selection in _root_selections(operation.selection_set, fragments):
        if any(directive.name.value in _CONDITIONS for directive in selection.directives or ()):
            raise RequestRefused.because("@skip and @include cannot stand at the root of a subscription")


def _root_selections(
    selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]
) -> Iterator[SelectionNode]:
    for selection in selected.selections:
        yield selection
        if isinstance(selection, FragmentSpreadNode):
            # validation has found all fragments, and no circle of them
            yield from _root_selections(fragments[selection.name.value].selection_set, fragments)
        elif not isinstance(selection, FieldNode):
            inner = getattr(selection, "selection_set", None)
            if isinstance(inner, SelectionSetNode):
                yield from _root_selections(inner, fragments)
