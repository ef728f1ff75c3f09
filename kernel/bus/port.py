"""What the relay and the consumers need of a bus: at-least-once delivery, per-group progress."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from kernel.events import Envelope

HandleEvent = Callable[[Envelope], Awaitable[None]]


class EventBus(Protocol):
    """At-least-once: an event may come twice, and comes in order per publisher unless it failed before."""

    async def publish(self, envelopes: Sequence[str]) -> None:
        """Append envelopes (JSON text) in order; returns when the bus has them all."""
        ...

    async def consume(self, group: str, subjects: frozenset[str], handle: HandleEvent, stop: asyncio.Event) -> None:
        """Give every event of `subjects` to `handle` once it is there, until `stop`.

        An event that keeps failing goes to the dead letters; a lost connection is waited out.
        """
        ...

    async def missing_since(self) -> datetime | None:
        """From when on the bus may have lost events, because it was restarted; None when it has them all.

        The answer stays the same until `mark_as_complete`.
        """
        ...

    async def mark_as_complete(self) -> None:
        """The bus has, or will be given again, all there was when `missing_since` was last asked."""
        ...
