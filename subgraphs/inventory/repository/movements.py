"""The append-only log of movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, String, Text, Uuid, bindparam, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.clock import utcnow
from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey
from kernel.ids import uuid7
from subgraphs.inventory.model import LevelKey, StockMovement, StockMovementReason
from subgraphs.inventory.repository.arrays import rows_of

MOVEMENT_ORDER = (SortKey(StockMovement.occurred_at, is_descending=True), SortKey(StockMovement.id, is_descending=True))


class MovementRow(Row):
    """One line of the log."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    delta: int
    reason: StockMovementReason
    reference: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class MovementFilter:
    """Which movements to list; None means any."""

    variant_id: UUID | None = None
    reason: StockMovementReason | None = None


_MOVEMENTS: Final = Listing(
    MovementRow,
    StockMovement,
    StockMovement.variant_id == bindparam("variant_id"),
    StockMovement.reason == bindparam("reason"),
)


@dataclass(frozen=True, slots=True)
class MovementLine:
    """One movement to write."""

    key: LevelKey
    delta: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class MovementCause:
    """What a set of movements has in common."""

    tenant_id: UUID
    reason: StockMovementReason
    reference: str | None
    actor: str


async def movements_page(
    reader: Reader, columns: frozenset[str], where: MovementFilter, arguments: PageArguments
) -> Page[MovementRow]:
    """Movements, latest first."""
    return await reader.page(
        _MOVEMENTS, columns, MOVEMENT_ORDER, arguments, variant_id=where.variant_id, reason=where.reason
    )


async def count_movements(reader: Reader, where: MovementFilter) -> int:
    """How many movements match."""
    return await reader.count(_MOVEMENTS, variant_id=where.variant_id, reason=where.reason)


async def add_movements(session: AsyncSession, cause: MovementCause, lines: Sequence[MovementLine]) -> None:
    """Append to the log, all in one statement."""
    if not lines:
        return
    new = rows_of(
        "new",
        id=(Uuid(), [uuid7() for _ in lines]),
        variant_id=(Uuid(), [line.key[0] for line in lines]),
        location_id=(Uuid(), [line.key[1] for line in lines]),
        delta=(Integer(), [line.delta for line in lines]),
        occurred_at=(StockMovement.occurred_at.type, [line.occurred_at for line in lines]),
    )
    query = select(
        *new.c,
        literal(cause.tenant_id, Uuid),
        literal(cause.reason.value, String),
        literal(cause.reference, Text),
        literal(utcnow(), StockMovement.recorded_at.type),
        literal(cause.actor, Text),
    )
    columns = [*new.c.keys(), "tenant_id", "reason", "reference", "recorded_at", "actor"]
    await session.execute(insert(StockMovement).from_select(columns, query))
