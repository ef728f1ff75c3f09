"""The product's own subgraphs over HTTP, with the demo shop in a real database, and an order of a buyer."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cli.demo.loading import load_demo_shop
from kernel.events import Envelope
from kernel.inbox import handle_once
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.product import LUMEN, SAKURA
from tests.factories.served import served
from tests.factories.shopping import CART_CREATE, CHECKOUT
from tests.factories.tokens import TokenFactory
from tests.factories.whole_graph import WholeGraph, build_contexts
from workers.search_index import search_index_consumer

_SKUS = "{ products(first: 3) { nodes { variants { sku } } } }"


@dataclass(frozen=True, slots=True)
class ServedProduct:
    """Where each subgraph listens, and who signs the tokens they accept."""

    urls: Mapping[str, str]
    tokens: TokenFactory


@dataclass(frozen=True, slots=True)
class _TenantApi:
    graph: WholeGraph
    tenant: UUID

    async def execute(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        # user errors are the loader's own business: it waits for what is not known yet
        answer: Any = await self.graph.answer(self.tenant, document, variables, role="demo_setup")
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@asynccontextmanager
async def served_product(provisioned: ProvisionedDatabase) -> AsyncGenerator[ServedProduct]:
    """Serve until the block ends; the environment must hold `PROVIDER`."""
    tokens = TokenFactory()
    contexts = build_contexts(provisioned, tokens)
    async with AsyncExitStack() as running:
        urls = {
            name: f"{await running.enter_async_context(served(context.asgi_app()))}/graphql"
            for name, context in contexts.items()
        }
        await _fill(WholeGraph(contexts, tokens))
        yield ServedProduct(urls, tokens)


async def _fill(graph: WholeGraph) -> None:
    async def relay(_seconds: float = 0) -> None:
        await asyncio.gather(graph.relay(LUMEN), graph.relay(SAKURA))

    await load_demo_shop(lambda tenant: _TenantApi(graph, tenant), lambda _line: None, pause=relay)
    await relay()
    await _index(graph)
    products = (await graph.data(LUMEN, _SKUS))["products"]["nodes"]
    await _order(graph, [product["variants"][0]["sku"] for product in products])
    await _order(graph, [products[0]["variants"][-1]["sku"]])
    await relay()


async def _index(graph: WholeGraph) -> None:
    """What the search worker does."""
    consumer = search_index_consumer(PostgresSearch(), graph.database("catalog"))
    async with behind_the_api(graph.database("catalog"), LUMEN) as session:
        rows = list(await session.scalars(text("SELECT envelope FROM outbox ORDER BY seq")))
    for envelope in map(Envelope.model_validate_json, rows):
        for handler in consumer.handlers:
            if handler.subject == envelope.subject:
                await handle_once(consumer.database, consumer.name, handler, envelope)


async def _order(graph: WholeGraph, skus: Sequence[str]) -> None:
    lines = [{"sku": sku, "quantity": number} for number, sku in enumerate(skus, 1)]
    created = await graph.data(LUMEN, CART_CREATE, {"input": {"currencyCode": "GBP", "lines": lines}})
    cart = created["cartCreate"]["cart"]["id"]
    payment = {"method": "CARD", "token": "tok_approve"}
    checkout = {"email": "buyer@example.test", "countryCode": "GB", "payment": payment}
    await graph.data(LUMEN, CHECKOUT, {"cart": cart, "input": checkout, "key": f"checkout-{cart}"})
