"""Reservations: one per order, and commands on one order wait for each other at its row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Uuid, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.clock import utcnow
from kernel.database import Page, PageArguments, SortKey, paginate
from kernel.ids import uuid7
from subgraphs.inventory.model import Reservation, ReservationLine, ReservationStatus, StockLine
from subgraphs.inventory.repository.arrays import is_one_of, rows_of

RESERVATION_ORDER = (SortKey(Reservation.id, is_descending=True),)


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """Which reservations to list; None means any."""

    order_id: UUID | None = None
    status: ReservationStatus | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions."""
        found: list[ColumnElement[bool]] = []
        if self.order_id is not None:
            found.append(Reservation.order_id == self.order_id)
        if self.status is not None:
            found.append(Reservation.status == self.status)
        return found


async def reservations_page(
    session: AsyncSession, where: ReservationFilter, arguments: PageArguments
) -> Page[Reservation]:
    """Reservations, latest first."""
    return await paginate(session, select(Reservation).where(*where.clauses()), RESERVATION_ORDER, arguments)


async def count_reservations(session: AsyncSession, where: ReservationFilter) -> int:
    """How many reservations match."""
    return (await session.scalars(select(func.count()).select_from(Reservation).where(*where.clauses()))).one()


async def reservations_by_id(session: AsyncSession, ids: Iterable[UUID]) -> Sequence[Reservation]:
    """Reservations in no particular order."""
    return (await session.scalars(select(Reservation).where(is_one_of(Reservation.id, ids)))).all()


async def lines_of_reservations(session: AsyncSession, ids: Iterable[UUID]) -> Sequence[ReservationLine]:
    """The lines of those reservations, variant by variant."""
    query = select(ReservationLine).where(is_one_of(ReservationLine.reservation_id, ids))
    return (await session.scalars(query.order_by(ReservationLine.variant_id, ReservationLine.location_id))).all()


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
