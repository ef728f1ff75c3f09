"""Queries that met a broken connection, a gateway's 502, 503 or 504, or a subgraph that names a time, are asked again.

There is a budget of retries. A time that a busy subgraph names (`Retry-After`) is waited for, or nobody asks again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from kernel.telemetry import counter
from router.execution.transport.protocol import Failure, Lane, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.traffic import RetryRules

GATEWAY_STATUSES: Final = frozenset({502, 503, 504})
_RETRIED: Final = frozenset({Failure.CONNECTION, Failure.GATEWAY})
_MAX_SAVED: Final = 10.0

_RETRIES = counter("router_retries_total", "Queries asked again", ("subgraph", "outcome"))


class Retrying:
    """A layer for one subgraph.

    Each request earns a share of a retry, and each retry costs one: when everything fails the load grows by that
    share and no more. Ten saved retries are the start and the most.
    """

    def __init__(
        self, inner: Lane, subgraph: str, rules: RetryRules, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._inner = inner
        self._rules = rules
        self._pause = pause
        self._saved = _MAX_SAVED
        self._sent = _RETRIES.labels(subgraph, "sent")
        self._spared = _RETRIES.labels(subgraph, "over_budget")

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`."""
        self._saved = min(_MAX_SAVED, self._saved + self._rules.budget)
        attempt = 0
        while True:
            try:
                answer = await self._inner.fetch(call)
            except SubgraphUnavailable as error:
                is_passing = error.failure in _RETRIED or error.retry_after is not None
                if not is_passing or not await self._may_retry(call, attempt, error.retry_after):
                    raise
            else:
                is_passing = answer.status in GATEWAY_STATUSES or answer.retry_after is not None
                if not is_passing or not await self._may_retry(call, attempt, answer.retry_after):
                    return answer
            attempt += 1

    async def _may_retry(self, call: SubgraphCall, attempt: int, retry_after: float | None) -> bool:
        """Whether there is another attempt; if so, after a pause (exponential, with full jitter)."""
        if not call.is_query or attempt >= self._rules.count:
            return False
        pause = random.uniform(0, self._rules.pause_seconds * 2**attempt)  # noqa: S311 - no secret
        pause += retry_after or 0
        if asyncio.get_running_loop().time() + pause >= call.deadline:
            return False
        if self._saved < 1:
            self._spared.inc()
            return False
        self._saved -= 1
        self._sent.inc()
        await self._pause(pause)
        return True
