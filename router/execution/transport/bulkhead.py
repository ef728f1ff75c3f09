"""A bulkhead: so many requests to one subgraph at a time, so many waiting, and no more."""

import asyncio
from collections import deque

from kernel.telemetry import gauge
from router.execution.transport.protocol import Failure, Lane, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.traffic import BulkheadRules

_IN_FLIGHT = gauge("router_subgraph_in_flight", "Requests to a subgraph that are under way", ("subgraph",))
_WAITING = gauge("router_subgraph_waiting", "Requests to a subgraph that wait for their turn", ("subgraph",))


class Bulkhead:
    """A layer for one subgraph; who waits is served in order."""

    def __init__(self, inner: Lane, subgraph: str, rules: BulkheadRules) -> None:
        self._inner = inner
        self._subgraph = subgraph
        self._rules = rules
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        # read when somebody asks, so that requests do not pay for it
        _IN_FLIGHT.labels(subgraph).set_function(lambda: self._running)
        _WAITING.labels(subgraph).set_function(lambda: len(self._waiting))

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        if self._running < self._rules.concurrent:
            self._running += 1
        else:
            await self._turn()
        try:
            return await self._inner.fetch(call)
        finally:
            self._leave()

    async def _turn(self) -> None:
        if len(self._waiting) >= self._rules.waiting:
            raise SubgraphUnavailable(self._subgraph, "too many requests are waiting for it", Failure.OVERLOADED)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:
                # the turn came just before: it goes to the next
                self._leave()
            raise

    def _leave(self) -> None:
        """Give the place to whoever waits for longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
