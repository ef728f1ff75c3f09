from collections.abc import AsyncIterator

import pytest

from kernel.errors import Unavailable
from kernel.ids import uuid7
from subgraphs.catalog.adapters.elasticsearch_search import ElasticsearchSearch
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from subgraphs.catalog.app import SearchSettings, build_search
from tests.factories.catalogue import ARCHIVE, catalog_client, created, deliver, product
from tests.factories.databases import ProvisionedDatabase
from tests.factories.subgraphs import SubgraphClient
from tests.fakes.elasticsearch import FakeElasticsearch, running_elasticsearch
from workers.event_consumers import Consumer
from workers.search_index import search_index_consumer

SEARCH = """query($query: String!, $first: Int, $after: String, $last: Int, $before: String) {
  productSearch(query: $query, first: $first, after: $after, last: $last, before: $before) {
    nodes { name } totalCount pageInfo { hasNextPage startCursor endCursor } } }"""


@pytest.fixture
async def engine() -> AsyncIterator[FakeElasticsearch]:
    async with running_elasticsearch() as fake:
        yield fake


@pytest.fixture
async def search(engine: FakeElasticsearch) -> AsyncIterator[ElasticsearchSearch]:
    adapter = ElasticsearchSearch(engine.url)
    yield adapter
    await adapter.close()


@pytest.fixture
async def catalog(
    provisioned_database: ProvisionedDatabase, search: ElasticsearchSearch
) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("catalog_app")
    yield catalog_client(database, search)
    await database.close()


@pytest.fixture
def consumer(catalog: SubgraphClient, search: ElasticsearchSearch) -> Consumer:
    return search_index_consumer(search, catalog.subgraph.database)


async def keep_up(catalog: SubgraphClient, consumer: Consumer) -> int:
    return await deliver(catalog, consumer.name, tuple(consumer.handlers))


async def found(catalog: SubgraphClient, query: str) -> list[str]:
    data = await catalog.data(SEARCH, {"query": query, "first": 20})
    return [node["name"] for node in data["productSearch"]["nodes"]]


async def test_products_are_found_until_they_are_archived(catalog: SubgraphClient, consumer: Consumer):
    lamp = await created(catalog, product("Oak Lamp", "LMP-1"))
    await created(catalog, product("Shade", "S-1", description="For an oak lamp."))
    await keep_up(catalog, consumer)
    before = await found(catalog, "oak la")

    await catalog.data(ARCHIVE, {"id": lamp["id"]})
    await keep_up(catalog, consumer)

    assert before == ["Oak Lamp", "Shade"]
    assert await found(catalog, "oak la") == ["Shade"]


async def test_the_index_is_defined_once_before_the_first_document(
    catalog: SubgraphClient, consumer: Consumer, engine: FakeElasticsearch
):
    await created(catalog, product("Oak Lamp", "LMP-1"))
    await created(catalog, product("Ash Lamp", "LMP-2"))

    await keep_up(catalog, consumer)

    assert [path for _, path in engine.requests] == ["/retailflow-products", *["/retailflow-products/_bulk"] * 2]
    assert engine.definition is not None
    assert engine.definition["mappings"]["dynamic"] == "strict"


async def test_an_index_somebody_else_defined_is_used(
    catalog: SubgraphClient, consumer: Consumer, engine: FakeElasticsearch
):
    engine.definition = {"mappings": {"properties": dict.fromkeys(
        ("tenant_id", "product_id", "is_searchable", "title", "attributes", "description")
    )}}  # fmt: skip
    await created(catalog, product())

    await keep_up(catalog, consumer)

    assert await found(catalog, "lamp") == ["Oak Lamp"]


async def test_every_request_is_routed_and_filtered_by_tenant(
    catalog: SubgraphClient, consumer: Consumer, engine: FakeElasticsearch
):
    await created(catalog, product())
    await keep_up(catalog, consumer)
    stranger = catalog.for_tenant(uuid7())

    assert await found(stranger, "lamp") == []
    assert await found(stranger, f"lamp tenant_id:{catalog.tenant_id}") == []
    assert {path.partition("?")[2] for _, path in engine.requests[2:]} == {f"routing={stranger.tenant_id}"}
    [(_, document)] = engine.documents.values()
    assert document["tenant_id"] == str(catalog.tenant_id)


async def test_an_older_version_that_comes_late_is_ignored(
    catalog: SubgraphClient, consumer: Consumer, engine: FakeElasticsearch
):
    await created(catalog, product())
    await keep_up(catalog, consumer)
    [key] = engine.documents
    engine.documents[key] = (7, {**engine.documents[key][1], "title": "newer"})

    handled = await deliver(catalog, "search_index_again", tuple(consumer.handlers))

    assert handled == 1
    assert engine.documents[key][1]["title"] == "newer"


async def test_pages_of_hits_walk_forward_and_backward(catalog: SubgraphClient, consumer: Consumer):
    for number in range(5):
        await created(catalog, product(f"Lamp {number}", f"L-{number}"))
    await keep_up(catalog, consumer)
    whole = await found(catalog, "lamp")

    first = (await catalog.data(SEARCH, {"query": "lamp", "first": 2}))["productSearch"]
    after = {"query": "lamp", "first": 2, "after": first["pageInfo"]["endCursor"]}
    second = (await catalog.data(SEARCH, after))["productSearch"]
    before = {"query": "lamp", "last": 2, "before": second["pageInfo"]["startCursor"]}
    back = (await catalog.data(SEARCH, before))["productSearch"]

    assert [node["name"] for node in first["nodes"] + second["nodes"]] == whole[:4]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    assert back["nodes"] == first["nodes"]


async def test_nothing_is_found_before_anything_was_indexed(catalog: SubgraphClient):
    assert await found(catalog, "lamp") == []


async def test_an_engine_that_fails_is_reported_and_the_event_stays_unseen(
    catalog: SubgraphClient, consumer: Consumer, engine: FakeElasticsearch
):
    await created(catalog, product())
    engine.failing = 503

    with pytest.raises(Unavailable):
        await keep_up(catalog, consumer)
    answer = await catalog.answer(SEARCH, {"query": "lamp", "first": 1})
    engine.failing = None
    handled = await keep_up(catalog, consumer)

    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert handled == 1
    assert await found(catalog, "lamp") == ["Oak Lamp"]


async def test_nobody_listening_is_unavailable(catalog: SubgraphClient, search: ElasticsearchSearch):
    search._url = "http://127.0.0.1:1/retailflow-products"

    answer = await catalog.answer(SEARCH, {"query": "lamp", "first": 1})

    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("url", "kind"), [(None, PostgresSearch), ("", PostgresSearch), ("http://127.0.0.1:9200", ElasticsearchSearch)]
)
def test_the_setting_chooses_the_engine(url: str | None, kind: type):
    assert isinstance(build_search(SearchSettings(search_url=url)), kind)
