"""Waits for orders to become terminal: one request asks for many orders at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from cli.errors import CommandError
from cli.sales.shop import STATUS_BATCH, OrderStatus, PlacedOrder, SalesShop

Pause: TypeAlias = Callable[[float], Awaitable[None]]
# several checkouts end in the meantime: a shorter interval costs the graph more than it gains the import
_INTERVAL_SECONDS: Final = 0.25
PATIENCE_SECONDS: Final = 180.0


class StillPending(CommandError):
    """An order did not become terminal in time: nobody works on checkouts, and more orders would wait as well."""


@dataclass(slots=True)
class _Waiter:
    answer: asyncio.Future[PlacedOrder]
    deadline: float


class OrderWatch:
    """Polls while anybody waits. `patience_seconds` bounds the wait for one order."""

    def __init__(
        self, shop: SalesShop, *, pause: Pause = asyncio.sleep, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._shop = shop
        self._pause = pause
        self._patience_seconds = patience_seconds
        self._waiters: dict[str, _Waiter] = {}
        self._poller: asyncio.Task[None] | None = None

    async def terminal(self, order: PlacedOrder) -> PlacedOrder:
        """The order once it is CONFIRMED or CANCELLED.

        Raises:
            StillPending: see there.
            ApiError: the graph does not answer.
        """
        if order.status is not OrderStatus.PENDING:
            return order
        answer = asyncio.get_running_loop().create_future()
        self._waiters[order.id] = _Waiter(answer, time.monotonic() + self._patience_seconds)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        return await answer

    async def close(self) -> None:
        """Stop polling; whoever waits is cancelled."""
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
        for waiter in self._waiters.values():
            waiter.answer.cancel()

    async def _poll(self) -> None:
        try:
            while self._waiters:
                await self._pause(_INTERVAL_SECONDS)
                ids = list(self._waiters)
                for start in range(0, len(ids), STATUS_BATCH):
                    await self._ask(ids[start : start + STATUS_BATCH])
        except Exception as error:  # noqa: BLE001 - handed to everybody who waits
            self._fail(error)

    async def _ask(self, ids: Sequence[str]) -> None:
        found = await self._shop.statuses(ids)
        for order_id in ids:
            order = found.get(order_id)
            if order is not None and order.status is not OrderStatus.PENDING:
                self._answer(order_id, order)
            elif time.monotonic() > self._waiters[order_id].deadline:
                self._give_up(order_id)

    def _answer(self, order_id: str, order: PlacedOrder) -> None:
        waiter = self._waiters.pop(order_id)
        if not waiter.answer.done():
            waiter.answer.set_result(order)

    def _give_up(self, order_id: str) -> None:
        waiter = self._waiters.pop(order_id)
        if not waiter.answer.done():
            waiter.answer.set_exception(
                StillPending(
                    f"an order is PENDING for more than {self._patience_seconds:.0f} s: are the workers running? "
                    "(retailflow status); the same command goes on from here"
                )
            )

    def _fail(self, error: Exception) -> None:
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters.values():
            if not waiter.answer.done():
                waiter.answer.set_exception(error)
