"""Stock levels. Whoever changes levels locks them first, in the order (variant, location)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    TableValuedAlias,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.clock import utcnow
from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from kernel.ids import uuid7
from subgraphs.inventory.model import (
    DEFAULT_REORDER_LEVEL,
    LevelKey,
    LocationKind,
    LockedLevel,
    ReservationLine,
    StockLevel,
    StockLocation,
)
from subgraphs.inventory.repository.arrays import is_one_of, rows_of

LEVEL_ORDER = (SortKey(StockLevel.id),)
_LockedRow: TypeAlias = Select[UUID, UUID, UUID, int, int, int, int, LocationKind]


class LevelRow(Row):
    """A variant's counts at one location."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    on_hand: int
    reserved: int
    version: int


class AvailabilityRow(Row):
    """A variant's counts over all locations."""

    variant_id: UUID
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True)
class NoStock:
    """The counts of a variant that has no level."""

    on_hand: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class LevelFilter:
    """Which levels to list; None means any."""

    variant_id: UUID | None = None
    location_id: UUID | None = None


def _listed_keys() -> Select[UUID, UUID]:
    """The keys that two parallel lists give."""
    lists = (bindparam(name, type_=ARRAY(Uuid)) for name in ("key_variant_ids", "key_location_ids"))
    keys = func.unnest(*lists).table_valued(column("variant_id", Uuid), column("location_id", Uuid), name="keys")
    rendered = keys.render_derived()
    return select(rendered.c.variant_id, rendered.c.location_id)


LEVELS: Final = Listing(
    LevelRow,
    StockLevel,
    one_of(StockLevel.id),
    one_of(StockLevel.variant_id),
    StockLevel.variant_id == bindparam("variant_id"),
    StockLevel.location_id == bindparam("location_id"),
    tuple_(StockLevel.variant_id, StockLevel.location_id).in_(_listed_keys()),
    order_by=(StockLevel.variant_id, StockLevel.location_id),
)
AVAILABILITY: Final = Listing(
    AvailabilityRow,
    StockLevel,
    one_of(StockLevel.variant_id),
    columns={"on_hand": func.sum(StockLevel.on_hand), "reserved": func.sum(StockLevel.reserved)},
    group_by=(StockLevel.variant_id,),
)


async def levels_of_keys(
    reader: Reader, keys: Sequence[LevelKey], columns: frozenset[str]
) -> Mapping[LevelKey, LevelRow]:
    """The levels of variants at locations."""
    rows = await reader.rows(
        LEVELS,
        columns | {"variant_id", "location_id"},
        key_variant_ids=[variant_id for variant_id, _ in keys],
        key_location_ids=[location_id for _, location_id in keys],
    )
    return {(row.variant_id, row.location_id): row for row in rows}


async def levels_page(
    reader: Reader, columns: frozenset[str], where: LevelFilter, arguments: PageArguments
) -> Page[LevelRow]:
    """Levels, oldest first."""
    return await reader.page(
        LEVELS, columns, LEVEL_ORDER, arguments, variant_id=where.variant_id, location_id=where.location_id
    )


async def count_levels(reader: Reader, where: LevelFilter) -> int:
    """How many levels match."""
    return await reader.count(LEVELS, variant_id=where.variant_id, location_id=where.location_id)


async def lock_levels_of_variants(session: AsyncSession, variant_ids: Iterable[UUID]) -> list[LockedLevel]:
    """Lock and read all levels of those variants."""
    return await _lock(session, _locked_levels().where(is_one_of(StockLevel.variant_id, variant_ids)))


async def lock_levels_of_keys(session: AsyncSession, keys: Iterable[LevelKey]) -> list[LockedLevel]:
    """Lock and read the levels of variants at locations."""
    wanted = _key_rows(keys)
    return await _lock(session, _locked_levels().join(wanted, _is_level_of(wanted)))


