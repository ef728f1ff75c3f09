"""Returns and their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Page, PageArguments, SortKey, paginate
from subgraphs.orders.model import OrderReturn, OrderReturnLine

_NEWEST_FIRST = (SortKey(OrderReturn.occurred_at, is_descending=True), SortKey(OrderReturn.id, is_descending=True))


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns of a list; None leaves the condition out."""

    occurred_from: datetime | None = None
    occurred_before: datetime | None = None


async def returns_page(session: AsyncSession, chosen: ReturnFilter, arguments: PageArguments) -> Page[OrderReturn]:
    """Returns, newest first."""
    return await paginate(session, select(OrderReturn).where(*_conditions(chosen)), _NEWEST_FIRST, arguments)


async def count_returns(session: AsyncSession, chosen: ReturnFilter) -> int:
    """How many returns there are."""
    query = select(func.count()).select_from(OrderReturn).where(*_conditions(chosen))
    return (await session.scalars(query)).one()


async def returns_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[OrderReturn]:
    """Returns in no particular order."""
    return (await session.scalars(select(OrderReturn).where(OrderReturn.id.in_(ids)))).all()


async def returns_of_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[OrderReturn]:
    """The orders' returns, oldest first."""
    query = select(OrderReturn).where(OrderReturn.order_id.in_(order_ids))
    return (await session.scalars(query.order_by(OrderReturn.occurred_at, OrderReturn.id))).all()


async def lines_of_returns(session: AsyncSession, return_ids: Sequence[UUID]) -> Sequence[OrderReturnLine]:
    """The returns' lines, each return's in its own order."""
    query = select(OrderReturnLine).where(OrderReturnLine.return_id.in_(return_ids))
    return (await session.scalars(query.order_by(OrderReturnLine.return_id, OrderReturnLine.position))).all()


async def return_for_update(session: AsyncSession, return_id: UUID) -> OrderReturn | None:
    """The return, locked until the transaction ends."""
    return await session.scalar(select(OrderReturn).where(OrderReturn.id == return_id).with_for_update())


def _conditions(chosen: ReturnFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.occurred_from is not None:
        wanted.append(OrderReturn.occurred_at >= chosen.occurred_from)
    if chosen.occurred_before is not None:
        wanted.append(OrderReturn.occurred_at < chosen.occurred_before)
    return wanted
