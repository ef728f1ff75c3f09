"""Batched reads: what relations and references of orders are read by. Carts and orders only as the caller may see."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, NoReturn, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from kernel.database import Page, PageArguments
from kernel.graphql import RequestContext
from kernel.graphql.execution import Batch
from kernel.permissions import require_authenticated
from subgraphs.orders.model.ownership import owner_limit
from subgraphs.orders.repository.carts import CartLineRow, CartRow, carts_by_id, lines_of_carts
from subgraphs.orders.repository.orders import (
    OrderEventRow,
    OrderLineRow,
    OrderRow,
    SagaRow,
    count_order_lines,
    count_own_orders,
    history_of_orders,
    order_line_pages,
    orders_by_id,
    orders_by_number,
    own_order_pages,
    sagas_of_orders,
    subjects_of_users,
)
from subgraphs.orders.repository.returns import (
    ReturnLineRow,
    ReturnRow,
    lines_of_returns,
    returns_by_id,
    returns_of_orders,
)

KeyT = TypeVar("KeyT")
RowT = TypeVar("RowT")
OrderInfo: TypeAlias = strawberry.Info[RequestContext, None]
OrderBatch: TypeAlias = Batch[RequestContext, None]


class Priced(NamedTuple):
    """What has lines, and the currency of their prices: lines do not know it."""

    id: UUID
    currency: str


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


async def load_carts(batch: OrderBatch, ids: Sequence[UUID]) -> Mapping[UUID, CartRow]:
    """By id, those the caller may see."""
    return await carts_by_id(batch.context.reader, ids, owner_seen(batch.context), batch.columns)


async def load_cart_lines(batch: OrderBatch, carts: Sequence[Priced]) -> Mapping[Priced, Lines[CartLineRow]]:
    """Every cart's."""
    rows = await lines_of_carts(batch.context.reader, [cart.id for cart in carts], batch.columns)
    return _lines(carts, _grouped(rows, lambda row: row.cart_id))


async def load_orders(batch: OrderBatch, ids: Sequence[UUID]) -> Mapping[UUID, OrderRow]:
    """By id, those the caller may see."""
    return await orders_by_id(batch.context.reader, ids, owner_seen(batch.context), batch.columns)


async def load_orders_by_number(batch: OrderBatch, numbers: Sequence[str]) -> Mapping[str, OrderRow]:
    """By number, those the caller may see."""
    return await orders_by_number(batch.context.reader, numbers, owner_seen(batch.context), batch.columns)


async def load_order_lines(
    batch: Batch[RequestContext, PageArguments], orders: Sequence[Priced]
) -> Mapping[Priced, LinePage]:
    """The same page of every order's."""
    reader, ids = batch.context.reader, [order.id for order in orders]
    pages = await order_line_pages(reader, ids, batch.columns, batch.arguments)
    counts = _Counts(lambda: count_order_lines(reader, ids))
    return {order: LinePage(pages[order.id], order.currency, counts.of(order.id)) for order in orders}


async def load_history(batch: OrderBatch, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[OrderEventRow]]:
    """What happened to the orders, oldest first."""
    rows = await history_of_orders(batch.context.reader, order_ids, batch.columns)
    return _grouped(rows, lambda row: row.order_id)


async def load_sagas(batch: OrderBatch, order_ids: Sequence[UUID]) -> Mapping[UUID, SagaRow]:
    """The orders' checkouts."""
    return await sagas_of_orders(batch.context.reader, order_ids, batch.columns)


async def load_returns(batch: OrderBatch, ids: Sequence[UUID]) -> Mapping[UUID, ReturnRow]:
    """By id; staff sees all, anybody else none."""
    reader = batch.context.reader
    return await returns_by_id(reader, ids, batch.columns) if owner_seen(batch.context) is None else {}


async def load_returns_of_orders(batch: OrderBatch, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[ReturnRow]]:
    """The orders' returns, oldest first."""
    rows = await returns_of_orders(batch.context.reader, order_ids, batch.columns)
    return _grouped(rows, lambda row: row.order_id)


async def load_return_lines(batch: OrderBatch, returns: Sequence[Priced]) -> Mapping[Priced, Lines[ReturnLineRow]]:
    """Every return's."""
    rows = await lines_of_returns(batch.context.reader, [each.id for each in returns], batch.columns)
    return _lines(returns, _grouped(rows, lambda row: row.return_id))


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


def _grouped(rows: Iterable[RowT], parent_of: Callable[[RowT], UUID | None]) -> dict[UUID, list[RowT]]:
    groups: dict[UUID, list[RowT]] = {}
    for row in rows:
        parent = parent_of(row)
        if parent is not None:
            groups.setdefault(parent, []).append(row)
    return groups


def _lines(parents: Sequence[Priced], rows: Mapping[UUID, Sequence[RowT]]) -> dict[Priced, Lines[RowT]]:
    return {parent: Lines(rows.get(parent.id, ()), parent.currency) for parent in parents}
