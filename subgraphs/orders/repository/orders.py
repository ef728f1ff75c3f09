"""Orders, their lines and their history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Uuid, bindparam, func, literal, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import BigInteger

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.orders.model import (
    CartLine,
    CheckoutSaga,
    FulfillmentStatus,
    LineKind,
    Order,
    OrderAction,
    OrderEventType,
    OrderHistoryEntry,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    SagaState,
    SagaStep,
    UserReference,
    allowed_actions,
)


class OrderRow(Row):
    """A checked-out cart; totals are in minor units."""

    id: UUID
    number: str
    owner: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    return_status: ReturnStatus
    currency: str
    total: int
    refunded_total: int
    email: str | None
    country_code: str
    customer_reference: str | None
    external_reference: str | None
    placed_at: datetime
    created_at: datetime
    version: int

    @property
    def allowed_actions(self) -> Sequence[OrderAction]:
        """What may be done next."""
        return allowed_actions(self.status, self.return_status)


class OrderLineRow(Row):
    """A line as it was sold; the price is in the order's currency, in minor units."""

    id: UUID
    order_id: UUID
    position: int
    kind: LineKind
    sku: str
    title: str
    variant_id: UUID | None
    quantity: int
    returned_quantity: int
    unit_price: int

    @property
    def total(self) -> int:
        """In minor units."""
        return self.quantity * self.unit_price


class OrderEventRow(Row):
    """One fact of an order's life."""

    order_id: UUID
    type: OrderEventType
    message: str
    at: datetime


class SagaRow(Row):
    """Where the checkout of an order stands."""

    id: UUID
    order_id: UUID
    state: SagaState
    step: SagaStep
    attempts: int


class UserRow(Row):
    """Which user a token's subject is."""

    keycloak_id: str
    user_id: UUID


NEWEST_FIRST: Final = (SortKey(Order.placed_at, is_descending=True), SortKey(Order.id, is_descending=True))
OLDEST_FIRST: Final = (SortKey(Order.placed_at), SortKey(Order.id))
ORDERS: Final = Listing(
    OrderRow,
    Order,
    one_of(Order.id),
    one_of(Order.number),
    one_of(Order.owner),
    Order.id == bindparam("order_id"),
    Order.number == bindparam("number"),
    Order.owner == bindparam("owner"),
    Order.status == bindparam("status"),
    Order.external_reference == bindparam("external_reference"),
    Order.placed_at >= bindparam("placed_from"),
    Order.placed_at < bindparam("placed_before"),
)
_LINES: Final = Listing(OrderLineRow, OrderLine, one_of(OrderLine.order_id))
_LINE_ORDER: Final = (SortKey(OrderLine.position),)
HISTORY: Final = Listing(
    OrderEventRow,
    OrderHistoryEntry,
    one_of(OrderHistoryEntry.order_id),
    order_by=(OrderHistoryEntry.at, OrderHistoryEntry.id),
)
SAGAS: Final = Listing(SagaRow, CheckoutSaga, one_of(CheckoutSaga.order_id))
_USERS: Final = Listing(UserRow, UserReference, one_of(UserReference.user_id))

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


async def find_order(
    reader: Reader,
    columns: frozenset[str],
    *,
    owner: str | None,
    order_id: UUID | None,
    number: str | None,
    external_reference: str | None,
) -> OrderRow | None:
    """The order of a key, whichever is given; only `owner`'s, where one is given."""
    return await reader.row(
        ORDERS,
        columns | {"id"},
        owner=owner,
        order_id=order_id,
        number=number,
        external_reference=external_reference,
    )


async def orders_page(
    reader: Reader, columns: frozenset[str], chosen: OrderFilter, *, order: Sequence[SortKey], arguments: PageArguments
) -> Page[OrderRow]:
    """One page of orders; `order` ends with the id."""
    return await reader.page(ORDERS, columns, order, arguments, **asdict(chosen))


async def count_orders(reader: Reader, chosen: OrderFilter) -> int:
    """How many orders there are."""
    return await reader.count(ORDERS, **asdict(chosen))


async def order_line_pages(
    reader: Reader, order_ids: Sequence[UUID], columns: frozenset[str], arguments: PageArguments
) -> Mapping[UUID, Page[OrderLineRow]]:
    """The same page of each order's lines."""
    return await reader.pages(_LINES, columns, _LINE_ORDER, arguments, parent="order_id", parents=order_ids)


async def count_order_lines(reader: Reader, order_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many lines each order has."""
    return await reader.counts(_LINES, "order_id", order_ids=order_ids)


async def subjects_of_users(reader: Reader, user_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The token subject of each known user: the owner of their orders."""
    rows = await reader.rows(_USERS, ("user_id", "keycloak_id"), user_ids=user_ids)
    return {row.user_id: row.keycloak_id for row in rows}


async def own_order_pages(
    reader: Reader, owners: Sequence[str], columns: frozenset[str], arguments: PageArguments
) -> Mapping[str, Page[OrderRow]]:
    """The same page of each owner's orders, newest first."""
    return await reader.pages(ORDERS, columns, NEWEST_FIRST, arguments, parent="owner", parents=owners)


async def count_own_orders(reader: Reader, owners: Sequence[str]) -> Mapping[str, int]:
    """How many orders each owner has."""
    return await reader.counts(ORDERS, "owner", owners=owners)


async def order_lines_by_id(session: AsyncSession, order_id: UUID, ids: Sequence[UUID]) -> dict[UUID, OrderLine]:
    """Those of the lines that are the order's."""
    query = select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.id.in_(ids))
    return {line.id: line for line in (await session.scalars(query)).all()}


async def count_unreturned_goods(session: AsyncSession, order_id: UUID) -> int:
    """How many pieces of the order's goods are still with the customer."""
    left = func.coalesce(func.sum(OrderLine.quantity - OrderLine.returned_quantity), 0)
    query = select(left).where(OrderLine.order_id == order_id, OrderLine.kind == "GOODS")
    return int((await session.scalars(query)).one())
