"""Runs what no bell rang for: due sagas of dead runners, of lost messages, and those that waited. Needs no Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from kernel.clock import pause
from kernel.telemetry import get_logger
from subgraphs.orders.app import ClaimedSaga
from workers.checkout_saga.saga import SagaDeps, Sagas, drive

log = get_logger(__name__)
_AT_ONCE: Final = 16
_PAUSE_SECONDS: Final = 1.0


async def sweep(store: Sagas, run: Callable[[ClaimedSaga], Awaitable[None]], *, limit: int = _AT_ONCE) -> int:
    """Claim up to `limit` due sagas, run them all at once, and say how many they were."""
    claims = await store.claim_due(limit)
    await asyncio.gather(*(run(claim) for claim in claims))
    return len(claims)


async def sweep_forever(deps: SagaDeps, stop: asyncio.Event) -> None:
    """Sweep every second until `stop`, and then finish what was begun. Any number of sweepers may run."""

    async def run(claim: ClaimedSaga) -> None:
        try:
            await drive(deps, claim)
        except Exception:
            log.exception("saga_run_failed", order_id=str(claim.order_id), step=claim.step)

    while not stop.is_set():
        try:
            swept = await sweep(deps.store, run)
        except Exception as error:  # noqa: BLE001 - the database may be away in many ways; it will be back
            log.warning("sweep_failed", error=type(error).__name__)
            swept = 0
        if swept < _AT_ONCE:
            await pause(stop, _PAUSE_SECONDS)
