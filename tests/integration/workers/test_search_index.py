from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from kernel.database import count_statements
from kernel.ids import uuid7
from kernel.inbox import handle_once
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from tests.factories.catalogue import (
    ARCHIVE,
    UPDATE,
    catalog_client,
    category,
    created,
    deliver,
    product,
    published,
    variant,
)
from tests.factories.databases import ProvisionedDatabase
from tests.factories.subgraphs import SubgraphClient
from workers.event_consumers import Consumer
from workers.search_index import search_index_consumer

SEARCH = """query($query: String!, $first: Int, $after: String, $last: Int, $before: String) {
  productSearch(query: $query, first: $first, after: $after, last: $last, before: $before) {
    nodes { name } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
async def catalog(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    yield catalog_client(database)
    await database.close()


@pytest.fixture
def consumer(catalog: SubgraphClient) -> Consumer:
    return search_index_consumer(PostgresSearch(), catalog.subgraph.database)


async def keep_up(catalog: SubgraphClient, consumer: Consumer) -> int:
    return await deliver(catalog, consumer.name, tuple(consumer.handlers))


async def found(catalog: SubgraphClient, query: str) -> list[str]:
    data = await catalog.data(SEARCH, {"query": query, "first": 20}, role="customer")
    return [node["name"] for node in data["productSearch"]["nodes"]]


async def shop(catalog: SubgraphClient) -> dict[str, dict[str, Any]]:
    lamps = await category(catalog, "Lighting", slug="lighting")
    blue = [variant("CUP-BL", options=[{"name": "Colour", "value": "Blue"}], barcode="4006381333931")]
    return {
        "lamp": await created(
            catalog,
            product("Oak Reading Lamp", "LMP-01", description="Warm light for the bedside.", categoryId=lamps["id"]),
        ),
        "candle": await created(catalog, product("Scented Candles", "CND-7", description="Six of them; light one.")),
        "cup": await created(catalog, product("Café Crème Cup", variants=blue, description="")),
        "drill": await created(catalog, product("電動ドリル", "DRL-18", slug="drill", description="18V")),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("lamp", ["Oak Reading Lamp"]),
        ("READ", ["Oak Reading Lamp"]),  # the beginning of a word, while typing
        ("oak lam", ["Oak Reading Lamp"]),
        ("candle", ["Scented Candles"]),
        ("candles scent", ["Scented Candles"]),
        ("lighting", ["Oak Reading Lamp", "Scented Candles"]),  # its category; the other one by its stem
        ("lit the lamp", []),
        ("the lamp", ["Oak Reading Lamp"]),  # a word without a stem does not narrow
        ("cafe", ["Café Crème Cup"]),
        ("crème CUP", ["Café Crème Cup"]),
        ("blue", ["Café Crème Cup"]),
        ("cup-bl", ["Café Crème Cup"]),
        ("4006381333931", ["Café Crème Cup"]),
        ("LMP-01", ["Oak Reading Lamp"]),
        ("電動", ["電動ドリル"]),
        ("submarine", []),
        ("!!!", []),
        ("lamp'); DROP TABLE product; --", []),
        ("lamp & !oak | candle:*", []),
        ("%_\\", []),
    ],
)
async def test_words_find_products_by_their_beginnings_and_stems(
    catalog: SubgraphClient, consumer: Consumer, query: str, names: list[str]
):
    await shop(catalog)
    await keep_up(catalog, consumer)

    assert sorted(await found(catalog, query)) == sorted(names)


async def test_a_hit_in_the_name_stands_before_one_in_the_description(catalog: SubgraphClient, consumer: Consumer):
    await created(catalog, product("Shade", "S-1", description="Fits the oak lamp. A lamp without a shade glares."))
    await created(catalog, product("Oak Lamp", "S-2"))
    await keep_up(catalog, consumer)

    assert await found(catalog, "lamp") == ["Oak Lamp", "Shade"]


async def test_a_page_of_hits_takes_three_statements_however_many_hits(catalog: SubgraphClient, consumer: Consumer):
    for number in range(5):
        await created(catalog, product(f"Lamp {number}", f"L-{number}"))
    await keep_up(catalog, consumer)

    with count_statements() as count:
        data = await catalog.data(SEARCH.replace("totalCount", ""), {"query": "lamp", "first": 5})

    assert len(data["productSearch"]["nodes"]) == 5
    assert count.total == 3  # tenant fence, hits, products


async def test_pages_of_hits_walk_forward_and_backward(catalog: SubgraphClient, consumer: Consumer):
    for number in range(5):
        await created(catalog, product(f"Lamp {number}", f"L-{number}", description="lamp " * number))
    await keep_up(catalog, consumer)
    whole = await found(catalog, "lamp")

    first = (await catalog.data(SEARCH, {"query": "lamp", "first": 2}))["productSearch"]
    second = (await catalog.data(SEARCH, {"query": "lamp", "first": 2, "after": first["pageInfo"]["endCursor"]}))[
        "productSearch"
    ]
    back = (await catalog.data(SEARCH, {"query": "lamp", "last": 2, "before": second["pageInfo"]["startCursor"]}))[
        "productSearch"
    ]

    assert [node["name"] for node in first["nodes"] + second["nodes"]] == whole[:4]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (
        5,
        True,
        False,
    )
    assert back["nodes"] == first["nodes"]
    assert back["pageInfo"]["hasPreviousPage"] is False


async def test_the_index_follows_updates_and_archiving(catalog: SubgraphClient, consumer: Consumer):
    things = await shop(catalog)
    await keep_up(catalog, consumer)
    await catalog.data(UPDATE, {"id": things["lamp"]["id"], "input": {"name": "Elm Torch"}, "seen": 1})
    await catalog.data(ARCHIVE, {"id": things["candle"]["id"]})

    handled = await keep_up(catalog, consumer)

    assert handled == 2
    assert await found(catalog, "oak") == []
    assert await found(catalog, "torch") == ["Elm Torch"]
    assert await found(catalog, "candle") == []


async def test_an_old_event_that_comes_late_cannot_bring_an_archived_product_back(
    catalog: SubgraphClient, consumer: Consumer
):
    things = await shop(catalog)
    await catalog.data(ARCHIVE, {"id": things["candle"]["id"]})
    events = await published(catalog)
    by_subject = {handler.subject: handler for handler in consumer.handlers}

    for event in reversed(events):
        await handle_once(consumer.database, consumer.name, by_subject[event.subject], event)

    assert await found(catalog, "candle") == []
    assert await found(catalog, "lamp") == ["Oak Reading Lamp"]


async def test_a_tenant_finds_only_its_own_products(catalog: SubgraphClient, consumer: Consumer):
    await shop(catalog)
    await keep_up(catalog, consumer)
    stranger = catalog.for_tenant(uuid7())

    assert await found(stranger, "lamp") == []
    assert (await stranger.data(SEARCH, {"query": "lamp", "first": 1}))["productSearch"]["totalCount"] == 0


async def test_without_a_tenant_the_index_answers_nothing(catalog: SubgraphClient, consumer: Consumer):
    await shop(catalog)
    await keep_up(catalog, consumer)

    async with catalog.subgraph.database.across_tenants() as session:
        found_rows = await session.execute(text("SELECT * FROM catalog.search_products(ARRAY['lamp'])"))
        assert found_rows.all() == []


@pytest.mark.parametrize(
    "variables",
    [
        {"query": "", "first": 1},
        {"query": "   ", "first": 1},
        {"query": "x" * 201, "first": 1},
        {"query": "lamp"},
        {"query": "lamp", "first": 101},
        {"query": "lamp", "first": 1, "after": "bm9uc2Vuc2U"},
        {"query": "lamp", "first": 1, "after": "WzEsMl0"},
    ],
)
async def test_a_malformed_search_is_a_coded_error(catalog: SubgraphClient, variables: dict[str, Any]):
    answer = await catalog.answer(SEARCH, variables)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
