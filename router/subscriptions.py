"""Open subscriptions, and how many there may be."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Final

from kernel.identity import Principal
from kernel.subgraph import JsonObject
from kernel.telemetry import gauge
from router.pipeline.refusal import RATE_LIMITED, RequestRefused

_OPEN = gauge("router_subscriptions", "Open subscriptions")
_TOO_MANY: Final = 429

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
        """The next result; one that says why is the last if the caller may have no more of them."""
        try:
            return self._told(await anext(self._results))
        except RequestRefused as refusal:
            return self._told({"data": None, "errors": [*refusal.errors]})

    async def aclose(self) -> None:
        """End it at the subgraph, too."""
        self._place.give_back()
        await self._results.aclose()
