"""Reservations: one per order, and commands on one order wait for each other at its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.clock import utcnow
from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from kernel.ids import uuid7
from subgraphs.inventory.model import Reservation, ReservationLine, ReservationStatus, StockLine
from subgraphs.inventory.repository.arrays import rows_of

RESERVATION_ORDER = (SortKey(Reservation.id, is_descending=True),)


class ReservationRow(Row):
    """Stock held for one order."""

    id: UUID
    order_id: UUID
    status: ReservationStatus


class ReservationLineRow(Row):
    """Pieces of one variant held at one location."""

    reservation_id: UUID
    variant_id: UUID
    location_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """Which reservations to list; None means any."""

    order_id: UUID | None = None
    status: ReservationStatus | None = None


RESERVATIONS: Final = Listing(
    ReservationRow,
    Reservation,
    one_of(Reservation.id),
    Reservation.order_id == bindparam("order_id"),
    Reservation.status == bindparam("status"),
)
RESERVATION_LINES: Final = Listing(
    ReservationLineRow,
    ReservationLine,
    one_of(ReservationLine.reservation_id),
    order_by=(ReservationLine.variant_id, ReservationLine.location_id),
)


async def reservations_page(
    reader: Reader, columns: frozenset[str], where: ReservationFilter, arguments: PageArguments
) -> Page[ReservationRow]:
    """Reservations, latest first."""
    return await reader.page(
        RESERVATIONS, columns, RESERVATION_ORDER, arguments, order_id=where.order_id, status=where.status
    )


async def count_reservations(reader: Reader, where: ReservationFilter) -> int:
    """How many reservations match."""
    return await reader.count(RESERVATIONS, order_id=where.order_id, status=where.status)


async def held_lines(session: AsyncSession, reservation_id: UUID) -> list[StockLine]:
    """What a reservation holds, or held, variant by variant."""
    query = (
        select(ReservationLine.variant_id, ReservationLine.location_id, ReservationLine.quantity)
        .where(ReservationLine.reservation_id == reservation_id)
        .order_by(ReservationLine.variant_id, ReservationLine.location_id)
    )
    return [StockLine(*row) for row in await session.execute(query)]


async def open_reservation(session: AsyncSession, tenant_id: UUID, order_id: UUID) -> tuple[Reservation, bool]:
    """The order's reservation, locked, and whether this call made it."""
    return await _claim_order(session, tenant_id, order_id, ReservationStatus.OPEN)


async def released_reservation(session: AsyncSession, tenant_id: UUID, order_id: UUID) -> tuple[Reservation, bool]:
    """The order's reservation, locked, or a new tombstone and True."""
    return await _claim_order(session, tenant_id, order_id, ReservationStatus.RELEASED)


async def reservation_for_update(session: AsyncSession, order_id: UUID) -> Reservation | None:
    """The order's reservation, locked until the transaction ends."""
    return await session.scalar(select(Reservation).where(Reservation.order_id == order_id).with_for_update())


async def add_reservation_lines(
    session: AsyncSession, tenant_id: UUID, reservation_id: UUID, lines: Sequence[StockLine]
) -> None:
    """Write the lines of a new reservation in one statement."""
    if not lines:
        return
    new = rows_of(
        "new",
        variant_id=(Uuid(), [line.variant_id for line in lines]),
        location_id=(Uuid(), [line.location_id for line in lines]),
        quantity=(Integer(), [line.quantity for line in lines]),
    )
    query = select(literal(tenant_id, Uuid), literal(reservation_id, Uuid), *new.c)
    columns = ["tenant_id", "reservation_id", *new.c.keys()]
    await session.execute(insert(ReservationLine).from_select(columns, query))


async def _claim_order(
    session: AsyncSession, tenant_id: UUID, order_id: UUID, status: ReservationStatus
) -> tuple[Reservation, bool]:
    now = utcnow()
    claim = (
        upsert(Reservation)
        .values(
            tenant_id=tenant_id,
            id=uuid7(),
            order_id=order_id,
            status=status,
            created_at=now,
            closed_at=None if status is ReservationStatus.OPEN else now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "order_id"])
        .returning(Reservation)
    )
    made = (await session.scalars(claim)).one_or_none()
    if made is not None:
        return made, True
    query = select(Reservation).where(Reservation.order_id == order_id).with_for_update()
    return (await session.scalars(query)).one(), False
