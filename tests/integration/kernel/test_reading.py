"""Reads through asyncpg: exactly the columns that were asked for, one tenant's rows, typed."""

import asyncio
import base64
import traceback
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Integer, Text, bindparam, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from kernel.database import (
    Database,
    Listing,
    PageArguments,
    ReadFailed,
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


class ModeRow(Row):
    mode: str


class VariantRow(Row):
    sku: str
    options: list[dict[str, str]]


PRODUCTS = Listing(
    ProductRow,
    Product,
    one_of(Product.id),
    one_of(Product.category_id),
    Product.status == bindparam("status"),
    Product.slug != "hidden",
    order_by=(Product.slug,),
)
SUMS = Listing(
    SumRow,
    Product,
    one_of(Product.category_id),
    columns={"versions": func.sum(Product.version)},
    group_by=(Product.category_id,),
)
VARIANTS = Listing(VariantRow, ProductVariant)
READ_ONLY = Listing(ModeRow, select(func.current_setting("transaction_read_only").label("mode")).subquery("setting"))
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


def slugs(rows: Sequence[ProductRow]) -> list[str]:
    return [row.slug for row in rows]


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
        (
            "SELECT catalog.product.slug AS slug, catalog.product.name AS name FROM catalog.product "
            "WHERE catalog.product.id = ANY ($1::UUID[]) AND catalog.product.slug != $2::VARCHAR "
            "ORDER BY catalog.product.slug"
        ),
    ]


async def test_a_row_has_the_types_it_is_annotated_with(database: Database):
    tenant, shelf = uuid7(), uuid7()
    [mug] = await stored(database, tenant, "mug", category_id=shelf)
    async with behind_the_api(database, tenant) as session:
        options = [{"name": "Size", "value": "Größe XL"}]
        session.add(
            ProductVariant(
                tenant_id=tenant,
                id=uuid7(),
                product_id=mug.id,
                position=1,
                sku="M-1",
                name="M",
                options=options,
                price_minor=1,
                currency="GBP",
                version=1,
            )
        )

    async with database.reader(tenant) as reader:
        [row] = await reader.rows(PRODUCTS, ProductRow.__annotations__)
        [variant] = await reader.rows(VARIANTS, ("sku", "options"))

    assert (row.slug, row.status, row.version) == ("mug", ProductStatus.ACTIVE, 1)
    assert isinstance(row.status, ProductStatus)
    assert (row.id, row.category_id, row.created_at) == (mug.id, shelf, NOON + timedelta(minutes=1))
    assert isinstance(row.id, UUID)
    assert (variant.sku, variant.options) == ("M-1", options)


async def test_conditions_apply_when_their_parameters_are_given(database: Database):
    tenant = uuid7()
    mug, pot, _ = await stored(database, tenant, "mug", "pot-old", "hidden")

    async with database.reader(tenant) as reader:
        everything = await reader.rows(PRODUCTS, {"slug"}, ids=None, status=None)
        archived = await reader.rows(PRODUCTS, {"slug"}, status=ProductStatus.ARCHIVED)
        both = await reader.rows(PRODUCTS, {"slug"}, ids=[mug.id, pot.id], status="ACTIVE")
        nothing = await reader.rows(PRODUCTS, {"slug"}, ids=[])

    assert [slugs(rows) for rows in (everything, archived, both, nothing)] == [
        ["mug", "pot-old"],
        ["pot-old"],
        ["mug"],
        [],
    ]


async def test_one_row_a_value_and_counts(database: Database):
    tenant, shelf = uuid7(), uuid7()
    mug, *_ = await stored(database, tenant, "mug", "pot", "tea-old", category_id=shelf)

    async with database.reader(tenant) as reader:
        row = await reader.row(PRODUCTS, {"name"}, ids=[mug.id])
        found = row and row.name
        name = await reader.value(PRODUCTS, "name", ids=[mug.id])
        missing = [await reader.row(PRODUCTS, {"name"}, ids=[]), await reader.value(PRODUCTS, "name", ids=[])]
        counted = [await reader.count(PRODUCTS), await reader.count(PRODUCTS, status="ARCHIVED")]
        by_status = await reader.counts(PRODUCTS, "status")
        sums = await reader.rows(SUMS, {"category_id", "versions"}, category_ids=[shelf])
        with pytest.raises(LookupError, match="3 rows of ProductRow instead of one"):
            await reader.row(PRODUCTS, {"name"})

    assert (found, name, missing, counted) == ("m", "m", [None, None], [3, 1])
    assert by_status == {"ACTIVE": 2, "ARCHIVED": 1}
    assert [(row.category_id, row.versions) for row in sums] == [(shelf, 6)]


