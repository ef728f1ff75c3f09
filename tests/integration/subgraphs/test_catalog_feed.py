"""The feed that tills follow: nothing is missed, in whatever order transactions commit (ADR 0018)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import make_url

from cli.embedded.postgres import PostgresServer
from kernel.database import Database, count_statements
from kernel.database.provision import Context, provision
from kernel.ids import uuid7
from tests.factories.catalogue import (
    ARCHIVE,
    SET_PRICE,
    UPSERT,
    catalog_client,
    created,
    gbp,
    product,
    variant,
)
from tests.factories.catalogue_feed import FEED, FeedReader
from tests.factories.databases import ProvisionedDatabase, behind_the_api, provision_database
from tests.factories.subgraphs import SubgraphClient

# (what happens, to which of the products)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "price", "rename", "variant", "archive", "revive", "look"]), st.integers(0, 4)
    ),
    max_size=12,
)
WAITING = """SELECT count(*) FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND query LIKE '%catalog.product%' AND datname = current_database()"""

BEFORE_THE_FEED = """
  DROP TRIGGER number_changes_after_insert ON catalog.product;
  DROP TRIGGER number_changes_after_update ON catalog.product;
  DROP FUNCTION catalog.number_changes();
  DROP TABLE catalog.product_change, catalog.feed;
  UPDATE catalog.alembic_version SET version_num = 'catalog_0002'"""


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
async def catalog(
    provisioned_database: ProvisionedDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    yield catalog_client(database, compiled_execution=request.param)
    await database.close()


@pytest.fixture(scope="module")
async def any_catalog(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    yield catalog_client(database)
    await database.close()


async def lamps(catalog: SubgraphClient, count: int) -> list[dict[str, Any]]:
    return [await created(catalog, product(f"Lamp {number}", f"L-{number}")) for number in range(count)]


async def price(catalog: SubgraphClient, lamp: dict[str, Any], amount: str) -> None:
    variables = {"id": lamp["variants"][0]["id"], "price": gbp(amount), "key": uuid7().hex}
    assert (await catalog.data(SET_PRICE, variables))["variantPriceSet"]["userErrors"] == []


async def archive(catalog: SubgraphClient, lamp: dict[str, Any]) -> None:
    assert (await catalog.data(ARCHIVE, {"id": lamp["id"]}))["productArchive"]["userErrors"] == []


async def test_a_till_gets_what_it_needs_to_sell(catalog: SubgraphClient):
    options = [{"name": "Size", "value": "Large"}]
    made = await created(
        catalog, {"name": "Oak Lamp", "variants": [variant("OAK-1", barcode="4006381333931", options=options)]}
    )

    till = await FeedReader(catalog).load()

    assert till.products == {
        made["id"]: {
            "id": made["id"],
            "status": "ACTIVE",
            "name": "Oak Lamp",
            "variants": [
                {
                    "id": made["variants"][0]["id"],
                    "sku": "OAK-1",
                    "barcode": "4006381333931",
                    "name": "Large",
                    "options": options,
                    "price_minor": 1250,
                    "currency": "GBP",
                }
            ],
        }
    }


async def test_an_archived_product_is_told_once_and_not_loaded(catalog: SubgraphClient):
    first, second = await lamps(catalog, 2)
    till = await FeedReader(catalog).load()

    await archive(catalog, first)
    page = await till.page(10)

    assert page is not None
    assert page["products"] == f'[{{"id":"{first["id"]}","status":"ARCHIVED"}}]'
    assert list((await FeedReader(catalog).load()).products) == [second["id"]]
    assert await till.follow() == 1
    assert await till.page(10) == {"products": "[]", "next": till.place, "hasMore": False}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_what_was_loaded_and_followed_is_what_would_be_loaded_now(any_catalog: SubgraphClient, steps: Any):
    catalog = any_catalog.for_tenant(uuid7())
    till = await FeedReader(catalog).load()

    for number, (step, which) in enumerate(steps):
        item: dict[str, Any] = {"slug": f"p-{which}", "name": f"P {which}", "variants": [variant(f"S-{which}")]}
        match step:
            case "look":
                await followed(till)
                continue
            case "price":
                item["variants"] = [variant(f"S-{which}", f"{number}.10")]
            case "rename":
                item["name"] = f"P {which} {number}"
            case "variant":
                item["variants"] = [variant(f"S-{which}-{number}")]
            case "archive":
                item["status"] = "ARCHIVED"
            case "revive":
                item["status"] = "ACTIVE"
        await catalog.data(UPSERT, {"items": [item]})

    await followed(till)
    assert till.products == (await FeedReader(catalog).load(first=3)).products


async def followed(till: FeedReader) -> None:
    """An empty tenant has no feed yet: its till loads anew, as the BFF tells it to."""
    if await till.page(2) is None:
        await till.load()
    else:
        await till.follow()


async def test_what_changes_while_all_is_loaded_is_told_afterwards(catalog: SubgraphClient):
    read, unread, other = await lamps(catalog, 3)

    async def meanwhile() -> None:
        await archive(catalog, unread)
        await price(catalog, read, "9.00")
        await created(catalog, product("Late", "LATE"))

    till = await FeedReader(catalog).load(first=1, between=meanwhile)
    assert set(till.products) == {read["id"], other["id"]}
    await till.follow()

    assert till.products == (await FeedReader(catalog).load()).products
    assert till.products[read["id"]]["variants"][0]["price_minor"] == 900


async def test_a_change_with_a_higher_number_never_overtakes_one_with_a_lower(
    catalog: SubgraphClient, provisioned_database: ProvisionedDatabase
):
    first, second = await lamps(catalog, 2)
    till = await FeedReader(catalog).load()
    observer = provisioned_database.connect("catalog_app")
    rename = text("UPDATE catalog.product SET name = :name, version = version + 1 WHERE name = :was")

    async with behind_the_api(catalog.subgraph.database, catalog.tenant_id) as slow:
        await slow.execute(rename, {"name": "Slow", "was": "Lamp 0"})
        # has its number only when the slow one has committed: it cannot be seen before
        quick = asyncio.create_task(price(catalog, second, "3.00"))
        while not await is_waiting_for_a_lock(observer):
            assert not quick.done()
        seen_meanwhile = await till.page(10)
    await quick
    await observer.close()
    await till.follow()

    assert seen_meanwhile is not None
    assert seen_meanwhile["products"] == "[]"
    assert till.products[first["id"]]["name"] == "Slow"
    assert till.products[second["id"]]["variants"][0]["price_minor"] == 300


async def is_waiting_for_a_lock(observer: Database) -> bool:
    # a transaction of its own: within one, the view shows what it showed first
    async with observer.across_tenants() as session:
        return bool(await session.scalar(text(WAITING)))


async def test_a_change_that_is_rolled_back_leaves_no_gap_to_wait_for(catalog: SubgraphClient):
    (lamp,) = await lamps(catalog, 1)
    till = await FeedReader(catalog).load()

    async with behind_the_api(catalog.subgraph.database, catalog.tenant_id) as session:
        await session.execute(text("UPDATE catalog.product SET name = 'Never'"))
        await session.rollback()
    await price(catalog, lamp, "4.00")
    await till.follow()

    assert till.products == (await FeedReader(catalog).load()).products
    assert till.products[lamp["id"]]["name"] == "Lamp 0"


async def test_many_tills_follow_while_many_write_and_all_end_alike(any_catalog: SubgraphClient):
    catalog = any_catalog.for_tenant(uuid7())
    made = await lamps(catalog, 4)
    tills = [await FeedReader(catalog).load() for _ in range(3)]
    writers = [asyncio.create_task(price(catalog, lamp, f"{amount}.00")) for amount in range(1, 4) for lamp in made]

    while not all(writer.done() for writer in writers):
        await asyncio.gather(*(till.follow() for till in tills))
    await asyncio.gather(*writers)
    await asyncio.gather(*(till.follow() for till in tills))

    whole = (await FeedReader(catalog).load()).products
    assert [till.products for till in tills] == [whole] * 3


async def test_another_tenants_place_a_restored_feed_and_nonsense_mean_loading_anew(catalog: SubgraphClient):
    await lamps(catalog, 1)
    till, stranger = await FeedReader(catalog).load(), catalog.for_tenant(uuid7())
    await lamps(stranger, 2)
    theirs = await FeedReader(stranger).load()
    assert till.place is not None
    epoch, sequence = till.place.split(".")

    async def is_known(place: str) -> bool:
        return await FeedReader(catalog, place=place).page(1) is not None

    assert await is_known(till.place)
    for place in (theirs.place or "", f"{epoch}.{int(sequence) + 1}", "0.0", epoch, "", "x", f"{epoch}.-1", "9" * 40):
        assert not await is_known(place), place
    assert await FeedReader(stranger, place=till.place).page(1) is None


async def test_a_tenant_without_products_loads_nothing_and_then_anew(catalog: SubgraphClient):
    till = await FeedReader(catalog).load()
    assert (till.products, await till.follow()) == ({}, 1)

    await lamps(catalog, 1)

    assert await till.page(1) is None


async def test_a_page_ends_at_ten_thousand_variants(any_catalog: SubgraphClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("subgraphs.catalog.graphql.types.feed._MOST_VARIANTS", 5)
    catalog = any_catalog.for_tenant(uuid7())
    for number, size in enumerate((3, 2, 7, 1)):
        await created(catalog, product(f"P {number}", *(f"S-{number}-{one}" for one in range(size))))

    till = FeedReader(catalog)
    sizes: list[int] = []
    while till.place is None or sizes[-1]:
        page = await till.page(10)
        assert page is not None
        sizes.append(page["products"].count('"id":"UHJvZHVjdDo'))
        till.place = page["next"]

    assert sizes == [2, 1, 1, 0]


async def test_a_page_costs_three_statements_however_many_products_there_are(catalog: SubgraphClient):
    await lamps(catalog, 6)

    for first in (1, 6):
        with count_statements() as count:
            await FeedReader(catalog).page(first)
        # the fence besides
        assert count.total == 4


@pytest.mark.parametrize("first", [0, -1, 1001])
async def test_a_page_has_a_size(any_catalog: SubgraphClient, first: int):
    answer = await any_catalog.answer(FEED, {"first": first})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_products_from_before_there_was_a_feed_are_in_it(postgres_server: PostgresServer):
    provisioned = await provision_database(postgres_server.superuser_dsn, ["catalog"])
    database = provisioned.connect("catalog_app")
    catalog = catalog_client(database)
    made = await lamps(catalog, 3)
    administrator = make_url(provisioned.administrator_url).set(database=provisioned.name)
    connection = await asyncpg.connect(administrator.render_as_string(hide_password=False))
    await connection.execute(BEFORE_THE_FEED)
    await connection.close()

    packages = [Context("catalog", "subgraphs.catalog")]
    await provision(postgres_server.superuser_dsn, provisioned.name, packages, provisioned.passwords)
    till = await FeedReader(catalog).load()
    await price(catalog, made[0], "8.00")
    await till.follow()
    await database.close()

    assert {found["name"]: found["variants"][0]["price_minor"] for found in till.products.values()} == {
        "Lamp 0": 800,
        "Lamp 1": 1250,
        "Lamp 2": 1250,
    }
