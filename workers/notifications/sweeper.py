"""Sends what no bell rang for: deliveries of dead senders, of lost messages, and those that waited. Needs no Redis."""

import asyncio
from typing import Final

from kernel.clock import pause
from kernel.telemetry import get_logger
from workers.notifications.confirmations import OrderConfirmations

log = get_logger(__name__)
_AT_ONCE: Final = 4
_PAUSE_SECONDS: Final = 5.0


async def sweep_forever(
    confirmations: OrderConfirmations, stop: asyncio.Event, *, pause_seconds: float = _PAUSE_SECONDS
) -> None:
    """Sweep until `stop`, and then finish what was begun. Any number of sweepers may run."""
    while not stop.is_set():
        try:
            swept = await confirmations.send_due(_AT_ONCE)
        except Exception as error:  # noqa: BLE001 - the database may be away in many ways; it will be back
            log.warning("notification_sweep_failed", error=type(error).__name__)
            swept = 0
        if swept < _AT_ONCE:
            await pause(stop, pause_seconds)
