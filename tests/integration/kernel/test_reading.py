"""Reads through asyncpg: exactly the columns that were asked for, one tenant's rows, typed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import bindparam, func

from kernel.database import (
    Database,
    Listing,
    PageArguments,
    ReadFailed,
    Reader,
    Row,
    SortKey,
    UnselectedColumn,
    count_statements,
    one_of,
)
from kernel.errors import BadUserInput, Unavailable
from kernel.ids import uuid7
from subgraphs.catalog.model import Category, Product, ProductStatus, ProductVariant
from tests.factories.databases import ProvisionedDatabase, behind_the_api

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class ProductRow(Row):
    id: UUID
    slug: str
    name: str
    status: ProductStatus
    category_id: UUID | None
    created_at: datetime
    version: int

    @property
    def title(self) -> str:
        return f"{self.name} ({self.slug})"


class SumRow(Row):
    category_id: UUID | None
    versions: int


class VariantRow(Row):
    sku: str
    options: list[dict[str, str]]


PRODUCTS = Listing(
    ProductRow,
    Product,
    one_of(Product.id, "ids"),
    Product.status == bindparam("status"),
    Product.slug != "hidden",
    order_by=(Product.slug,),
)
SUMS = Listing(
    SumRow,
    Product,
    one_of(Product.category_id, "category_ids"),
    columns={"versions": func.sum(Product.version)},
    group_by=(Product.category_id,),
)
VARIANTS = Listing(VariantRow, ProductVariant)
OLDEST_FIRST = (SortKey(Product.created_at), SortKey(Product.id))
BY_NAME = (SortKey(Product.name, is_descending=True), SortKey(Product.id))


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("catalog_app", pool_size=1)
    yield database
    await database.close()


async def stored(database: Database, tenant_id: UUID, *slugs: str, category_id: UUID | None = None) -> list[Product]:
    """One product per slug, a minute after each other, named by its first letter, versions counted from 1."""
    products = [
        Product(
            tenant_id=tenant_id,
            id=uuid7(),
            slug=slug,
            name=slug[0],
            description="",
            status="ARCHIVED" if slug.endswith("old") else "ACTIVE",
            category_id=category_id,
            created_at=NOON + timedelta(minutes=minute),
            updated_at=NOON,
            version=minute,
            variants=[],
        )
        for minute, slug in enumerate(slugs, 1)
    ]
    async with behind_the_api(database, tenant_id) as session:
        if category_id is not None:
            session.add(Category(tenant_id=tenant_id, id=category_id, slug=str(category_id), name="C", created_at=NOON))
            await session.flush()
        session.add_all(products)
    return products


def page(**arguments: object) -> PageArguments:
    return PageArguments.of(**{"first": None, "after": None, "last": None, "before": None, **arguments})  # pyright: ignore[reportArgumentType]


def slugs(rows: object) -> list[str]:
    return [row.slug for row in rows]  # pyright: ignore


async def test_rows_have_the_columns_that_were_asked_for_and_say_so_of_the_others(database: Database):
    tenant = uuid7()
    [mug, _] = await stored(database, tenant, "mug", "pot-old")

    async with database.reader(tenant) as reader:
        with count_statements() as count:
            [row] = await reader.rows(PRODUCTS, {"name", "slug"}, ids=[mug.id])

    assert (row.slug, row.name, row.title) == ("mug", "m", "m (mug)")
    with pytest.raises(UnselectedColumn, match=r"ProductRow\.version was not selected"):
        _ = row.version
    assert [" ".join(statement.split()) for statement in count.statements] == [
        f"BEGIN READ ONLY; SELECT set_config('app.tenant', '{tenant}', true)",
        "SELECT catalog.product.slug AS slug, catalog.product.name AS name FROM catalog.product "
        "WHERE catalog.product.id = ANY ($1::UUID[]) AND catalog.product.slug != $2::VARCHAR "
        "ORDER BY catalog.product.slug",
    ]
