"""The one source of time: aware UTC instants, and waiting that ends early when the process does."""

import asyncio
import contextlib
from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present instant, aware, in UTC, with microseconds."""
    return datetime.now(UTC)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until `stop`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
