"""Locations of the tenant, and the variants the catalog has told us of."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from subgraphs.inventory.model import KnownVariant, LocationKind, StockLocation
from subgraphs.inventory.repository.arrays import is_one_of

LOCATION_ORDER = (SortKey(StockLocation.created_at), SortKey(StockLocation.id))


class LocationRow(Row):
    """A place where goods lie."""

    id: UUID
    code: str
    name: str
    kind: LocationKind
    created_at: datetime
    store_id: UUID | None


LOCATIONS: Final = Listing(LocationRow, StockLocation, one_of(StockLocation.id))


async def locations_page(reader: Reader, columns: frozenset[str], arguments: PageArguments) -> Page[LocationRow]:
    """Locations, oldest first."""
    return await reader.page(LOCATIONS, columns, LOCATION_ORDER, arguments)


async def count_locations(reader: Reader) -> int:
    """How many locations the tenant has."""
    return await reader.count(LOCATIONS)


async def known_variants(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` the catalog has told us of."""
    return set(await session.scalars(select(KnownVariant.id).where(is_one_of(KnownVariant.id, ids))))


async def add_known_variants(session: AsyncSession, tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """Remember variants; those known already stay as they are."""
    rows = [{"tenant_id": tenant_id, "id": variant_id} for variant_id in sorted(set(ids))]
    if rows:
        await session.execute(insert(KnownVariant).values(rows).on_conflict_do_nothing())


async def stores_of_locations(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, UUID | None]:
    """The store of those of `ids` that are locations of the tenant; None is that of no store."""
    query = select(StockLocation.id, StockLocation.store_id).where(is_one_of(StockLocation.id, ids))
    return {row.id: row.store_id for row in await session.execute(query)}


async def location_for_update(session: AsyncSession, location_id: UUID) -> StockLocation | None:
    """The location, locked."""
    return await session.scalar(select(StockLocation).where(StockLocation.id == location_id).with_for_update())


async def default_location_id(session: AsyncSession) -> UUID | None:
    """Where returned goods go: the oldest warehouse, or the oldest location when there is no warehouse."""
    is_store = StockLocation.kind != LocationKind.WAREHOUSE
    query = select(StockLocation.id).order_by(is_store, StockLocation.created_at, StockLocation.id).limit(1)
    return await session.scalar(query)