@pytest.mark.parametrize("order", [OLDEST_FIRST, BY_NAME])
async def test_pages_walk_through_a_list_in_both_directions(database: Database, order: Sequence[SortKey]):
    tenant = uuid7()
    await stored(database, tenant, "pot", "mug", "pan", "tea", "cup", "hidden", "pie-old")

    async with database.reader(tenant) as reader:
        whole = await reader.page(PRODUCTS, {"slug"}, order, page(first=100), status="ACTIVE")
        expected = slugs(whole.nodes)
        forward: list[str] = []
        cursor = None
        while len(forward) < 5:
            seen = await reader.page(PRODUCTS, {"slug"}, order, page(first=2, after=cursor), status="ACTIVE")
            forward += slugs(seen.nodes)
            assert (seen.has_previous, seen.has_next) == (cursor is not None, len(forward) < 5)
            cursor = seen.cursors[-1]
        back = await reader.page(PRODUCTS, {"slug"}, order, page(last=2, before=cursor), status="ACTIVE")

    assert sorted(expected) == ["cup", "mug", "pan", "pot", "tea"]
    assert forward == expected
    assert slugs(back.nodes) == expected[2:4]
    assert (back.has_previous, back.has_next) == (True, True)
    assert list(back.cursors) == list(whole.cursors[2:4])


async def test_every_parent_has_its_own_page(database: Database):
    tenant, shelf, other, empty = uuid7(), uuid7(), uuid7(), uuid7()
    await stored(database, tenant, "mug", "pot", "pan", category_id=shelf)
    await stored(database, tenant, "tea", category_id=other)

    async with database.reader(tenant) as reader:
        pages = await reader.pages(
            PRODUCTS, {"slug"}, OLDEST_FIRST, page(first=2), parent="category_id", parents=[shelf, empty, other]
        )
        after = page(first=2, after=pages[shelf].cursors[0])
        rest = await reader.pages(PRODUCTS, {"slug"}, OLDEST_FIRST, after, parent="category_id", parents=[shelf])
        last = await reader.pages(PRODUCTS, {"slug"}, OLDEST_FIRST, page(last=1), parent="category_id", parents=[shelf])

    assert {parent: slugs(each.nodes) for parent, each in pages.items()} == {
        shelf: ["mug", "pot"],
        empty: [],
        other: ["tea"],
    }
    assert [pages[parent].has_next for parent in (shelf, empty, other)] == [True, False, False]
    assert (slugs(rest[shelf].nodes), slugs(last[shelf].nodes)) == (["pot", "pan"], ["pan"])


async def test_a_text_that_no_column_could_hold_is_bad_input(database: Database):
    async with database.reader(uuid7()) as reader:
        with pytest.raises(BadUserInput, match="a character that is never stored"):
            await reader.rows(PRODUCTS, {"slug"}, status="ACT\0IVE")

        assert await reader.rows(PRODUCTS, {"slug"}, status="ACTIVE") == []


async def test_a_cursor_of_another_list_is_refused(database: Database):
    async with database.reader(uuid7()) as reader:
        for cursor in ("nonsense", "WzFd", "WyJ4IiwgInkiXQ"):
            with pytest.raises(BadUserInput, match="not a cursor of this list"):
                await reader.page(PRODUCTS, {"slug"}, OLDEST_FIRST, page(first=2, after=cursor))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Product.created_at, "0001-01-01T00:00:00+14:00"),
        (Product.created_at, "9999-12-31T23:59:59-14:00"),
        (Product.name, "pot\0"),
        (Product.version, 2**31),
        (Product.version, -(2**63)),
    ],
)
async def test_a_cursor_that_no_row_could_have_is_refused_before_the_database_sees_it(
    database: Database, column: InstrumentedAttribute[object], value: object
):
    cursor = base64.urlsafe_b64encode(orjson.dumps([value, uuid7()], default=str)).decode()

    async with database.reader(uuid7()) as reader:
        with count_statements() as count, pytest.raises(BadUserInput, match="not a cursor of this list"):
            await reader.page(PRODUCTS, {"slug"}, (SortKey(column), SortKey(Product.id)), page(first=2, after=cursor))

    assert count.total == 0


