"""What the worker process is made of: pools, bus, broker, and the client that calls subgraphs."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from dramatiq.brokers.redis import RedisBroker
from redis.asyncio import Redis

from kernel.bus import RedisStreams
from kernel.database import Database
from kernel.graphql import Subgraph, SubgraphSettings
from kernel.service_client import ServiceTokens, SubgraphClient
from subgraphs.catalog import app as catalog
from subgraphs.identity import app as identity
from subgraphs.inventory import app as inventory
from subgraphs.orders import app as orders
from subgraphs.payments import app as payments
from workers.broker import build_broker
from workers.settings import RoleSettings, WorkerSettings

BuildSubgraph = Callable[[SubgraphSettings], Subgraph]
BUILDERS: Final[Mapping[str, BuildSubgraph]] = {
    "identity": identity.build_subgraph,
    "catalog": catalog.build_subgraph,
    "inventory": inventory.build_subgraph,
    "orders": orders.build_subgraph,
    "payments": payments.build_subgraph,
}
#: the workers' own schema: inbox and deliveries of notifications
OWN: Final = "workers"
_CROSSING_POOL: Final = 4
_SAGA_POOL: Final = 16


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """Shared by everything the process runs.

    Attributes:
        saga_client: calls subgraphs with the scopes of a checkout.
        mail_client: calls subgraphs with the scopes of who writes about orders.
        serving: the `<context>_app` role of each context, behind the tenant fence.
        crossing: the `<context>_worker` role of each context: outbox, and the sagas of orders.
        listen_url: where the relay hears of new outbox rows.
    """

    bus: RedisStreams
    broker: RedisBroker
    saga_client: SubgraphClient
    mail_client: SubgraphClient
    serving: Mapping[str, Database]
    crossing: Mapping[str, Database]
    listen_url: str


@asynccontextmanager
async def opened_parts(settings: WorkerSettings) -> AsyncGenerator[WorkerParts]:
    """Open everything, and close it in reverse order."""
    async with AsyncExitStack() as open_parts:
        redis = Redis.from_url(settings.redis_url)  # pyright: ignore[reportUnknownMemberType]
        open_parts.push_async_callback(redis.aclose)
        roles = {name: RoleSettings.for_context(name) for name in (*BUILDERS, OWN)}
        serving = {OWN: _opened(open_parts, roles[OWN].database_url, OWN, _CROSSING_POOL)}
        saga_tokens = ServiceTokens(settings.token_url, "saga-worker", settings.saga_worker_secret)
        mail_tokens = ServiceTokens(settings.token_url, "notification-worker", settings.notification_worker_secret)
        if settings.subgraph_urls:
            keys = settings.caller_keys_of(settings.subgraph_urls)
            saga_client = SubgraphClient.over_http(settings.subgraph_urls, saga_tokens, keys)
            mail_client = SubgraphClient.over_http(settings.subgraph_urls, mail_tokens, keys)
            for name in BUILDERS:
                serving[name] = _opened(open_parts, roles[name].database_url, name, _CROSSING_POOL)
        else:
            subgraphs = await _started_subgraphs(open_parts)
            saga_client = SubgraphClient(subgraphs, saga_tokens)
            mail_client = SubgraphClient(subgraphs, mail_tokens)
            serving |= {name: subgraph.database for name, subgraph in subgraphs.items()}
        open_parts.push_async_callback(saga_client.close)
        open_parts.push_async_callback(mail_client.close)
        crossing = {name: _crossing(open_parts, name, role) for name, role in roles.items()}
        yield WorkerParts(
            bus=RedisStreams(redis),
            broker=build_broker(settings.broker_url),
            saga_client=saga_client,
            mail_client=mail_client,
            serving=serving,
            crossing=crossing,
            listen_url=roles[OWN].worker_database_url,
        )


async def _started_subgraphs(open_parts: AsyncExitStack) -> dict[str, Subgraph]:
    subgraphs: dict[str, Subgraph] = {}
    for name, build in BUILDERS.items():
        subgraphs[name] = build(SubgraphSettings.for_context(name))
    for subgraph in subgraphs.values():
        open_parts.push_async_callback(subgraph.shutdown)
        await subgraph.startup()
    return subgraphs


def _crossing(open_parts: AsyncExitStack, name: str, role: RoleSettings) -> Database:
    pool_size = _SAGA_POOL if name == "orders" else _CROSSING_POOL
    return _opened(open_parts, role.worker_database_url, name, pool_size)


def _opened(open_parts: AsyncExitStack, url: str, name: str, pool_size: int) -> Database:
    database = Database(url, pool_size=pool_size, application_name=f"worker-{name}")
    open_parts.push_async_callback(database.close)
    return database
