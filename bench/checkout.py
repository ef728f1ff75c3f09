"""Orders per second from cart to CONFIRMED, and how long checkoutComplete → CONFIRMED takes, by concurrent buyers.

usage: python bench/checkout.py [--state .retailflow] [--seconds S]     (against a running `./retailflow up`)
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from load import HEADER, measure

from cli.api_client import ApiClient
from cli.ports import Ports
from tests.factories.product import RunningProduct
from tests.factories.shopping import placed_order, stocked_variant

STATUS = "query($id: ID!) { order(id: $id) { status } }"
POLL_SECONDS = 0.01


async def confirmed_seconds(api: ApiClient, sku: str) -> float:
    """Buy one unit; seconds from the answer's request to CONFIRMED."""
    order_id, asked = await placed_order(api, sku), time.perf_counter()
    while (status := (await api.execute(STATUS, {"id": order_id}))["order"]["status"]) == "PENDING":  # noqa: ASYNC110 - polling is what is measured
        await asyncio.sleep(POLL_SECONDS)
    if status != "CONFIRMED":
        raise RuntimeError(f"the order ended {status}")
    return time.perf_counter() - asked


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, default=Path(".retailflow"))
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    running = json.loads((arguments.state / "running.json").read_text())
    product = RunningProduct(Ports(**running["ports"]), arguments.state)
    async with product.api() as api:
        sku = await stocked_variant(api, units=1_000_000)
        await confirmed_seconds(api, sku)
        print(HEADER, "  (times: checkoutComplete answered → CONFIRMED seen by polling)")
        for buyers in (1, 8, 32):
            print((await measure(buyers, arguments.seconds, lambda _buyer: confirmed_seconds(api, sku))).row())


asyncio.run(main())
