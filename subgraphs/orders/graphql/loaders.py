"""Batched reads of one operation. Everything here checks what the caller may see."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from kernel.database import Page, PageArguments
from kernel.graphql import RequestContext
from subgraphs.orders.model import (
    Cart,
    CartLine,
    CheckoutSaga,
    Order,
    OrderHistoryEntry,
    OrderLine,
    OrderReturn,
    OrderReturnLine,
)
from subgraphs.orders.model.ownership import owner_limit
from subgraphs.orders.repository.carts import carts_by_id, lines_of_carts
from subgraphs.orders.repository.orders import (
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
from subgraphs.orders.repository.returns import lines_of_returns, returns_by_id, returns_of_orders

KeyT = TypeVar("KeyT")
RowT = TypeVar("RowT")
ParentT = TypeVar("ParentT")
PageKey: TypeAlias = tuple[ParentT, PageArguments]


class OrderLoaders:
    """Rows by id or by parent; None, or an empty list, where the caller sees no such row."""

    def __init__(self, context: "RequestContext[OrderLoaders]") -> None:
        self._context = context
        self.cart: DataLoader[UUID, Cart | None] = DataLoader(self._carts)
        self.cart_lines: DataLoader[UUID, list[CartLine]] = DataLoader(self._cart_lines)
        self.order: DataLoader[UUID, Order | None] = DataLoader(self._orders)
        self.order_by_number: DataLoader[str, Order | None] = DataLoader(self._orders_by_number)
        self.line_page: DataLoader[PageKey[UUID], Page[OrderLine]] = DataLoader(self._line_pages)
        self.line_count: DataLoader[UUID, int] = DataLoader(self._line_counts)
        self.history: DataLoader[UUID, list[OrderHistoryEntry]] = DataLoader(self._histories)
        self.saga: DataLoader[UUID, CheckoutSaga | None] = DataLoader(self._sagas)
        self.returns: DataLoader[UUID, list[OrderReturn]] = DataLoader(self._returns)
        self.order_return: DataLoader[UUID, OrderReturn | None] = DataLoader(self._returns_by_id)
        self.return_lines: DataLoader[UUID, list[OrderReturnLine]] = DataLoader(self._return_lines)
        self.subject: DataLoader[UUID, str | None] = DataLoader(self._subjects)
        self.own_order_page: DataLoader[PageKey[str], Page[Order]] = DataLoader(self._own_order_pages)
        self.own_order_count: DataLoader[str, int] = DataLoader(self._own_order_counts)

    def owner_limit(self, scope: str) -> str | None:
        """The only owner the caller may see, or None for everybody; nobody without a token."""
        # the tenant is asked first: without a token there is nobody to limit to
        _ = self._context.tenant_id
        principal = self._context.principal
        return owner_limit(principal, scope) if principal is not None else ""

    def sees(self, owner: str) -> bool:
        """True if the caller may see what `owner` has."""
        limit = self.owner_limit("orders:read")
        return limit is None or limit == owner

    async def _read(
        self, keys: Sequence[KeyT], read: Callable[[AsyncSession, Sequence[KeyT]], Awaitable[RowT]]
    ) -> RowT:
        async with self._context.reading() as session:
            return await read(session, keys)

    async def _carts(self, ids: Sequence[UUID]) -> list[Cart | None]:
        found = {cart.id: cart for cart in await self._read(ids, carts_by_id) if self.sees(cart.owner)}
        return [found.get(key) for key in ids]

    async def _cart_lines(self, ids: Sequence[UUID]) -> list[list[CartLine]]:
        return _by_parent(ids, ((line.cart_id, line) for line in await self._read(ids, lines_of_carts)))

    async def _orders(self, ids: Sequence[UUID]) -> list[Order | None]:
        found = {order.id: order for order in await self._read(ids, orders_by_id) if self.sees(order.owner)}
        return [found.get(key) for key in ids]

    async def _orders_by_number(self, numbers: Sequence[str]) -> list[Order | None]:
        rows = await self._read(numbers, orders_by_number)
        found = {order.number: order for order in rows if self.sees(order.owner)}
        return [found.get(key) for key in numbers]

    async def _line_pages(self, keys: Sequence[PageKey[UUID]]) -> list[Page[OrderLine]]:
        return await self._pages(keys, order_line_pages)

    async def _line_counts(self, ids: Sequence[UUID]) -> list[int]:
        return _counts(ids, await self._read(ids, count_order_lines))

    async def _histories(self, ids: Sequence[UUID]) -> list[list[OrderHistoryEntry]]:
        return _by_parent(ids, ((entry.order_id, entry) for entry in await self._read(ids, history_of_orders)))

    async def _sagas(self, ids: Sequence[UUID]) -> list[CheckoutSaga | None]:
        found = {saga.order_id: saga for saga in await self._read(ids, sagas_of_orders)}
        return [found.get(key) for key in ids]

    async def _returns(self, ids: Sequence[UUID]) -> list[list[OrderReturn]]:
        rows = await self._read(ids, returns_of_orders)
        return _by_parent(ids, ((row.order_id, row) for row in rows if row.order_id is not None))

    async def _returns_by_id(self, ids: Sequence[UUID]) -> list[OrderReturn | None]:
        is_staff = self.owner_limit("orders:read") is None
        found = {row.id: row for row in await self._read(ids, returns_by_id)} if is_staff else {}
        return [found.get(key) for key in ids]

    async def _return_lines(self, ids: Sequence[UUID]) -> list[list[OrderReturnLine]]:
        return _by_parent(ids, ((line.return_id, line) for line in await self._read(ids, lines_of_returns)))

    async def _subjects(self, ids: Sequence[UUID]) -> list[str | None]:
        found = await self._read(ids, subjects_of_users)
        return [found.get(key) for key in ids]

    async def _own_order_pages(self, keys: Sequence[PageKey[str]]) -> list[Page[Order]]:
        return await self._pages(keys, own_order_pages)

    async def _own_order_counts(self, owners: Sequence[str]) -> list[int]:
        return _counts(owners, await self._read(owners, count_own_orders))

    async def _pages(
        self,
        keys: Sequence[PageKey[ParentT]],
        read: Callable[[AsyncSession, Sequence[ParentT], PageArguments], Awaitable[dict[ParentT, Page[RowT]]]],
    ) -> list[Page[RowT]]:
        """One statement per distinct page arguments: one field of one document has one."""
        pages: dict[PageKey[ParentT], Page[RowT]] = {}
        for arguments in dict.fromkeys(arguments for _, arguments in keys):
            parents = [parent for parent, wanted in keys if wanted == arguments]
            async with self._context.reading() as session:
                found = await read(session, parents, arguments)
            pages.update({(parent, arguments): page for parent, page in found.items()})
        return [pages[key] for key in keys]


def _by_parent(parents: Sequence[ParentT], rows: Iterable[tuple[ParentT, RowT]]) -> list[list[RowT]]:
    found: dict[ParentT, list[RowT]] = {}
    for parent, row in rows:
        found.setdefault(parent, []).append(row)
    return [found.get(parent, []) for parent in parents]


def _counts(keys: Sequence[KeyT], found: Mapping[KeyT, int]) -> list[int]:
    return [found.get(key, 0) for key in keys]
