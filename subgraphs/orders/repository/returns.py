"""Returns and their lines."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.orders.model import LineKind, OrderReturn, OrderReturnLine, OrderReturnStatus


class ReturnRow(Row):
    """Goods that came back, or money owed without goods; the sum is in minor units."""

    id: UUID
    order_id: UUID | None
    status: OrderReturnStatus
    currency: str
    refund_total: int
    reason: str | None
    external_reference: str | None
    customer_reference: str | None
    country_code: str | None
    occurred_at: datetime


class ReturnLineRow(Row):
    """What came back; the amount is in the return's currency, in minor units."""

    id: UUID
    return_id: UUID
    kind: LineKind
    sku: str
    title: str
    variant_id: UUID | None
    quantity: int
    unit_amount: int
    restock: bool


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns of a list; None leaves the condition out."""

    occurred_from: datetime | None = None
    occurred_before: datetime | None = None


RETURNS: Final = Listing(
    ReturnRow,
    OrderReturn,
    one_of(OrderReturn.id),
    one_of(OrderReturn.order_id),
    OrderReturn.occurred_at >= bindparam("occurred_from"),
    OrderReturn.occurred_at < bindparam("occurred_before"),
    order_by=(OrderReturn.occurred_at, OrderReturn.id),
)
RETURN_LINES: Final = Listing(
    ReturnLineRow,
    OrderReturnLine,
    one_of(OrderReturnLine.return_id),
    order_by=(OrderReturnLine.return_id, OrderReturnLine.position),
)
_NEWEST_FIRST: Final = (
    SortKey(OrderReturn.occurred_at, is_descending=True),
    SortKey(OrderReturn.id, is_descending=True),
)


async def returns_page(
    reader: Reader, columns: frozenset[str], chosen: ReturnFilter, arguments: PageArguments
) -> Page[ReturnRow]:
    """Returns, newest first."""
    return await reader.page(RETURNS, columns, _NEWEST_FIRST, arguments, **asdict(chosen))


async def count_returns(reader: Reader, chosen: ReturnFilter) -> int:
    """How many returns there are."""
    return await reader.count(RETURNS, **asdict(chosen))


async def return_for_update(session: AsyncSession, return_id: UUID) -> OrderReturn | None:
    """The return, locked until the transaction ends."""
    return await session.scalar(select(OrderReturn).where(OrderReturn.id == return_id).with_for_update())
