"""The public graph in one process with a real database: router, identity, catalog and inventory, and their events."""

from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID

from sqlalchemy import text

from cli.api_client import ApiError
from kernel.database import Database
from kernel.events import Envelope, EventHandler
from kernel.graphql import Subgraph
from kernel.ids import uuid7
from kernel.inbox import handle_once
from kernel.subgraph import GraphQLRequest
from router.composition import SubgraphSource, compose
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.settings import RouterSettings
from subgraphs.catalog.handlers import HANDLERS as CATALOG_HANDLERS
from subgraphs.identity.graphql.schema import build_schema as identity_schema
from subgraphs.inventory.graphql.schema import build_schema as inventory_schema
from subgraphs.inventory.handlers import HANDLERS as INVENTORY_HANDLERS
from tests.factories.catalogue import catalog_client
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.subgraphs import client_of
from tests.factories.tokens import TokenFactory

CONSUMERS: Mapping[str, tuple[EventHandler, ...]] = {"catalog": CATALOG_HANDLERS, "inventory": INVENTORY_HANDLERS}


class ShopGraph:
    """A tenant's client of the graph, with the roles of demo and import. `relay` plays relay, bus and consumers."""

    def __init__(
        self, router: Router, databases: Mapping[str, Database], tokens: TokenFactory, tenant_id: UUID
    ) -> None:
        self._router = router
        self._databases = databases
        self._tokens = tokens
        self.tenant_id = tenant_id
        self.requests: list[str] = []

    @classmethod
    def over(cls, provisioned: ProvisionedDatabase) -> Self:
        databases = {name: provisioned.connect(f"{name}_app") for name in ("identity", "catalog", "inventory")}
        tokens = TokenFactory()
        clients = [
            client_of("identity", identity_schema(), databases["identity"]),
            catalog_client(databases["catalog"]),
            client_of("inventory", inventory_schema(), databases["inventory"]),
        ]
        subgraphs: dict[str, Subgraph] = {client.subgraph.name: client.subgraph for client in clients}
        for subgraph in subgraphs.values():
            subgraph._verifier = tokens.verifier()
        sources = [SubgraphSource(name, f"http://{name}.invalid", graph.sdl) for name, graph in subgraphs.items()]
        router = Router(
            compose(sources).supergraph_sdl, InProcessTransport(subgraphs), RouterSettings(), tokens.verifier()
        )
        return cls(router, databases, tokens, uuid7())

    def for_tenant(self, tenant_id: UUID) -> "ShopGraph":
        return ShopGraph(self._router, self._databases, self._tokens, tenant_id)

    async def execute(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self.requests.append(document.split("(", maxsplit=1)[0].split("{", maxsplit=1)[0].strip())
        headers = self._tokens.headers(None, "service", "demo_setup", "shop_import", subject="importer")
        headers["x-retail-tenant"] = str(self.tenant_id)
        body: Any = (await self._router.execute(GraphQLRequest(document, variables), headers)).body
        if body.get("errors"):
            error = body["errors"][0]
            raise ApiError(error["extensions"]["code"], error["message"])
        return body["data"]

    async def relay(self) -> None:
        """Hand every event of this tenant to every consumer; those that have seen it do nothing."""
        for publisher in ("identity", "catalog"):
            for envelope in await self.published(publisher):
                for consumer, handlers in CONSUMERS.items():
                    for handler in handlers:
                        if handler.subject == envelope.subject:
                            await handle_once(self._databases[consumer], consumer, handler, envelope)

    async def published(self, publisher: str) -> list[Envelope]:
        async with behind_the_api(self._databases[publisher], self.tenant_id) as session:
            rows = await session.scalars(text("SELECT envelope FROM outbox ORDER BY seq"))
            return [Envelope.model_validate_json(row) for row in rows]

    async def run_sql(self, context: str, statement: str) -> None:
        async with behind_the_api(self._databases[context], self.tenant_id) as session:
            await session.execute(text(statement))

    async def create_tenant(self, currency: str = "GBP") -> None:
        await self.execute(
            """mutation($input: TenantCreateInput!) { tenantCreate(input: $input) { userErrors { code } } }""",
            {"input": {"slug": f"t-{self.tenant_id}", "name": "Shop", "currencyCode": currency}},
        )
        await self.relay()

    async def close(self) -> None:
        for database in self._databases.values():
            await database.close()
