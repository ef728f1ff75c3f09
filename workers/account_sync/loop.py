"""The queue of accounts, and the comparison of users with accounts that needs no task."""

import asyncio
from typing import Final

from sqlalchemy.exc import DBAPIError

from kernel.clock import pause
from kernel.telemetry import get_logger
from subgraphs.identity.app import AccountSync, ProviderSilent
from workers.due_tasks import work_forever

log = get_logger(__name__)
_SWEEP_SECONDS: Final = 30.0


async def sync_forever(sync: AccountSync, stop: asyncio.Event) -> None:
    """Bring accounts into step as they are due, until told to stop."""
    await work_forever(sync.run_due, stop, waits_event="account_sync_waits")


async def sweep_forever(sync: AccountSync, stop: asyncio.Event, *, pause_seconds: float = _SWEEP_SECONDS) -> None:
    """Compare a page of users and accounts twice a minute; whoever is away is waited for."""
    while not stop.is_set():
        await pause(stop, pause_seconds)
        try:
            await sync.sweep()
        except (ProviderSilent, DBAPIError, OSError) as error:
            log.warning("account_sweep_waits", reason=type(error).__name__)
