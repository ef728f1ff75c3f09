"""Orders, their lines and their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ColumnElement, MetaData, Table, Uuid, func, literal, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import BigInteger

from kernel.database import Page, PageArguments, SortKey, paginate, paginate_each
from subgraphs.orders.model import CartLine, CheckoutSaga, Order, OrderHistoryEntry, OrderLine, UserReference

NEWEST_FIRST = (SortKey(Order.placed_at, is_descending=True), SortKey(Order.id, is_descending=True))
OLDEST_FIRST = (SortKey(Order.placed_at), SortKey(Order.id))
_LINE_ORDER = (SortKey(OrderLine.position),)

order_counter = Table(
    "order_counter",
    MetaData(schema="orders"),
    Column("tenant_id", Uuid, primary_key=True),
    Column("last_number", BigInteger, nullable=False),
)
_FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders of a list; None leaves the condition out. `owner` limits what the caller may see."""

    owner: str | None = None
    status: str | None = None
    external_reference: str | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None


async def next_order_number(session: AsyncSession, tenant_id: UUID) -> str:
    """The tenant's next order number.

    Orders of one tenant wait for each other from here to the commit: ask for it last.
    """
    upsert = insert(order_counter).values(tenant_id=tenant_id, last_number=_FIRST_NUMBER)
    following = order_counter.c.last_number + 1
    counted = upsert.on_conflict_do_update(
        index_elements=[order_counter.c.tenant_id], set_={"last_number": following}
    ).returning(order_counter.c.last_number)
    return str((await session.execute(counted)).scalar_one())


async def copy_cart_lines(session: AsyncSession, cart_id: UUID, order_id: UUID) -> None:
    """The cart's lines become the order's, in the database: one statement for any number of lines."""
    source = select(
        CartLine.tenant_id,
        CartLine.id,
        literal(order_id),
        CartLine.position,
        CartLine.kind,
        CartLine.sku,
        CartLine.title,
        CartLine.variant_id,
        CartLine.quantity,
        literal(0),
        CartLine.unit_price,
    ).where(CartLine.cart_id == cart_id)
    columns = "tenant_id id order_id position kind sku title variant_id quantity returned_quantity unit_price"
    await session.execute(plain_insert(OrderLine).from_select(columns.split(), source))


async def order_for_update(session: AsyncSession, order_id: UUID) -> Order | None:
    """The order, locked until the transaction ends."""
    return await session.scalar(select(Order).where(Order.id == order_id).with_for_update())


async def orders_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Order]:
    """Orders in no particular order."""
    return (await session.scalars(select(Order).where(Order.id.in_(ids)))).all()


async def orders_by_number(session: AsyncSession, numbers: Sequence[str]) -> Sequence[Order]:
    """Orders in no particular order."""
    return (await session.scalars(select(Order).where(Order.number.in_(numbers)))).all()


async def order_by_external_reference(session: AsyncSession, reference: str) -> Order | None:
    """The order another system calls so."""
    return await session.scalar(select(Order).where(Order.external_reference == reference))


async def orders_page(
    session: AsyncSession, chosen: OrderFilter, order: Sequence[SortKey], arguments: PageArguments
) -> Page[Order]:
    """One page of orders."""
    return await paginate(session, select(Order).where(*_conditions(chosen)), order, arguments)


async def count_orders(session: AsyncSession, chosen: OrderFilter) -> int:
    """How many orders there are."""
    query = select(func.count()).select_from(Order).where(*_conditions(chosen))
    return (await session.scalars(query)).one()


async def order_line_pages(
    session: AsyncSession, order_ids: Sequence[UUID], arguments: PageArguments
) -> dict[UUID, Page[OrderLine]]:
    """The same page of each order's lines, with one statement."""
    lines = select(OrderLine)
    return await paginate_each(session, lines, _LINE_ORDER, arguments, parent=OrderLine.order_id, keys=order_ids)


async def count_order_lines(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many lines each order has."""
    query = select(OrderLine.order_id, func.count()).where(OrderLine.order_id.in_(order_ids))
    return {row[0]: row[1] for row in await session.execute(query.group_by(OrderLine.order_id))}


async def order_lines_by_id(session: AsyncSession, order_id: UUID, ids: Sequence[UUID]) -> dict[UUID, OrderLine]:
    """Those of the lines that are the order's."""
    query = select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.id.in_(ids))
    return {line.id: line for line in (await session.scalars(query)).all()}


async def count_unreturned_goods(session: AsyncSession, order_id: UUID) -> int:
    """How many pieces of the order's goods are still with the customer."""
    left = func.coalesce(func.sum(OrderLine.quantity - OrderLine.returned_quantity), 0)
    query = select(left).where(OrderLine.order_id == order_id, OrderLine.kind == "GOODS")
    return int((await session.scalars(query)).one())


async def history_of_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[OrderHistoryEntry]:
    """What happened to the orders, oldest first."""
    query = select(OrderHistoryEntry).where(OrderHistoryEntry.order_id.in_(order_ids))
    return (await session.scalars(query.order_by(OrderHistoryEntry.at, OrderHistoryEntry.id))).all()


async def sagas_of_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[CheckoutSaga]:
    """One saga per order."""
    return (await session.scalars(select(CheckoutSaga).where(CheckoutSaga.order_id.in_(order_ids)))).all()


async def subjects_of_users(session: AsyncSession, user_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The token subject of each known user: the owner of their orders."""
    query = select(UserReference.user_id, UserReference.keycloak_id).where(UserReference.user_id.in_(user_ids))
    return {row[0]: row[1] for row in await session.execute(query)}


async def own_order_pages(
    session: AsyncSession, owners: Sequence[str], arguments: PageArguments
) -> dict[str, Page[Order]]:
    """The same page of each owner's orders, newest first, with one statement."""
    return await paginate_each(session, select(Order), NEWEST_FIRST, arguments, parent=Order.owner, keys=owners)


async def count_own_orders(session: AsyncSession, owners: Sequence[str]) -> dict[str, int]:
    """How many orders each owner has."""
    query = select(Order.owner, func.count()).where(Order.owner.in_(owners)).group_by(Order.owner)
    return {row[0]: row[1] for row in await session.execute(query)}


def _conditions(chosen: OrderFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.owner is not None:
        wanted.append(Order.owner == chosen.owner)
    if chosen.status is not None:
        wanted.append(Order.status == chosen.status)
    if chosen.external_reference is not None:
        wanted.append(Order.external_reference == chosen.external_reference)
    if chosen.placed_from is not None:
        wanted.append(Order.placed_at >= chosen.placed_from)
    if chosen.placed_before is not None:
        wanted.append(Order.placed_at < chosen.placed_before)
    return wanted
