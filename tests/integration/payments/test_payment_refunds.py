import asyncio
from pathlib import Path
from typing import Any

from subgraphs.payments.app import RefundRunner, build_refund_runner
from tests.factories.databases import ProvisionedDatabase
from tests.factories.payments import order_id, provider_settings
from tests.factories.sandbox_provider import running_shop
from workers.payment_refunds import refund_forever


async def status_of_refunds(rows: Any, expected: list[tuple[str]]) -> None:
    async with asyncio.timeout(10):
        while await rows("SELECT status FROM refund") != expected:  # noqa: ASYNC110 - the worker's state
            await asyncio.sleep(0.02)


async def test_the_worker_carries_refunds_until_it_is_stopped(
    provisioned_database: ProvisionedDatabase, tmp_path: Path
):
    async with running_shop(provisioned_database, tmp_path) as shop:
        order = order_id()
        await shop.till.charge(order)
        runner = build_refund_runner(shop.till.database, shop.till.crossing, provider_settings(shop.sandbox.url))
        stop = asyncio.Event()
        working = asyncio.create_task(refund_forever(runner, stop))

        await shop.till.handle(shop.till.return_received(order, 300))
        await status_of_refunds(shop.till.rows, [("COMPLETED",)])
        stop.set()
        await asyncio.wait_for(working, 5)
        await runner.close()

        assert await shop.sandbox.kept_minor() == 700


async def test_the_worker_waits_for_a_database_that_is_away():
    stop = asyncio.Event()

    class Tasks:
        looks = 0

        async def run_due(self, limit: int) -> int:
            Tasks.looks += 1
            if Tasks.looks < 3:
                raise ConnectionRefusedError(limit)
            stop.set()
            return 0

    working = refund_forever(RefundRunner(Tasks(), provider=None), stop, database_away_seconds=0.01)
    await asyncio.wait_for(working, 5)

    assert Tasks.looks == 3
