"""Identical queries in flight to one subgraph are sent once; every caller reads the bytes of the answer for itself."""

import asyncio
from typing import Final, TypeAlias

import orjson

from kernel.telemetry import counter
from router.execution.transport.protocol import Lane, SubgraphAnswer, SubgraphCall, SubgraphUnavailable

_SHARED = counter("router_shared_fetches_total", "Requests spared because the same one was in flight", ("subgraph",))
_PRIVATE: Final = "set-cookie"

_Key: TypeAlias = tuple[bytes, tuple[tuple[str, str], ...]]
_Outcome: TypeAlias = SubgraphAnswer | SubgraphUnavailable | None
_Waiting: TypeAlias = list[asyncio.Future[_Outcome]]


class SharedQueries:
    """A layer for one subgraph.

    The first caller fetches as if it were alone, and the `body` is its own. Those who come meanwhile get the bytes:
    nothing that one of them changes can be seen by another. Callers whose headers differ (another token) never share.
    """

    def __init__(self, inner: Lane, subgraph: str) -> None:
        self._inner = inner
        self._running: dict[_Key, _Waiting] = {}
        self._shared = _SHARED.labels(subgraph)

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        if not call.is_query:
            return await self._mutate(call)
        key = (call.body(), tuple(call.headers.items()))
        while (waiting := self._running.get(key)) is not None:
            outcome = await _turn(waiting)
            if outcome is not None:
                return await self._joined(outcome, call)
        return await self._lead(key, call)

    async def _mutate(self, call: SubgraphCall) -> SubgraphAnswer:
        try:
            return await self._inner.fetch(call)
        finally:
            # who asks from now on wants to see the change: what was asked before it is nobody's answer any more
            self._running.clear()

    async def _lead(self, key: _Key, call: SubgraphCall) -> SubgraphAnswer:
        waiting: _Waiting = []
        self._running[key] = waiting
        # None: whoever fetched gave up; the others start again
        outcome: _Outcome = None
        try:
            outcome = answer = await self._inner.fetch(call)
        except SubgraphUnavailable as error:
            outcome = error
            raise
        finally:
            if self._running.get(key) is waiting:
                del self._running[key]
            _tell(waiting, outcome)
            # an error has this frame in its traceback: together they would outlive the request
            del outcome
        return answer

    async def _joined(self, outcome: SubgraphAnswer | SubgraphUnavailable, call: SubgraphCall) -> SubgraphAnswer:
        if isinstance(outcome, SubgraphUnavailable):
            raise SubgraphUnavailable(outcome.subgraph, outcome.reason, outcome.failure) from outcome
        if any(name == _PRIVATE for name, _ in outcome.headers):
            return await self._inner.fetch(call)
        self._shared.inc()
        return SubgraphAnswer(orjson.loads(outcome.content), outcome.status, outcome.content, outcome.headers)


def _tell(waiting: _Waiting, outcome: _Outcome) -> None:
    for waiter in waiting:
        if not waiter.done():
            waiter.set_result(outcome)
    waiting.clear()


async def _turn(waiting: _Waiting) -> _Outcome:
    waiter: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
    waiting.append(waiter)
    return await waiter
