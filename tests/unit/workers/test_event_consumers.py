import asyncio
from datetime import datetime

import pytest

from kernel.bus.port import HandleEvent
from kernel.events import Envelope
from workers.event_consumers import Doorbell, run_consumers


class TornBus:
    """Breaks in the group `broken`, and counts the readers of all others."""

    def __init__(self) -> None:
        self.readers = 0

    async def publish(self, envelopes: object) -> None:
        raise NotImplementedError

    async def consume(self, group: str, subjects: frozenset[str], handle: HandleEvent, stop: asyncio.Event) -> None:
        del subjects, handle
        if group == "broken":
            raise ZeroDivisionError
        self.readers += 1
        try:
            await stop.wait()
        finally:
            self.readers -= 1

    async def missing_since(self) -> datetime | None:
        raise NotImplementedError

    async def mark_as_complete(self) -> None:
        raise NotImplementedError


async def ring(_envelope: Envelope) -> None:
    raise NotImplementedError


async def test_a_broken_consumer_ends_the_others_so_that_a_restart_does_not_run_them_twice():
    bus = TornBus()
    bells = [Doorbell(name, frozenset({"s"}), ring) for name in ("steady", "broken")]

    with pytest.raises(ExceptionGroup) as failure:
        await run_consumers([], bells, bus, asyncio.Event())

    assert failure.group_contains(ZeroDivisionError)
    assert bus.readers == 0
