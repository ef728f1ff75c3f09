"""The append-only log of movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, Text, Uuid, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.clock import utcnow
from kernel.database import Page, PageArguments, SortKey, paginate
from kernel.ids import uuid7
from subgraphs.inventory.model import LevelKey, StockMovement, StockMovementReason
from subgraphs.inventory.repository.arrays import rows_of

MOVEMENT_ORDER = (SortKey(StockMovement.occurred_at, is_descending=True), SortKey(StockMovement.id, is_descending=True))


@dataclass(frozen=True, slots=True)
class MovementFilter:
    """Which movements to list; None means any."""

    variant_id: UUID | None = None
    reason: StockMovementReason | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions."""
        found: list[ColumnElement[bool]] = []
        if self.variant_id is not None:
            found.append(StockMovement.variant_id == self.variant_id)
        if self.reason is not None:
            found.append(StockMovement.reason == self.reason)
        return found


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


async def movements_page(session: AsyncSession, where: MovementFilter, arguments: PageArguments) -> Page[StockMovement]:
    """Movements, latest first."""
    return await paginate(session, select(StockMovement).where(*where.clauses()), MOVEMENT_ORDER, arguments)


async def count_movements(session: AsyncSession, where: MovementFilter) -> int:
    """How many movements match."""
    return (await session.scalars(select(func.count()).select_from(StockMovement).where(*where.clauses()))).one()


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
