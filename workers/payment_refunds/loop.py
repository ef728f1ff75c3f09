"""The queue of the payment provider's tasks."""

import asyncio

from subgraphs.payments.app import RefundRunner
from workers.due_tasks import DATABASE_AWAY_SECONDS, work_forever


async def refund_forever(
    runner: RefundRunner, stop: asyncio.Event, *, database_away_seconds: float = DATABASE_AWAY_SECONDS
) -> None:
    """Carry out what is due, until told to stop."""
    await work_forever(
        runner.run_due, stop, waits_event="payment_refunds_waits", database_away_seconds=database_away_seconds
    )
