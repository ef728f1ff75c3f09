"""Locations of the tenant, and the variants the catalog has told us of."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.database import Page, PageArguments, SortKey, paginate
from subgraphs.inventory.model import KnownVariant, LocationKind, StockLocation
from subgraphs.inventory.repository.arrays import is_one_of

LOCATION_ORDER = (SortKey(StockLocation.created_at), SortKey(StockLocation.id))


async def known_variants(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` the catalog has told us of."""
    return set(await session.scalars(select(KnownVariant.id).where(is_one_of(KnownVariant.id, ids))))


async def add_known_variants(session: AsyncSession, tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """Remember variants; those known already stay as they are."""
    rows = [{"tenant_id": tenant_id, "id": variant_id} for variant_id in sorted(set(ids))]
    if rows:
        await session.execute(insert(KnownVariant).values(rows).on_conflict_do_nothing())


async def known_locations(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` that are locations of the tenant."""
    return set(await session.scalars(select(StockLocation.id).where(is_one_of(StockLocation.id, ids))))


async def locations_by_id(session: AsyncSession, ids: Iterable[UUID]) -> Sequence[StockLocation]:
    """Locations in no particular order."""
    return (await session.scalars(select(StockLocation).where(is_one_of(StockLocation.id, ids)))).all()


async def default_location_id(session: AsyncSession) -> UUID | None:
    """Where returned goods go: the oldest warehouse, or the oldest location when there is no warehouse."""
    is_store = StockLocation.kind != LocationKind.WAREHOUSE
    query = select(StockLocation.id).order_by(is_store, StockLocation.created_at, StockLocation.id).limit(1)
    return await session.scalar(query)


async def locations_page(session: AsyncSession, arguments: PageArguments) -> Page[StockLocation]:
    """Locations, oldest first."""
    return await paginate(session, select(StockLocation), LOCATION_ORDER, arguments)


async def count_locations(session: AsyncSession) -> int:
    """How many locations the tenant has."""
    return (await session.scalars(select(func.count()).select_from(StockLocation))).one()