async def lock_levels_of_reservation(session: AsyncSession, reservation_id: UUID) -> list[LockedLevel]:
    """Lock and read the levels a reservation holds stock of."""
    is_line_of_level = and_(
        ReservationLine.tenant_id == StockLevel.tenant_id,
        ReservationLine.variant_id == StockLevel.variant_id,
        ReservationLine.location_id == StockLevel.location_id,
    )
    query = _locked_levels().join(ReservationLine, is_line_of_level)
    return await _lock(session, query.where(ReservationLine.reservation_id == reservation_id))


async def add_missing_levels(session: AsyncSession, tenant_id: UUID, keys: Iterable[LevelKey]) -> None:
    """Create empty levels where there are none, in key order so that two callers cannot wait for each other."""
    missing = sorted(set(keys))
    new = rows_of(
        "new",
        id=(Uuid(), [uuid7() for _ in missing]),
        variant_id=(Uuid(), [variant_id for variant_id, _ in missing]),
        location_id=(Uuid(), [location_id for _, location_id in missing]),
    )
    constants = {"on_hand": 0, "reserved": 0, "reorder_level": DEFAULT_REORDER_LEVEL, "version": 1}
    query = select(
        literal(tenant_id, Uuid),
        *(new.c[name] for name in ("id", "variant_id", "location_id")),
        *(literal(value, Integer) for value in constants.values()),
        literal(utcnow(), StockLevel.updated_at.type),
    ).order_by(new.c.variant_id, new.c.location_id)
    columns = ["tenant_id", "id", "variant_id", "location_id", *constants, "updated_at"]
    await session.execute(insert(StockLevel).from_select(columns, query).on_conflict_do_nothing())


async def store_levels(session: AsyncSession, levels: Sequence[LockedLevel]) -> None:
    """Write the changes of levels this transaction has locked, all in one statement."""
    if not levels:
        return
    change = rows_of(
        "change",
        id=(Uuid(), [level.id for level in levels]),
        on_hand=(Integer(), [level.on_hand_change for level in levels]),
        reserved=(Integer(), [level.reserved_change for level in levels]),
    )
    statement = (
        update(StockLevel)
        .where(StockLevel.id == change.c.id)
        .values(
            on_hand=StockLevel.on_hand + change.c.on_hand,
            reserved=StockLevel.reserved + change.c.reserved,
            version=StockLevel.version + 1,
            updated_at=utcnow(),
        )
    )
    await session.execute(statement, execution_options={"synchronize_session": False})


def _locked_levels() -> _LockedRow:
    is_at = and_(StockLocation.tenant_id == StockLevel.tenant_id, StockLocation.id == StockLevel.location_id)
    return (
        select(
            StockLevel.id,
            StockLevel.variant_id,
            StockLevel.location_id,
            StockLevel.on_hand,
            StockLevel.reserved,
            StockLevel.reorder_level,
            StockLevel.version,
            StockLocation.kind,
        )
        .join(StockLocation, is_at)
        .order_by(StockLevel.variant_id, StockLevel.location_id)
        .with_for_update(of=StockLevel, key_share=True)
    )


async def _lock(session: AsyncSession, query: _LockedRow) -> list[LockedLevel]:
    return [
        LockedLevel(
            id=row.id,
            variant_id=row.variant_id,
            location_id=row.location_id,
            location_kind=row.kind,
            on_hand=row.on_hand,
            reserved=row.reserved,
            reorder_level=row.reorder_level,
            version=row.version,
        )
        for row in await session.execute(query)
    ]


def _key_rows(keys: Iterable[LevelKey]) -> TableValuedAlias:
    wanted = sorted(set(keys))
    return rows_of(
        "wanted",
        variant_id=(Uuid(), [variant_id for variant_id, _ in wanted]),
        location_id=(Uuid(), [location_id for _, location_id in wanted]),
    )


def _is_level_of(wanted: TableValuedAlias) -> ColumnElement[bool]:
    return and_(StockLevel.variant_id == wanted.c.variant_id, StockLevel.location_id == wanted.c.location_id)
