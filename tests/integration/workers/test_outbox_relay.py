import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.bus import RedisStreams
from kernel.clock import utcnow
from kernel.database import Database, Transaction
from kernel.events import Envelope, EventHandler
from kernel.identity import Principal
from kernel.ids import uuid7
from kernel.outbox import mark_published
from subgraphs.identity.events import UserDeleted
from tests.factories.databases import ProvisionedDatabase
from workers.event_consumers import Consumer, run_consumers
from workers.outbox_relay import OutboxRelay


@pytest.fixture
async def app_role(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app")
    yield database
    await database.close()


@pytest.fixture
async def worker_role(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_worker")
    async with database.across_tenants() as session:  # other tests' events are not this test's
        await session.execute(text("UPDATE outbox SET published_at = now()"))
    yield database
    await database.close()


@pytest.fixture
async def bus(redis_server: Any) -> AsyncIterator[RedisStreams]:
    client = Redis.from_url(redis_server.url)
    streams = RedisStreams(client, prefix=f"test-{secrets.token_hex(4)}")
    await streams.missing_since()
    await streams.mark_as_complete()  # so that the relay does not replay other tests' events
    yield streams
    await client.aclose()


def service() -> Principal:
    return Principal("test", uuid7(), frozenset({"service"}), client_id="test")


async def publish(app_role: Database, principal: Principal, count: int = 1) -> None:
    async with app_role.transaction(principal) as tx:
        tx.publish(*(UserDeleted(user_id=uuid7()) for _ in range(count)))


async def test_a_committed_event_takes_effect_once_even_if_it_is_relayed_twice(
    app_role: Database,
    worker_role: Database,
    bus: RedisStreams,
    provisioned_database: ProvisionedDatabase,
):
    principal = service()
    handled: list[Envelope] = []
    stop = asyncio.Event()

    async def handle(_tx: Transaction, envelope: Envelope) -> None:
        if envelope.tenant_id == principal.tenant_id:
            handled.append(envelope)
        if len(handled) == 3:
            stop.set()

    relay = OutboxRelay({"identity": worker_role}, bus, provisioned_database.url("identity_worker"))
    await publish(app_role, principal, 2)
    assert await relay.relay_once(worker_role) == 2
    async with worker_role.across_tenants() as session:
        again = text("UPDATE outbox SET published_at = NULL WHERE tenant_id = :tenant")
        await session.execute(again, {"tenant": principal.tenant_id})
    await publish(app_role, principal)
    await relay.relay_once(worker_role)

    consumer = Consumer("test", (EventHandler(UserDeleted.subject, handle),), app_role)
    async with asyncio.timeout(10):
        await run_consumers([consumer], [], bus, stop)

    assert len({envelope.id for envelope in handled}) == len(handled) == 3


class LostDatabase(Database):
    """A database that goes away when it is asked for the first time."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._is_lost = True

    @asynccontextmanager
    async def across_tenants(self) -> AsyncGenerator[AsyncSession]:
        if self._is_lost:
            self._is_lost = False
            raise ConnectionRefusedError
        async with super().across_tenants() as session:
            yield session


async def test_a_replay_cut_off_by_a_lost_database_is_begun_again(
    app_role: Database, worker_role: Database, bus: RedisStreams, provisioned_database: ProvisionedDatabase
):
    await publish(app_role, service(), 2)
    lost = LostDatabase(provisioned_database.url("identity_worker"))
    relay = OutboxRelay({"identity": lost}, bus, "")
    await relay.relay_once(worker_role)
    await bus._redis.delete(f"{bus._prefix}.epoch")

    with pytest.raises(ConnectionRefusedError):
        await relay.replay_what_is_missing()

    assert await relay.replay_what_is_missing() is True
    assert await relay.relay_once(lost) >= 2
    assert await relay.replay_what_is_missing() is False
    await lost.close()


@pytest.mark.parametrize(("hours", "replayed"), [(-1, 2), (1, 0)])
async def test_a_restarted_bus_is_given_again_what_it_got_since_its_last_mark(  # noqa: PLR0917 - fixtures
    hours: int, replayed: int, app_role: Database, worker_role: Database, bus: RedisStreams
):
    await publish(app_role, service(), 2)
    relay = OutboxRelay({"identity": worker_role}, bus, "")
    await relay.relay_once(worker_role)
    async with worker_role.across_tenants() as session:  # other tests' events are older
        earlier = text("UPDATE outbox SET published_at = now() - interval '1 day' WHERE created_at < :start")
        start = await session.scalar(text("SELECT max(created_at) FROM outbox"))
        await session.execute(earlier, {"start": start})
    mark = (utcnow() + timedelta(hours=hours)).isoformat()
    await bus._redis.set(f"{bus._prefix}.epoch", f"{'0' * 40} {mark}")

    assert await relay.replay_what_is_missing() is True

    assert await relay.relay_once(worker_role) == replayed
    assert await relay.replay_what_is_missing() is False


class BrokenDatabase(Database):
    """Fails in a way nobody foresaw."""

    @asynccontextmanager
    async def across_tenants(self) -> AsyncGenerator[AsyncSession]:
        raise ZeroDivisionError
        yield


async def test_a_relay_that_breaks_leaves_no_loop_behind(
    worker_role: Database, bus: RedisStreams, provisioned_database: ProvisionedDatabase
):
    url = provisioned_database.url("identity_worker")
    relay = OutboxRelay({"identity": worker_role, "broken": BrokenDatabase(url)}, bus, url)
    before = asyncio.all_tasks()

    with pytest.raises(ExceptionGroup) as failure:
        await relay.run(asyncio.Event())

    assert failure.group_contains(ZeroDivisionError)
    assert asyncio.all_tasks() == before


async def test_marking_rows_as_published_needs_only_the_index_of_the_unpublished(worker_role: Database):
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    async with worker_role.across_tenants() as session:
        connection = await session.connection()
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await mark_published(session, [1, 2, 3])
        [(statement, parameters)] = sent
        plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)

    # the log of published rows grows for ever; its primary key begins with the tenant
    assert "outbox_unpublished" in "\n".join(plan.scalars())


async def test_a_rolled_back_transaction_publishes_nothing(
    app_role: Database, worker_role: Database, bus: RedisStreams
):
    async def publish_then_fail() -> None:
        async with app_role.transaction(service()) as tx:
            tx.publish(UserDeleted(user_id=uuid7()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await publish_then_fail()

    relay = OutboxRelay({"identity": worker_role}, bus, "")
    assert await relay.relay_once(worker_role) == 0


async def test_the_running_relay_hears_the_bell(
    app_role: Database, worker_role: Database, bus: RedisStreams, provisioned_database: ProvisionedDatabase
):
    stop = asyncio.Event()
    seen: list[Envelope] = []

    async def handle(envelope: Envelope) -> None:
        seen.append(envelope)
        stop.set()

    relay = OutboxRelay({"identity": worker_role}, bus, provisioned_database.url("identity_worker"))
    principal = service()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(relay.run(stop))
        group.create_task(bus.consume("test", frozenset({UserDeleted.subject}), handle, stop))
        await publish(app_role, principal)

    assert seen[0].tenant_id == principal.tenant_id
    assert seen[0].actor.service == "test"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tenant SET name = ''",
        "SELECT count(*) FROM pin",
        "SELECT count(*) FROM device",
        "UPDATE \"user\" SET display_name = ''",
        'DELETE FROM "user"',
    ],
)
async def test_the_worker_role_sees_the_outbox_of_all_tenants_but_no_business_table(
    worker_role: Database, statement: str
):
    """People and the names of their tenants are the exception, which account_sync writes into accounts: for reading."""
    async with worker_role.across_tenants() as session:
        await session.execute(text("SELECT count(*) FROM outbox"))
        await session.execute(text('SELECT count(*) FROM "user"'))
        await session.execute(text("SELECT count(*) FROM tenant"))
        with pytest.raises(Exception, match="permission denied"):
            await session.execute(text(statement))
