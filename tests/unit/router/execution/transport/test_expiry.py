"""Waits that end in time, and those that do not."""

import asyncio

import pytest

from router.execution.transport.expiry import Expiries, TimeLimit


class _Wait:
    def __init__(self, expires: float, ended: list[float]) -> None:
        self.expires = expires
        self._ended = ended

    def expire(self) -> None:
        self._ended.append(self.expires)


class _Timer:
    def __init__(self, when: float) -> None:
        self.when = when
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class _Loop(asyncio.AbstractEventLoop):
    """A loop whose time is told by the test; it counts the timers that were set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[_Timer, object]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when, callback, *args, context=None):  # noqa: ARG002
        timer = _Timer(when)
        self.timers.append((timer, lambda: callback(*args)))
        return timer

    def go_to(self, now: float) -> None:
        self.now = now
        for timer, ring in [*self.timers]:
            if timer.when <= now and not timer.is_cancelled:
                timer.is_cancelled = True
                ring()


def test_each_wait_expires_in_its_own_time():
    loop, expiries, ended = _Loop(), Expiries(), []
    for expires in (3.0, 1.0, 2.0):
        expiries.watch(_Wait(expires, ended), loop)

    loop.go_to(1.0)
    early = [*ended]
    loop.go_to(2.5)
    loop.go_to(9.0)

    assert (early, ended) == ([1.0], [1.0, 2.0, 3.0])


def test_what_has_ended_does_not_expire():
    loop, expiries, ended = _Loop(), Expiries(), []
    kept, over = _Wait(2.0, ended), _Wait(1.0, ended)
    expiries.watch(kept, loop)
    expiries.watch(over, loop)

    expiries.forget(over)
    loop.go_to(1.0)
    loop.go_to(2.0)

    assert ended == [2.0]


def test_waits_that_end_in_time_share_a_timer():
    loop, expiries, ended = _Loop(), Expiries(), []

    for tenth in range(100):
        loop.go_to(tenth / 10)
        wait = _Wait(tenth / 10 + 20, ended)
        expiries.watch(wait, loop)
        expiries.forget(wait)

    assert (len(loop.timers), ended) == (1, [])


def test_a_wait_may_watch_for_something_else_when_it_expires():
    loop, expiries, ended = _Loop(), Expiries(), []

    class _Again(_Wait):
        def expire(self) -> None:
            super().expire()
            expiries.watch(_Wait(5.0, ended), loop)

    expiries.watch(_Again(1.0, ended), loop)
    loop.go_to(1.0)
    loop.go_to(5.0)

    assert ended == [1.0, 5.0]


def test_nothing_expires_after_the_stop():
    loop, expiries, ended = _Loop(), Expiries(), []
    expiries.watch(_Wait(1.0, ended), loop)

    expiries.stop()
    loop.go_to(2.0)

    assert ended == []


async def test_what_takes_too_long_is_cancelled():
    with pytest.raises(TimeoutError), TimeLimit(Expiries(), asyncio.get_running_loop().time() + 0.001):
        await asyncio.Event().wait()

    assert asyncio.current_task().cancelling() == 0


async def test_what_ends_in_time_is_left_alone():
    expiries = Expiries()

    with TimeLimit(expiries, asyncio.get_running_loop().time() + 0.001):
        await asyncio.sleep(0)
    with TimeLimit(expiries, asyncio.get_running_loop().time() + 0.002):
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)

    assert asyncio.current_task().cancelling() == 0


async def test_who_cancels_from_elsewhere_is_obeyed_within_a_limit():
    async def limited() -> None:
        with TimeLimit(Expiries(), asyncio.get_running_loop().time() + 60):
            await asyncio.Event().wait()

    task = asyncio.create_task(limited())
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


def test_waits_of_an_earlier_loop_hold_nobody_up():
    expiries, ended = Expiries(), []
    earlier, later = _Loop(), _Loop()
    expiries.watch(_Wait(1.0, ended), earlier)

    expiries.watch(_Wait(2.0, ended), later)
    later.go_to(2.0)

    assert ended == [2.0]
