"""The POS BFF over the product's own graph: real router, real subgraphs, real database; people of the realm."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from bff.session.graphql_proxy import DirectUpstream, GraphQLUpstream, UpstreamAnswer
from cli.direct_graph import direct_graph
from kernel.ids import encode_global_id, uuid7
from router.app import create_router, in_process_transport
from router.settings import RouterSettings
from tests.factories.bff import CASHIER, FIRST_STORE, OWNER, POS, Answer, Browser, Journey, journey
from tests.factories.catalogue import catalog_client
from tests.factories.databases import ProvisionedDatabase
from tests.factories.subgraphs import SubgraphClient
from tests.factories.till_device import TillDevice
from tests.factories.tokens import TokenFactory
from tests.factories.whole_graph import PROVIDER, build_contexts, composed

MANAGER = "manager@lumen.example"
STORE = encode_global_id("Store", UUID(FIRST_STORE))
NO_GRAPH = UpstreamAnswer(502, {}, b'{"errors":[{"message":"no graph","extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}')


@dataclass
class WatchedUpstream:
    """The router in this process once there is one; keeps what the BFF asks, and can fail."""

    graph: GraphQLUpstream | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers_left: int | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> UpstreamAnswer:
        assert self.graph is not None
        if self.answers_left is not None:
            if self.answers_left == 0:
                return NO_GRAPH
            self.answers_left -= 1
        self.asked.append(orjson.loads(body))
        return await self.graph.post(body, headers)

    def count(self, name: str) -> int:
        """How often an operation of this name was asked."""
        return sum(f" {name}(" in asked.get("query", "")[:80] for asked in self.asked)


@dataclass
class TillGraph:
    """A shop of its own, its catalogue behind the API, and the BFF's replicas."""

    world: Journey
    upstream: WatchedUpstream
    catalog: SubgraphClient

    def join(self, tenant_id: UUID) -> None:
        """From now on the realm's people sign in as people of this tenant."""
        for username in (OWNER, MANAGER, CASHIER):
            self.world.provider.realm.users[username].attributes["tenant_id"] = [str(tenant_id)]

    async def signed_in_only(self, username: str, browser: Browser | None = None) -> Browser:
        """A session of no till yet; a manager gives a second factor, too."""
        used = browser or self.world.browser()
        assert (await used.get(await self.world.authorized(used, username))).status == 303
        if username == MANAGER:
            assert (await self.world.stepped_up(used)).status == 303
        return used

    async def till(self, tenant_id: UUID | None = None) -> Browser:
        """A till that a manager has just enrolled; nobody is at work there."""
        self.join(tenant_id or self.catalog.tenant_id)
        browser = await self.signed_in_only(MANAGER)
        browser.till = TillDevice(self.world.settings.public_url)
        answer = await self.sent(browser, "/device/enrol", store_id=STORE, name="Till 1")
        assert answer.status == 201, answer.text
        browser.till.learn(answer.json())
        browser.cookies.clear()
        return browser

    async def sent(self, browser: Browser, path: str, replica: int = 0, **body: Any) -> Answer:
        """A POST of the till's page."""
        headers = self.world.own_headers(browser, "POST", path)
        return await browser.post(f"{self.world.bffs[replica]}{path}", json=body, headers=headers)

    async def catalogue(self, browser: Browser, since: str | None = None, replica: int = 0, **headers: str) -> Answer:
        """GET /till/catalogue; headers' names with underscores."""
        sent = self.world.own_headers(browser, "GET", "/till/catalogue")
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        params = {"since": since} if since is not None else {}
        return await browser.get(f"{self.world.bffs[replica]}/till/catalogue", headers=sent, params=params)

    async def asked(self, browser: Browser, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The only root field's data of what the person at work asks."""
        answer = await self.world.graphql(browser, json={"query": document, "variables": variables})
        assert answer.status == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        (found,) = answer.json()["data"].values()
        return found


@asynccontextmanager
async def till_graph(
    provisioned: ProvisionedDatabase, redis_url: str, state_folder: Path, *, replicas: int = 2
) -> AsyncIterator[TillGraph]:
    """See `TillGraph`; whatever it needs from the environment is there for the time being."""
    upstream = WatchedUpstream()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in PROVIDER.items():
            environment.setenv(name, value)
        contexts = build_contexts(provisioned, TokenFactory())
    database = provisioned.connect("catalog_app")
    async with journey(redis_url, state_folder, face=POS, replicas=replicas, upstream=upstream) as world:
        for subgraph in contexts.values():
            subgraph._verifier = world.router.verifier
        settings = RouterSettings()
        router = create_router(
            settings, composed(contexts), in_process_transport(settings, contexts), world.router.verifier
        )
        upstream.graph = DirectUpstream(direct_graph(router))
        yield TillGraph(world, upstream, catalog_client(database).for_tenant(uuid7()))
    for subgraph in contexts.values():
        await subgraph.shutdown()
    await database.close()
