"""A circuit breaker: a subgraph that mostly fails is left alone for a while, then tried with one request."""

import time
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from kernel.telemetry import gauge, get_logger
from router.execution.transport.protocol import Failure, Lane, SubgraphAnswer, SubgraphCall, SubgraphUnavailable
from router.execution.transport.retries import GATEWAY_STATUSES
from router.execution.transport.traffic import Traffic

log = get_logger(__name__)
_STATE = gauge("router_breaker_state", "Circuit breakers: 0 closed, 1 half-open, 2 open", ("subgraph",))
#: the subgraph is there: it refused what a client sent, or answered more than we take
_HEALTHY: Final = frozenset({Failure.REFUSED, Failure.TOO_LARGE})
#: nobody asked it
_UNASKED: Final = frozenset({Failure.UNKNOWN, Failure.OVERLOADED})


class State(IntEnum):
    """As in the metric `router_breaker_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class CircuitBreaker:
    """A layer for one subgraph; `clock` counts seconds."""

    def __init__(
        self, inner: Lane, subgraph: str, traffic: Traffic, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if traffic.breaker is None:
            raise ValueError(subgraph)
        self._inner = inner
        self._subgraph = subgraph
        self._rules = traffic.breaker
        self._slow_seconds = traffic.timeout_seconds / 2
        self._clock = clock
        self._state = State.CLOSED
        self._opened = 0.0
        self._window = _Window(self._rules.window_seconds, clock())
        _STATE.labels(subgraph).set(State.CLOSED)

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        """See `Transport.fetch`; an open circuit answers at once."""
        started = self._clock()
        is_trial = self._state is not State.CLOSED
        if is_trial:
            self._try_again(started)
        # what is cancelled says something only if it was slow: clients choose their deadlines and hang up
        is_failed: bool | None = None
        try:
            answer = await self._inner.fetch(call)
            # a 500 with GraphQL errors may be one resolver's: the subgraph understood the query and told what failed
            is_failed = answer.status in GATEWAY_STATUSES
        except SubgraphUnavailable as error:
            is_failed = None if error.failure in _UNASKED else error.failure not in _HEALTHY
            raise
        finally:
            now = self._clock()
            if is_failed is None and now - started >= self._slow_seconds:
                is_failed = True
            if is_trial:
                self._judge(is_failed, now)
            elif is_failed is not None and self._state is State.CLOSED:
                self._count(is_failed, now)
        return answer

    def _try_again(self, now: float) -> None:
        """Let one call through when the time has come; any other is refused."""
        if self._state is State.HALF_OPEN or now - self._opened < self._rules.open_seconds:
            raise SubgraphUnavailable(self._subgraph, "the circuit is open", Failure.BREAKER_OPEN)
        self._become(State.HALF_OPEN)

    def _judge(self, is_failed: bool | None, now: float) -> None:  # noqa: FBT001 - None: unknown
        """What the one call of a half-open circuit decides; if nothing, the next call is let through."""
        if is_failed is None:
            self._become(State.OPEN)
        elif is_failed:
            self._open(now)
        else:
            self._window = _Window(self._rules.window_seconds, now)
            self._become(State.CLOSED)

    def _count(self, is_failed: bool, now: float) -> None:  # noqa: FBT001 - what happened
        self._window.add(is_failed=is_failed, now=now)
        if is_failed and self._window.is_above(self._rules.failure_rate, self._rules.minimum_requests):
            self._open(now)

    def _open(self, now: float) -> None:
        self._opened = now
        self._become(State.OPEN)

    def _become(self, state: State) -> None:
        self._state = state
        _STATE.labels(self._subgraph).set(state)
        tell = log.warning if state is State.OPEN else log.info
        tell("subgraph_breaker_changed", subgraph=self._subgraph, state=state.name.lower())


class _Window:
    """Requests and failures of the present half of a window and of the one before."""

    def __init__(self, seconds: float, now: float) -> None:
        self._half = seconds / 2
        self._ends = now + self._half
        self._requests = self._failures = self._earlier_requests = self._earlier_failures = 0

    def add(self, *, is_failed: bool, now: float) -> None:
        if now >= self._ends:
            is_recent = now < self._ends + self._half
            self._earlier_requests = self._requests if is_recent else 0
            self._earlier_failures = self._failures if is_recent else 0
            self._requests = self._failures = 0
            self._ends = now + self._half
        self._requests += 1
        self._failures += is_failed

    def is_above(self, rate: float, minimum: int) -> bool:
        requests = self._requests + self._earlier_requests
        return requests >= minimum and self._failures + self._earlier_failures >= rate * requests
