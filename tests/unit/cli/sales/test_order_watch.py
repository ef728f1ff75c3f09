"""Waiting for many orders with few requests."""

import asyncio
from dataclasses import replace

from cli.api_client import ApiError
from cli.sales.order_watch import OrderWatch, StillPending
from cli.sales.shop import STATUS_BATCH, OrderStatus, PlacedOrder
from tests.fakes.sales_shop import FakeShop


class Orders(FakeShop):
    """Orders that are confirmed at the second question; `stuck` never are."""

    def __init__(self, stuck=()):
        super().__init__()
        self.asked = []
        self.stuck = set(stuck)

    async def statuses(self, order_ids):
        self._request()
        self.asked.append(list(order_ids))
        seen = [order_id for batch in self.asked[:-1] for order_id in batch]
        return {
            order_id: replace(order_of(order_id), status=OrderStatus.CONFIRMED)
            if order_id in seen and order_id not in self.stuck
            else order_of(order_id)
            for order_id in order_ids
        }


def order_of(order_id: str, status: OrderStatus = OrderStatus.PENDING) -> PlacedOrder:
    return PlacedOrder(order_id, f"ref-{order_id}", status, 100)


async def no_pause(_seconds: float) -> None:
    await asyncio.sleep(0)


async def test_many_orders_are_asked_for_together():
    shop = Orders()
    watch = OrderWatch(shop, pause=no_pause)
    ids = [str(number) for number in range(STATUS_BATCH + 5)]

    ended = await asyncio.gather(*(watch.terminal(order_of(order_id)) for order_id in ids))

    assert [order.status for order in ended] == [OrderStatus.CONFIRMED] * len(ids)
    assert [len(batch) for batch in shop.asked] == [STATUS_BATCH, 5, STATUS_BATCH, 5]


async def test_a_terminal_order_is_not_asked_for():
    shop = Orders()

    order = await OrderWatch(shop, pause=no_pause).terminal(order_of("1", OrderStatus.CANCELLED))

    assert (order.status, shop.asked) == (OrderStatus.CANCELLED, [])


async def test_an_order_that_stays_pending_is_given_up_and_the_others_are_not():
    watch = OrderWatch(Orders(stuck=["1"]), pause=no_pause, patience_seconds=0.0)

    first, second = await asyncio.gather(
        watch.terminal(order_of("1")), watch.terminal(order_of("2")), return_exceptions=True
    )

    assert isinstance(first, StillPending)
    assert isinstance(second, StillPending)


async def test_everybody_who_waits_hears_of_a_silent_graph():
    shop = Orders()
    shop.requests_left = 0
    watch = OrderWatch(shop, pause=no_pause)

    results = await asyncio.gather(watch.terminal(order_of("1")), watch.terminal(order_of("2")), return_exceptions=True)

    assert [type(result) for result in results] == [ApiError, ApiError]
