"""Looks for due work until told to stop. Any number of copies may run: each task is leased to one of them."""

import asyncio
from typing import Final

from sqlalchemy.exc import DBAPIError

from kernel.clock import pause
from kernel.telemetry import get_logger
from subgraphs.identity.app import AccountSync, ProviderSilent

log = get_logger(__name__)
_BATCH: Final = 20
_LOOK_SECONDS: Final = 0.5
_DATABASE_AWAY_SECONDS: Final = 2.0
_SWEEP_SECONDS: Final = 30.0


async def sync_forever(
    sync: AccountSync, stop: asyncio.Event, *, database_away_seconds: float = _DATABASE_AWAY_SECONDS
) -> None:
    """Work on due tasks as long as there are some, then look again twice a second; a lost database is waited for."""
    while not stop.is_set():
        try:
            if await sync.run_due(_BATCH) == _BATCH:
                continue
            wait = _LOOK_SECONDS
        except (DBAPIError, OSError) as error:
            log.warning("account_sync_waits", reason=type(error).__name__)
            wait = database_away_seconds
        await pause(stop, wait)


async def sweep_forever(sync: AccountSync, stop: asyncio.Event, *, pause_seconds: float = _SWEEP_SECONDS) -> None:
    """Compare a page of users and accounts twice a minute; whoever is away is waited for."""
    while not stop.is_set():
        await pause(stop, pause_seconds)
        try:
            await sync.sweep()
        except (ProviderSilent, DBAPIError, OSError) as error:
            log.warning("account_sweep_waits", reason=type(error).__name__)
