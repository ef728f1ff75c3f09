"""What our own operations cost: subgraph fetches and SQL statements, exactly, however many rows there are."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from kernel.subgraph import GraphQLRequest, SubgraphHandler
from router.app import create_router
from router.execution.transport import SubgraphAnswer, SubgraphCall
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.settings import RouterSettings
from tests.factories.databases import ProvisionedDatabase
from tests.factories.tokens import TokenFactory
from tests.factories.whole_graph import PROVIDER, build_contexts, composed

OPERATIONS = Path(__file__).parents[2] / "schema" / "operations"
PRODUCTS = 20


class CountingTransport(InProcessTransport):
    """Counts the fetches per subgraph."""

    def __init__(self, handlers: Mapping[str, SubgraphHandler]) -> None:
        super().__init__(handlers)
        self.fetches: Counter[str] = Counter()

    async def fetch(self, call: SubgraphCall) -> SubgraphAnswer:
        self.fetches[call.subgraph] += 1
        return await super().fetch(call)


class Shop:
    """A tenant's view of the whole graph in this process."""

    def __init__(self, router: Router, transport: CountingTransport, headers: dict[str, str]) -> None:
        self.router = router
        self.transport = transport
        self.headers = headers

    async def run(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        self.transport.fetches.clear()
        answer = await self.router.execute(GraphQLRequest(document, variables), self.headers)
        assert "errors" not in answer.body, answer.body
        return answer.body["data"]  # pyright: ignore[reportReturnType]

    async def measure(self, operation: str, variables: dict[str, Any]) -> tuple[dict[str, int], int]:
        """Fetches per subgraph and SQL statements of the second run: the first one fills caches of documents."""
        document = (OPERATIONS / f"{operation}.graphql").read_text()
        await self.run(document, variables)
        with count_statements() as count:
            await self.run(document, variables)
        return dict(self.transport.fetches), count.total


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    for name, value in PROVIDER.items():
        monkeypatch.setenv(name, value)
    tokens = TokenFactory()
    contexts = build_contexts(provisioned_database, tokens)
    transport = CountingTransport(contexts)
    router = create_router(RouterSettings(), composed(contexts), transport)
    yield Shop(router, transport, tokens.headers(uuid7(), "platform_admin", "checkout_saga"))
    for context in contexts.values():
        await context.shutdown()


async def fill(shop: Shop) -> None:
    tenant = """mutation($slug: String!) { tenantCreate(input: {slug: $slug, name: "Costs", currencyCode: "GBP"})
      { userErrors { code message } } }"""
    made = await shop.run(tenant, {"slug": f"costs-{uuid7().hex[-12:]}"})
    assert made["tenantCreate"]["userErrors"] == []
    items = [
        {
            "slug": f"mug-{number}",
            "name": f"Mug {number}",
            "variants": [
                {
                    "sku": f"MUG-{number}-{size}",
                    "name": size,
                    "options": [{"name": "Size", "value": size}],
                    "price": {"amount": "9.50", "currencyCode": "GBP"},
                }
                for size in ("S", "M", "L")
            ],
        }
        for number in range(PRODUCTS)
    ]
    document = """mutation($items: [ProductUpsertInput!]!) { productBulkUpsert(items: $items) {
      count results { userErrors { code message } } } }"""
    upserted = await shop.run(document, {"items": items})
    assert [result["userErrors"] for result in upserted["productBulkUpsert"]["results"]] == [[]] * PRODUCTS


async def test_the_shop_page_costs_three_fetches_and_a_fixed_number_of_statements(shop: Shop):
    await fill(shop)

    small = await shop.measure("web/shop_page", {"first": 2})
    full = await shop.measure("web/shop_page", {"first": 20})

    # identity: fence, tenant; catalog: fence, products, variants; inventory: fence, levels
    assert full == ({"identity": 1, "catalog": 1, "inventory": 1}, small[1])
    assert full[1] == 7


async def test_the_order_history_costs_one_fetch_while_there_are_no_orders(shop: Shop):
    await fill(shop)

    assert await shop.measure("web/order_history", {"first": 10}) == ({"orders": 1}, 2)


async def test_a_search_costs_two_fetches(shop: Shop):
    await fill(shop)

    fetches, statements = await shop.measure("web/product_search", {"query": "mug", "first": 10})

    # the index follows events, which no worker carries here: nothing is found, so nobody is asked for stock
    assert fetches == {"catalog": 1}
    assert statements == 2


async def test_a_till_finds_a_variant_with_two_fetches(shop: Shop):
    await fill(shop)

    # catalog: fence, variant, product; inventory: fence, levels
    assert await shop.measure("pos/variant_by_sku", {"sku": "MUG-3-M"}) == ({"catalog": 1, "inventory": 1}, 5)


async def test_choosing_a_pin_costs_one_fetch(shop: Shop):
    await fill(shop)

    # fence, the person, who is not of this tenant, and why
    assert await shop.measure("pos/till_pin_set", {"input": {"pin": "4711"}}) == ({"identity": 1}, 3)


async def variant_of(shop: Shop, number: int) -> tuple[str, str]:
    """The ids of a filled shop's product and of its first variant."""
    found = await shop.run(
        "query($s: String!) { productBySlug(slug: $s) { id variants { id } } }", {"s": f"mug-{number}"}
    )
    product = found["productBySlug"]
    return product["id"], product["variants"][0]["id"]


async def test_reading_over_rest_costs_as_many_fetches_as_subgraphs_know_of_it(shop: Shop):
    await fill(shop)
    product, variant = await variant_of(shop, 3)
    nowhere = encode_global_id("StockLocation", uuid7())

    # each fetch begins with the fence of the tenant
    assert await shop.measure("rest/profile", {}) == ({"identity": 1}, 2)
    assert await shop.measure("rest/product_list", {"first": 2}) == ({"catalog": 1}, 3)
    assert await shop.measure("rest/product_list", {"first": 20}) == ({"catalog": 1}, 3)
    assert await shop.measure("rest/product_find", {"query": "mug"}) == ({"catalog": 1}, 2)
    assert await shop.measure("rest/product_details", {"id": product}) == ({"catalog": 1, "inventory": 1}, 5)
    assert await shop.measure("rest/order_list", {}) == ({"orders": 1}, 2)
    assert await shop.measure("rest/order_details", {"id": encode_global_id("Order", uuid7())}) == ({"orders": 1}, 2)
    assert await shop.measure("rest/stock_of_variant", {"variantId": variant}) == ({"catalog": 1, "inventory": 1}, 5)
    at = {"variantId": variant, "locationId": nowhere}
    assert await shop.measure("rest/stock_at_location", at) == ({"inventory": 1}, 2)


async def test_writing_over_rest_costs_one_fetch_and_a_repeated_key_less(shop: Shop):
    await fill(shop)
    _, variant = await variant_of(shop, 3)
    once = {"idempotencyKey": uuid7().hex}
    location = """mutation { stockLocationCreate(input: {code: "MAIN", name: "Main", kind: WAREHOUSE}) {
      location { id } } }"""
    made = await shop.run(location, {})
    level = {"variantId": variant, "locationId": made["stockLocationCreate"]["location"]["id"], "quantity": 5}
    price = {"amount": "9.50", "currencyCode": "GBP"}
    order = {"cartId": encode_global_id("Cart", uuid7()), "countryCode": "GB"}

    # measured is the second time: the same key, and a SKU that is taken
    assert await shop.measure("rest/stock_set", {**level, **once}) == ({"inventory": 1}, 4)
    assert await shop.measure("rest/cart_create", {"currencyCode": "GBP", **once}) == ({"orders": 1}, 6)
    assert await shop.measure("rest/order_create", {**order, **once}) == ({"orders": 1}, 3)
    new = {"name": "New", "variants": [{"sku": "NEW", "price": price}]}
    assert await shop.measure("rest/product_create", new) == ({"catalog": 1}, 6)


def test_this_file_measures_every_operation_we_publish():
    measured = set(re.findall(r'measure\("([a-z_/]+)"', Path(__file__).read_text()))

    assert {str(path.relative_to(OPERATIONS).with_suffix("")) for path in OPERATIONS.rglob("*.graphql")} == measured
