"""Many waits, one timer: it is set for the earliest end, and what ends in time costs an entry in a table."""

import asyncio
from typing import Protocol


class Expiring(Protocol):
    """A wait that must end; `expires` is a loop time and does not change while it is watched."""

    expires: float

    def expire(self) -> None:
        """It has taken too long."""
        ...


class Expiries:
    """The waits of one event loop at a time."""

    def __init__(self) -> None:
        self._waits: dict[Expiring, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings = 0.0

    def watch(self, wait: Expiring, loop: asyncio.AbstractEventLoop) -> None:
        """Expire it in time, unless it is forgotten before."""
        if loop is not self._loop:
            self._waits.clear()
            self._loop, self._timer = loop, None
        self._waits[wait] = None
        if self._timer is None or wait.expires < self._rings:
            self._set(wait.expires, loop)

    def forget(self, wait: Expiring) -> None:
        """It has ended. The timer stays as it is: most often others are watched by the time it rings."""
        self._waits.pop(wait, None)

    def stop(self) -> None:
        """Set no more timers; what is watched still can be forgotten."""
        self._waits.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, when: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = when
        self._timer = loop.call_at(when, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for wait in [wait for wait in self._waits if wait.expires <= now]:
            del self._waits[wait]
            wait.expire()
        if self._waits:
            self._set(min(wait.expires for wait in self._waits), loop)


class TimeLimit:
    """`with`: what the present task does inside is cancelled at a loop time and raises TimeoutError.

    As `asyncio.timeout_at`, of which it shares the care for cancellations from elsewhere.
    """

    __slots__ = ("_cancellations", "_expiries", "_is_expired", "_loop", "_task", "expires")

    def __init__(self, expiries: Expiries, expires: float) -> None:
        self.expires = expires
        self._expiries = expiries
        self._is_expired = False

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("only a task can be limited")
        self._task, self._cancellations = task, task.cancelling()
        self._expiries.watch(self, self._loop)

    def expire(self) -> None:
        """See `Expiring`."""
        self._is_expired = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _stack: object) -> None:
        self._expiries.forget(self)
        if self._is_expired and self._task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise TimeoutError from error
