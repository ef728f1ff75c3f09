"""Drives catalog in tests: documents, typed inputs, and the search index fed as the worker feeds it."""

from functools import partial
from typing import Any

from sqlalchemy import text

from kernel.database import Database
from kernel.events import Envelope, EventHandler
from kernel.inbox import handle_once
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from subgraphs.catalog.graphql.loaders import CatalogContext
from subgraphs.catalog.graphql.schema import build_schema
from subgraphs.catalog.ports import SearchIndex
from tests.factories.databases import behind_the_api
from tests.factories.subgraphs import SubgraphClient, client_of

PRODUCT = "id slug name description status version category { slug } variants { id sku name price { amount } version }"
CREATE = f"""mutation($input: ProductCreateInput!) {{
  productCreate(input: $input) {{ product {{ {PRODUCT} }} userErrors {{ field message code }} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: ProductUpdateInput!, $seen: Int!) {{
  productUpdate(id: $id, input: $input, expectedVersion: $seen) {{
    product {{ {PRODUCT} }} userErrors {{ field message code }} }} }}"""
ARCHIVE = "mutation($id: ID!) { productArchive(id: $id) { product { status version } userErrors { field code } } }"
SET_PRICE = """mutation($id: ID!, $price: MoneyInput!, $key: String!) {
  variantPriceSet(id: $id, price: $price, idempotencyKey: $key) {
    variant { price { amount currencyCode } version product { version } } userErrors { field message code } } }"""
UPSERT = """mutation($items: [ProductUpsertInput!]!, $policy: ErrorPolicy! = REJECT_EVERYTHING) {
  productBulkUpsert(items: $items, errorPolicy: $policy) { count results {
    outcome product { slug version variants { sku price { amount } } } userErrors { field code } } } }"""
CREATE_CATEGORY = """mutation($input: CategoryCreateInput!) {
  categoryCreate(input: $input) { category { id slug name parent { slug } } userErrors { field code } } }"""


def catalog_client(database: Database, search: SearchIndex | None = None, **options: bool) -> SubgraphClient:
    context = partial(CatalogContext, search=search or PostgresSearch())
    return client_of("catalog", build_schema(), database, context, **options)


def gbp(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


def variant(sku: str, amount: str | None = "12.50", **fields: Any) -> dict[str, Any]:
    return {"sku": sku, **({"price": gbp(amount)} if amount is not None else {}), **fields}


def product(name: str = "Oak Lamp", *skus: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "variants": [variant(sku) for sku in skus or ("LAMP-1",)], **fields}


async def created(catalog: SubgraphClient, given: dict[str, Any]) -> dict[str, Any]:
    payload = (await catalog.data(CREATE, {"input": given}))["productCreate"]
    assert payload["userErrors"] == []
    return payload["product"]


async def category(catalog: SubgraphClient, name: str, **fields: Any) -> dict[str, Any]:
    payload = (await catalog.data(CREATE_CATEGORY, {"input": {"name": name, **fields}}))["categoryCreate"]
    assert payload["userErrors"] == []
    return payload["category"]


async def published(catalog: SubgraphClient) -> list[Envelope]:
    """The tenant's events in the order they were raised."""
    async with behind_the_api(catalog.subgraph.database, catalog.tenant_id) as session:
        rows = await session.scalars(text("SELECT envelope FROM outbox ORDER BY seq"))
        return [Envelope.model_validate_json(row) for row in rows]


async def rows_in(catalog: SubgraphClient, table: str) -> int:
    async with behind_the_api(catalog.subgraph.database, catalog.tenant_id) as session:
        return (await session.execute(text(f"SELECT count(*) FROM catalog.{table}"))).scalar_one()


async def deliver(catalog: SubgraphClient, consumer: str, handlers: tuple[EventHandler, ...]) -> int:
    """Give every published event to the consumer, as relay and bus would; how many took effect."""
    by_subject = {handler.subject: handler for handler in handlers}
    effects = [
        await handle_once(catalog.subgraph.database, consumer, by_subject[envelope.subject], envelope)
        for envelope in await published(catalog)
    ]
    return sum(effects)