def test_a_statement_is_written_once_per_shape():
    shapes = [
        PRODUCTS.rows(frozenset({"slug"}), {"ids": [1]}),
        PRODUCTS.rows(frozenset({"slug"}), {"ids": [2, 3]}),
        PRODUCTS.rows(frozenset({"slug", "name"}), {"ids": [1]}),
        PRODUCTS.rows(frozenset({"slug"}), {}),
    ]

    assert shapes[0] is shapes[1]
    assert len({id(shape) for shape in shapes}) == 3


def test_shapes_are_forgotten_when_there_are_too_many():
    listing = Listing(ProductRow, Product, *(Product.version == bindparam(f"v{n}") for n in range(300)))

    kept = [listing.count({f"v{n}": n}) for n in range(300)]

    assert listing.count({"v299": 1}) is kept[299]
    assert listing.count({"v0": 1}) is not kept[0]


async def test_what_a_listing_does_not_know_is_refused_by_name(database: Database):
    async with database.reader(uuid7()) as reader:
        with pytest.raises(TypeError, match="ProductRow is not narrowed by colour"):
            await reader.rows(PRODUCTS, {"slug"}, colour="red")
        with pytest.raises(TypeError, match="ProductRow has no colour"):
            await reader.rows(PRODUCTS, {"colour"})


async def test_rows_by_key_and_lists_by_parent_name_what_there_is(database: Database):
    tenant, shelf = uuid7(), uuid7()
    pot, mug, old = await stored(database, tenant, "pot", "mug", "jar-old", category_id=shelf)

    async with database.reader(tenant) as reader:
        by_id = await reader.by(PRODUCTS, ["slug"], Product.id, [mug.id, uuid7()])
        lists = await reader.lists(PRODUCTS, ["slug"], Product.category_id, [shelf, uuid7()])
        sold = await reader.by(PRODUCTS, ["slug"], Product.id, [pot.id, old.id], status="ACTIVE")

    assert {key: row.slug for key, row in by_id.items()} == {mug.id: "mug"}
    assert {key: slugs(rows) for key, rows in lists.items()} == {shelf: ["jar-old", "mug", "pot"]}
    assert list(sold) == [pot.id]


async def test_a_tenant_reads_its_own_rows_and_writes_none(database: Database):
    tenant, stranger = uuid7(), uuid7()
    await stored(database, tenant, "mug")

    async with database.reader(stranger) as reader:
        assert await reader.rows(PRODUCTS, {"slug"}) == []
    async with database.reader(tenant) as reader:
        assert await reader.count(PRODUCTS) == 1
        assert await reader.value(READ_ONLY, "mode") == "on"


async def test_an_error_of_the_database_does_not_repeat_what_was_sent_to_it(database: Database):
    by_name = Listing(ProductRow, Product, Product.version == cast(bindparam("name", type_=Text), Integer))
    async with database.reader(uuid7()) as reader:
        for given in ({"name": "ada@example.org"}, {"name": 7}):
            with pytest.raises(ReadFailed) as failure:
                await reader.rows(by_name, {"slug"}, **given)

            assert "SELECT catalog.product.slug" in str(failure.value)
            assert "ada" not in "".join(traceback.format_exception(failure.value))


async def test_after_an_error_the_reader_reads_on(database: Database):
    tenant = uuid7()
    await stored(database, tenant, "mug")

    async with database.reader(tenant) as reader:
        with pytest.raises(ReadFailed):
            await reader.rows(PRODUCTS, {"slug"}, ids=["no uuid"])

        assert slugs(await reader.rows(PRODUCTS, {"slug"})) == ["mug"]


async def test_concurrent_reads_take_turns_in_one_transaction(database: Database):
    tenant = uuid7()
    await stored(database, tenant, "mug", "pot")

    async with database.reader(tenant) as reader:
        with count_statements() as count:
            answers = await asyncio.gather(*(reader.count(PRODUCTS) for _ in range(5)))

    assert answers == [2] * 5
    assert count.total == 6


async def test_a_released_reader_begins_again_and_a_closed_one_does_not(database: Database):
    tenant = uuid7()
    reader = database.reader(tenant)
    assert await reader.count(PRODUCTS) == 0
    await reader.release()
    # the pool has one connection, and now it is free
    await stored(database, tenant, "mug")
    assert await reader.count(PRODUCTS) == 1

    await reader.close()

    with pytest.raises(Unavailable):
        await reader.count(PRODUCTS)
