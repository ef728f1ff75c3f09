"""A worker of a queue looks for due tasks until told to stop. Any number of copies may run: each task is leased."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.exc import DBAPIError

from kernel.clock import pause
from kernel.telemetry import get_logger

log = get_logger(__name__)
DATABASE_AWAY_SECONDS: Final = 2.0
_BATCH: Final = 20
_LOOK_SECONDS: Final = 0.5


async def work_forever(
    run_due: Callable[[int], Awaitable[int]],
    stop: asyncio.Event,
    *,
    waits_event: str,
    database_away_seconds: float = DATABASE_AWAY_SECONDS,
) -> None:
    """Work on due tasks as long as there are some, then look again twice a second; a lost database is waited for.

    Args:
        run_due: works on up to so many tasks; how many there were.
        stop: ends the work after the tasks under way.
        waits_event: what is logged when the database is away.
        database_away_seconds: how long it is then waited for.
    """
    while not stop.is_set():
        try:
            if await run_due(_BATCH) == _BATCH:
                continue
            wait = _LOOK_SECONDS
        except (DBAPIError, OSError) as error:
            log.warning(waits_event, reason=type(error).__name__)
            wait = database_away_seconds
        await pause(stop, wait)
