"""Batched reads: what relations and references of orders are read by. Carts and orders only as the caller may see."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, NoReturn, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from kernel.database import Page, PageArguments
from kernel.graphql import RequestContext, lists_by, rows_by
from kernel.graphql.execution import Batch
from kernel.permissions import require_authenticated
from subgraphs.orders.model import Cart, CartLine, CheckoutSaga, Order, OrderHistoryEntry, OrderReturn, OrderReturnLine
from subgraphs.orders.model.ownership import owner_limit
from subgraphs.orders.repository.carts import CART_LINES, CARTS, CartLineRow, CartRow
from subgraphs.orders.repository.orders import (
    HISTORY,
    ORDERS,
    SAGAS,
    OrderLineRow,
    OrderRow,
    count_order_lines,
    count_own_orders,
    order_line_pages,
    own_order_pages,
    subjects_of_users,
)
from subgraphs.orders.repository.returns import RETURN_LINES, RETURNS, ReturnLineRow, ReturnRow

KeyT = TypeVar("KeyT")
RowT = TypeVar("RowT")
OrderInfo: TypeAlias = strawberry.Info[RequestContext, None]
OrderBatch: TypeAlias = Batch[RequestContext, None]


class Priced(NamedTuple):
    """What has lines, and the currency of their prices: lines do not know it."""

    id: UUID
    currency: str

    @classmethod
    def of(cls, row: CartRow | OrderRow | ReturnRow) -> "Priced":
        """Of its row."""
        return cls(row.id, row.currency)


@dataclass(frozen=True, slots=True)
class Lines(Generic[RowT]):
    """All lines of one parent."""

    rows: Sequence[RowT]
    currency: str


@dataclass(frozen=True, slots=True)
class LinePage:
    """A page of one order's lines; `count` asks how many it has altogether."""

    page: Page[OrderLineRow]
    currency: str
    count: Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class OwnOrders:
    """A page of one user's orders; `count` asks how many there are altogether."""

    page: Page[OrderRow]
    count: Callable[[], Awaitable[int]]


def owner_seen(context: RequestContext) -> str | None:
    """The only owner whose carts and orders the caller may look at, or None: everybody's.

    Raises:
        Unauthenticated: there is nobody to limit to.
    """
    return owner_limit(require_authenticated(context.principal), "orders:read")


#: oldest first
load_history: Final = lists_by(HISTORY, OrderHistoryEntry.order_id)
load_sagas: Final = rows_by(SAGAS, CheckoutSaga.order_id)
#: oldest first
load_returns_of_orders: Final = lists_by(RETURNS, OrderReturn.order_id)


async def load_carts(batch: OrderBatch, ids: Sequence[UUID]) -> Mapping[UUID, CartRow]:
    """By id, those the caller may see."""
    return await batch.context.reader.by(CARTS, batch.columns, Cart.id, ids, owner=owner_seen(batch.context))


async def load_cart_lines(batch: OrderBatch, carts: Sequence[Priced]) -> Mapping[Priced, Lines[CartLineRow]]:
    """Every cart's."""
    ids = [cart.id for cart in carts]
    return _lines(carts, await batch.context.reader.lists(CART_LINES, batch.columns, CartLine.cart_id, ids))


async def load_orders(batch: OrderBatch, ids: Sequence[UUID]) -> Mapping[UUID, OrderRow]:
    """By id, those the caller may see."""
    return await batch.context.reader.by(ORDERS, batch.columns, Order.id, ids, owner=owner_seen(batch.context))


async def load_orders_by_number(batch: OrderBatch, numbers: Sequence[str]) -> Mapping[str, OrderRow]:
    """By number, those the caller may see."""
    return await batch.context.reader.by(ORDERS, batch.columns, Order.number, numbers, owner=owner_seen(batch.context))


async def load_order_lines(
    batch: Batch[RequestContext, PageArguments], orders: Sequence[Priced]
) -> Mapping[Priced, LinePage]:
    """The same page of every order's."""
    reader, ids = batch.context.reader, [order.id for order in orders]
    pages = await order_line_pages(reader, ids, batch.columns, batch.arguments)
    counts = _Counts(lambda: count_order_lines(reader, ids))
    return {order: LinePage(pages[order.id], order.currency, counts.of(order.id)) for order in orders}


async def load_returns(batch: OrderBatch, ids: Sequence[UUID]) -> Mapping[UUID, ReturnRow]:
    """By id; staff sees all, anybody else none."""
    if owner_seen(batch.context) is not None:
        return {}
    return await batch.context.reader.by(RETURNS, batch.columns, OrderReturn.id, ids)


async def load_return_lines(batch: OrderBatch, returns: Sequence[Priced]) -> Mapping[Priced, Lines[ReturnLineRow]]:
    """Every return's."""
    ids = [each.id for each in returns]
    return _lines(
        returns, await batch.context.reader.lists(RETURN_LINES, batch.columns, OrderReturnLine.return_id, ids)
    )


async def load_own_orders(
    batch: Batch[RequestContext, PageArguments], user_ids: Sequence[UUID]
) -> Mapping[UUID, OwnOrders]:
    """The same page of the orders of every user the caller may look at."""
    reader, only = batch.context.reader, owner_seen(batch.context)
    subjects = await subjects_of_users(reader, user_ids)
    owners = {user: subject for user, subject in subjects.items() if only in {None, subject}}
    if not owners:
        return {}
    pages = await own_order_pages(reader, list(owners.values()), batch.columns, batch.arguments)
    counts = _Counts(lambda: count_own_orders(reader, list(owners.values())))
    return {user: OwnOrders(pages[owner], counts.of(owner)) for user, owner in owners.items()}


def every_key_is_found() -> NoReturn:
    """`missing` of relations whose load answers every key."""
    raise LookupError("a key was not answered")


class _Counts(Generic[KeyT]):
    """How many rows each parent of a batch has: asked for when the first is wanted, and then for all."""

    def __init__(self, read: Callable[[], Awaitable[Mapping[KeyT, int]]]) -> None:
        self._read = read
        self._found: asyncio.Future[Mapping[KeyT, int]] | None = None

    def of(self, key: KeyT) -> Callable[[], Awaitable[int]]:
        async def count() -> int:
            if self._found is None:
                self._found = asyncio.ensure_future(self._read())
            return (await self._found).get(key, 0)

        return count


def _lines(parents: Sequence[Priced], rows: Mapping[UUID, Sequence[RowT]]) -> dict[Priced, Lines[RowT]]:
    return {parent: Lines(rows.get(parent.id, ()), parent.currency) for parent in parents}
