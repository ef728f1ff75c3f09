"""The public graph in one process: the router over all five subgraphs with a real database, and their events."""

import importlib
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Self
from uuid import UUID

import orjson
from sqlalchemy import text

from cli.ports import CONTEXTS
from kernel.database import Database
from kernel.events import Envelope, EventHandler
from kernel.graphql import Subgraph, SubgraphSettings
from kernel.inbox import handle_once
from kernel.subgraph import GraphQLRequest, JsonObject
from router.app import app_of, create_router
from router.composition import SubgraphSource, compose
from router.execution.transport.in_process import InProcessTransport
from router.settings import RouterSettings
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.tokens import TokenFactory
from tests.fakes.asgi_client import Answer, AsgiClient

PROVIDER = {
    "RETAILFLOW_PAYMENT_SANDBOX_URL": "http://127.0.0.1:1",
    "RETAILFLOW_PAYMENT_SANDBOX_SECRET": "unused",
    "RETAILFLOW_PAYMENT_WEBHOOK_SECRET": "unused",
    "RETAILFLOW_PIN_KEY": "A" * 43,
}
Rows = Mapping[str, tuple[int, str]]


def build_contexts(
    provisioned: ProvisionedDatabase, tokens: TokenFactory, *, bus: str | None = None
) -> dict[str, Subgraph]:
    """The five subgraphs as the product builds them; the environment must hold `PROVIDER`, `bus` is a Redis."""
    contexts: dict[str, Subgraph] = {}
    for name in CONTEXTS:
        settings = SubgraphSettings(
            database_url=provisioned.url(f"{name}_app"),
            pool_size=3,
            issuer="unused",
            jwks_url="unused",
            redis_url=bus,
        )
        contexts[name] = importlib.import_module(f"subgraphs.{name}.app").build_subgraph(settings)
        contexts[name]._verifier = tokens.verifier()
    return contexts


async def asked(subgraph: Subgraph, request: GraphQLRequest, headers: Mapping[str, str]) -> JsonObject:
    """The answer of a subgraph; of a subscription the first one."""
    if not request.query.startswith("subscription"):
        return await subgraph.execute(request, headers)
    async with aclosing(subgraph.subscribe(request, headers)) as results:
        return await anext(results)


def composed(contexts: Mapping[str, Subgraph]) -> str:
    """Their supergraph."""
    sources = [SubgraphSource(name, f"http://{name}.test/graphql", graph.sdl) for name, graph in contexts.items()]
    return compose(sources).supergraph_sdl


class WholeGraph:
    """HTTP in, HTTP out, as a client of the router; `relay` plays outbox relay, bus and consumers."""

    def __init__(self, contexts: Mapping[str, Subgraph], tokens: TokenFactory) -> None:
        settings = RouterSettings()
        router = create_router(settings, composed(contexts), InProcessTransport(contexts), tokens.verifier())
        self.http = AsgiClient(app_of(router, settings))
        self._contexts = contexts
        self._tokens = tokens

    @classmethod
    def over(cls, provisioned: ProvisionedDatabase) -> Self:
        tokens = TokenFactory()
        return cls(build_contexts(provisioned, tokens), tokens)

    def database(self, context: str) -> Database:
        return self._contexts[context].database

    async def post(self, tenant: UUID, body: bytes, *, role: str = "tenant_owner") -> Answer:
        headers = self._tokens.headers(tenant, role)
        headers |= {"content-type": "application/json", "accept": "application/graphql-response+json"}
        headers["content-length"] = str(len(body))
        return await self.http.request("POST", "/graphql", headers, body)

    async def answer(
        self, tenant: UUID, document: str, variables: Mapping[str, Any] | None = None, *, role: str = "tenant_owner"
    ) -> JsonObject:
        """The body of the answer."""
        body = orjson.dumps({"query": document, "variables": variables})
        return (await self.post(tenant, body, role=role)).json()

    async def data(
        self, tenant: UUID, document: str, variables: Mapping[str, Any] | None = None, *, role: str = "tenant_owner"
    ) -> dict[str, Any]:
        """The data; fails on any error, those of users included."""
        answer: Any = await self.answer(tenant, document, variables, role=role)
        assert "errors" not in answer, answer["errors"]
        refusals = [payload.get("userErrors") for payload in answer["data"].values() if isinstance(payload, dict)]
        assert [refusal for refusal in refusals if refusal] == []
        return answer["data"]

    async def relay(self, tenant: UUID) -> None:
        """Hand every event of this tenant to every consumer; those that have seen it do nothing."""
        for publisher in CONTEXTS:
            async with behind_the_api(self.database(publisher), tenant) as session:
                rows = list(await session.scalars(text("SELECT envelope FROM outbox ORDER BY seq")))
            for row in rows:
                await self._deliver(Envelope.model_validate_json(row))

    async def rows(self, *tenants: UUID) -> Rows:
        """Each table's number of rows and a digest of what they hold, by tenant, context and table."""
        held: dict[str, tuple[int, str]] = {}
        for tenant in tenants:
            for context in CONTEXTS:
                async with behind_the_api(self.database(context), tenant) as session:
                    for table in await session.scalars(text(_TABLES)):
                        count, digest = (await session.execute(text(_HELD.format(table=table)))).one()
                        held[f"{tenant} {context}.{table}"] = (count, digest)
        return held

    async def execute_sql(self, tenant: UUID, context: str, statement: str, **values: Any) -> None:
        """Change rows behind the API's back: the passing of time."""
        async with behind_the_api(self.database(context), tenant) as session:
            await session.execute(text(statement), values)

    async def close(self) -> None:
        for context in self._contexts.values():
            await context.shutdown()

    async def _deliver(self, envelope: Envelope) -> None:
        for consumer in CONTEXTS:
            handlers: tuple[EventHandler, ...] = importlib.import_module(f"subgraphs.{consumer}.handlers").HANDLERS
            for handler in handlers:
                if handler.subject == envelope.subject:
                    await handle_once(self.database(consumer), consumer, handler, envelope)


_TABLES = """SELECT quote_ident(table_name) FROM information_schema.tables
  WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
    AND has_table_privilege(quote_ident(table_schema) || '.' || quote_ident(table_name), 'SELECT') ORDER BY 1"""
_HELD = "SELECT count(*), coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '') FROM {table} AS row"
