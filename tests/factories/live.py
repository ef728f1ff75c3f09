"""A served graph with a bus, and clients that read event streams."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
from redis.asyncio import Redis
from sqlalchemy import text

from kernel.bus import RedisStreams
from kernel.event_stream import results_in
from router.app import app_of, create_router, http_transport
from router.execution.transport import Transport
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.settings import RouterSettings
from tests.factories.databases import behind_the_api
from tests.factories.served import served
from tests.factories.tenant_things import Neighbours
from tests.factories.whole_graph import composed


@dataclass(frozen=True)
class LiveTown:
    """The whole graph behind a router, and its bus; `url` is the router's."""

    town: Neighbours
    router: Router
    url: str
    http: aiohttp.ClientSession
    bus: RedisStreams

    async def publish(self, tenant: UUID, context: str, *subjects: str) -> None:
        """Put what the context wrote into its outbox, of these subjects or all, on the bus."""
        async with behind_the_api(self.town.contexts[context].database, tenant) as session:
            rows = list(await session.scalars(text("SELECT envelope FROM outbox ORDER BY seq")))
        await self.bus.publish([row for row in rows if not subjects or any(f'"{name}"' in row for name in subjects)])

    async def asked(self, tenant: UUID | None, document: str, variables: Mapping[str, Any], *roles: str) -> Any:
        """The open response to a subscription."""
        headers = {"accept": "text/event-stream"}
        if tenant is not None:
            headers |= self.town.tokens.headers(tenant, *(roles or ("tenant_owner",)))
        return await self.http.post(self.url, json={"query": document, "variables": variables}, headers=headers)

    @asynccontextmanager
    async def stream(
        self, tenant: UUID, document: str, variables: Mapping[str, Any], *roles: str
    ) -> AsyncIterator[AsyncGenerator[Any]]:
        """The results of a subscription as a client reads them."""
        async with await self.asked(tenant, document, variables, *roles) as response:
            assert (response.status, response.content_type) == (200, "text/event-stream"), await response.text()
            async with aclosing(results_in(response.content.iter_any(), max_bytes=1_000_000)) as results:
                yield results


@asynccontextmanager
async def live_town(
    town: Neighbours, redis_url: str, urls: Mapping[str, str] | None = None, **settings: Any
) -> AsyncIterator[LiveTown]:
    """The router in this process, over its subgraphs here or behind `urls`."""
    chosen = RouterSettings(**settings)
    wire: Transport = InProcessTransport(town.contexts) if urls is None else http_transport(chosen, urls)
    router = create_router(chosen, composed(town.contexts), wire, town.tokens.verifier())
    redis = Redis.from_url(redis_url)
    async with served(app_of(router, chosen)) as origin, aiohttp.ClientSession() as http:
        yield LiveTown(town, router, f"{origin}/graphql", http, RedisStreams(redis))
    await redis.aclose()
