import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from cli.demo.loading import load_demo_shop
from cli.demo.people import people_of
from cli.demo.shops import SHOPS, DemoShop
from kernel.permissions import ROLE_SCOPES, SERVICE_ROLES
from tests.factories.databases import ProvisionedDatabase
from tests.factories.graph import ShopGraph

SUMMARY = """{ tenant { slug currencyCode } users(first: 100) { nodes { keycloakId roles } }
  categories(first: 100) { totalCount } products(first: 100) { totalCount nodes { variants { sku price { amount } } } }
  stockLocations(first: 10) { nodes { code } } stockLevels(first: 1) { totalCount } }"""


class Loader:
    """Loads the demo shops into a graph whose events are relayed whenever the loader waits for them."""

    def __init__(self, graph: ShopGraph) -> None:
        self.graphs = {DemoShop.read(slug).tenant_id: graph.for_tenant(DemoShop.read(slug).tenant_id) for slug in SHOPS}
        self.lines: list[str] = []

    async def load(self) -> None:
        self.lines.clear()
        for graph in self.graphs.values():
            graph.requests.clear()
        await load_demo_shop(self._api_for, self.lines.append, pause=self._relay)

    def _api_for(self, tenant_id: UUID) -> ShopGraph:
        return self.graphs[tenant_id]

    async def _relay(self, _seconds: float) -> None:
        await asyncio.gather(*(graph.relay() for graph in self.graphs.values()))


@pytest.fixture(scope="module")
async def loader(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Loader]:
    graph = ShopGraph.over(provisioned_database)
    made = Loader(graph)
    await made.load()
    yield made
    await graph.close()


@pytest.mark.parametrize("slug", SHOPS)
async def test_each_tenant_has_people_of_each_role_products_and_stock(loader: Loader, slug: str):
    shop = DemoShop.read(slug)
    people = people_of(shop.tenant_id)

    found = await loader.graphs[shop.tenant_id].execute(SUMMARY)

    assert found["tenant"] == {"slug": slug, "currencyCode": shop.currency}
    assert {user["keycloakId"] for user in found["users"]["nodes"]} == {person.id for person in people}
    roles = {role for user in found["users"]["nodes"] for role in user["roles"]}
    assert roles >= ROLE_SCOPES.keys() - SERVICE_ROLES - {"platform_admin", "device"}
    assert (found["products"]["totalCount"], found["categories"]["totalCount"]) == (60, 7)
    assert found["stockLevels"]["totalCount"] == shop.level_count
    assert [location["code"] for location in found["stockLocations"]["nodes"]] == [
        location.code for location in shop.locations
    ]
    variants = [variant for product in found["products"]["nodes"] for variant in product["variants"]]
    assert len(variants) == sum(len(product.variants) for product in shop.products)
    assert all(Decimal(variant["price"]["amount"]) > 0 for variant in variants)


async def test_a_second_start_asks_one_query_per_tenant(loader: Loader):
    await loader.load()

    assert [graph.requests for graph in loader.graphs.values()] == [["query DemoState"]] * 2
    assert sorted(loader.lines) == ["lumen: already there", "sakura: already there"]


async def test_what_is_missing_is_added_and_the_rest_stays(loader: Loader):
    lumen = loader.graphs[DemoShop.read("lumen").tenant_id]
    before = await lumen.execute(SUMMARY)
    events = len(await lumen.published("catalog"))
    remove = (
        "DELETE FROM inventory.stock_level WHERE variant_id = (SELECT variant_id FROM inventory.stock_level LIMIT 1)"
    )
    await lumen.run_sql("inventory", remove)

    await loader.load()

    assert (await lumen.execute(SUMMARY))["stockLevels"] == before["stockLevels"]
    assert len(await lumen.published("catalog")) == events


def test_every_demo_product_has_one_to_four_variants_and_a_story():
    shops = [DemoShop.read(slug) for slug in SHOPS]

    for shop in shops:
        assert len({product.slug for product in shop.products}) == 60
        assert len({variant.sku for product in shop.products for variant in product.variants}) == sum(
            len(product.variants) for product in shop.products
        )
        assert {len(product.variants) for product in shop.products} <= {1, 2, 3, 4}
        assert all(len(product.description) > 15 for product in shop.products)
        assert {location.kind for location in shop.locations} == {"WAREHOUSE", "STORE"}
