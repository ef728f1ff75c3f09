import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from kernel.bus import RedisStreams
from kernel.clock import utcnow
from kernel.database import Database
from kernel.events import Actor, Envelope
from kernel.ids import uuid7
from tests.factories.databases import ProvisionedDatabase, behind_the_api

PLACED = "retail.order.created.v1"
PAID = "retail.payment.completed.v1"


@pytest.fixture
async def redis(redis_server: Any) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_server.url)
    yield client
    await client.aclose()


@pytest.fixture
def bus(redis: Redis) -> RedisStreams:
    return RedisStreams(redis, prefix=f"test-{secrets.token_hex(4)}")


def envelope(subject: str = PLACED, **data: object) -> Envelope:
    return Envelope(
        id=uuid7(),
        subject=subject,
        tenant_id=uuid7(),
        occurred_at=utcnow(),
        key=uuid7(),
        correlation_id="c",
        actor=Actor(service="test"),
        data=data,
    )


class Listener:
    """Remembers what it was given; stops the bus after `expected` events."""

    def __init__(self, expected: int, *, failures: int = 0) -> None:
        self.seen: list[UUID] = []
        self.stop = asyncio.Event()
        self._expected = expected
        self._failures = failures

    async def handle(self, event: Envelope) -> None:
        if self._failures:
            self._failures -= 1
            raise ValueError("not now")
        self.seen.append(event.id)
        if len(self.seen) == self._expected:
            self.stop.set()


async def test_events_reach_a_consumer_in_order_and_other_subjects_do_not(bus: RedisStreams):
    events = [envelope() for _ in range(5)]
    others = [envelope("retail.order.confirmed.v1"), envelope(PAID)]
    listener = Listener(expected=5)
    await bus.publish([event.to_json() for event in [*events[:3], *others, *events[3:]]])

    async with asyncio.timeout(10):
        await bus.consume("orders", frozenset({PLACED}), listener.handle, listener.stop)

    assert listener.seen == [event.id for event in events]


async def test_two_groups_each_get_every_event(bus: RedisStreams):
    event = envelope()
    first, second = Listener(expected=1), Listener(expected=1)
    await bus.publish([event.to_json()])

    async with asyncio.timeout(10):
        await asyncio.gather(
            bus.consume("a", frozenset({PLACED}), first.handle, first.stop),
            bus.consume("b", frozenset({PLACED}), second.handle, second.stop),
        )

    assert first.seen == second.seen == [event.id]


async def test_a_failing_handler_is_tried_again(bus: RedisStreams):
    event = envelope()
    listener = Listener(expected=1, failures=2)
    await bus.publish([event.to_json()])

    async with asyncio.timeout(10):
        await bus.consume("orders", frozenset({PLACED}), listener.handle, listener.stop)

    assert listener.seen == [event.id]


async def test_an_event_that_always_fails_is_buried_and_the_next_one_goes_on(bus: RedisStreams, redis: Redis):
    poison, good = envelope(), envelope()
    listener = Listener(expected=1, failures=5)
    await bus.publish([poison.to_json(), good.to_json()])

    async with asyncio.timeout(10):
        await bus.consume("orders", frozenset({PLACED}), listener.handle, listener.stop)

    assert listener.seen == [good.id]
    [(_, buried)] = await redis.xrange(f"{bus._prefix}.dead")
    assert buried[b"reason"] == b"ValueError"
    assert Envelope.model_validate_json(buried[b"envelope"]).id == poison.id


async def test_an_outage_below_is_waited_out_and_never_buries_an_event(bus: RedisStreams, redis: Redis):
    event = envelope()
    listener = Listener(expected=1)
    outages = 7

    async def handle(given: Envelope) -> None:
        nonlocal outages
        if outages:
            outages -= 1
            raise ConnectionRefusedError
        await listener.handle(given)

    await bus.publish([event.to_json()])
    async with asyncio.timeout(20):
        await bus.consume("orders", frozenset({PLACED}), handle, listener.stop)

    assert listener.seen == [event.id]
    assert await redis.xlen(f"{bus._prefix}.dead") == 0


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app")
    yield database
    await database.close()


async def test_a_database_that_shuts_down_is_an_outage_and_never_buries_an_event(
    bus: RedisStreams, redis: Redis, database: Database
):
    event = envelope()
    listener = Listener(expected=1)
    shutdowns = 6

    async def handle(given: Envelope) -> None:
        nonlocal shutdowns
        if shutdowns:
            shutdowns -= 1
            async with behind_the_api(database, given.tenant_id) as session:
                await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        await listener.handle(given)

    await bus.publish([event.to_json()])
    async with asyncio.timeout(20):
        await bus.consume("orders", frozenset({PLACED}), handle, listener.stop)

    assert listener.seen == [event.id]
    assert await redis.xlen(f"{bus._prefix}.dead") == 0


async def test_a_value_the_database_cannot_take_is_no_outage_and_does_not_hold_up_the_next_event(
    bus: RedisStreams, redis: Redis, database: Database
):
    poison, good = envelope(quantity=2**40), envelope(quantity=1)
    listener = Listener(expected=1)

    async def handle(given: Envelope) -> None:
        async with behind_the_api(database, given.tenant_id) as session:
            await session.execute(text("SELECT CAST(:quantity AS integer)"), {"quantity": given.data["quantity"]})
        await listener.handle(given)

    await bus.publish([poison.to_json(), good.to_json()])
    async with asyncio.timeout(10):
        await bus.consume("orders", frozenset({PLACED}), handle, listener.stop)

    assert listener.seen == [good.id]
    assert await redis.xlen(f"{bus._prefix}.dead") == 1


async def test_an_entry_that_is_no_envelope_is_buried_and_the_next_one_goes_on(bus: RedisStreams, redis: Redis):
    good = envelope()
    listener = Listener(expected=1)
    stream = f"{bus._prefix}.order"
    await redis.xadd(stream, {"subject": b"\xff", "envelope": "{}"})
    await redis.xadd(stream, {"subject": PLACED})
    await redis.xadd(stream, {"subject": PLACED, "envelope": b"\xff"})
    await bus.publish([good.to_json()])

    async with asyncio.timeout(10):
        await bus.consume("orders", frozenset({PLACED}), listener.handle, listener.stop)

    assert listener.seen == [good.id]
    buried = await redis.xrange(f"{bus._prefix}.dead")
    assert [fields[b"reason"] for _, fields in buried] == [b"malformed", b"malformed"]


async def test_a_stream_nobody_reads_does_not_grow_for_ever(bus: RedisStreams, redis: Redis):
    await bus.publish([envelope("retail.inventory.stock.out.v1").to_json() for _ in range(300)])
    await redis.xadd(f"{bus._prefix}.dead", {"consumer": "orders", "reason": "x", "envelope": "{}"})

    await bus.trim(most_unread=100)

    assert await redis.xlen(f"{bus._prefix}.inventory") <= 201
    assert await redis.xlen(f"{bus._prefix}.dead") == 1


async def test_trimming_keeps_what_a_group_has_not_finished(bus: RedisStreams, redis: Redis):
    done, waiting = [envelope() for _ in range(300)], envelope()
    fast = Listener(expected=300)
    await bus.publish([event.to_json() for event in done])
    async with asyncio.timeout(10):
        await bus.consume("fast", frozenset({PLACED}), fast.handle, fast.stop)
    await bus.publish([waiting.to_json()])

    await bus.trim()

    slow = Listener(expected=1)
    async with asyncio.timeout(10):
        await bus.consume("fast", frozenset({PLACED}), slow.handle, slow.stop)
    assert slow.seen == [waiting.id]
    assert await redis.xlen(f"{bus._prefix}.order") <= 201


async def test_trimming_an_emptied_stream_waits_for_a_consumer_that_could_not_come_back_yet(
    bus: RedisStreams, redis: Redis
):
    fast, slow = Listener(expected=301), Listener(expected=301)
    is_away = asyncio.Event()

    async def handle(given: Envelope) -> None:
        if not slow.seen and not is_away.is_set():
            is_away.set()
            await fast.stop.wait()
        await slow.handle(given)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(bus.consume("slow", frozenset({PLACED}), handle, slow.stop))
        group.create_task(bus.consume("fast", frozenset({PLACED}), fast.handle, fast.stop))
        first = envelope()
        await bus.publish([first.to_json()])
        await is_away.wait()
        # the slow consumer holds an event when Redis loses everything, and the log is published again
        await redis.delete(f"{bus._prefix}.order")
        again = [envelope() for _ in range(300)]
        await bus.publish([event.to_json() for event in again])
        await fast.stop.wait()
        await bus.trim()

    assert slow.seen == [first.id, *(event.id for event in again)]


async def test_an_emptied_bus_misses_everything_until_it_is_marked_as_complete(bus: RedisStreams, redis: Redis):
    ever = datetime.fromtimestamp(0, UTC)
    assert await bus.missing_since() == ever
    assert await bus.missing_since() == ever

    await bus.mark_as_complete()
    assert await bus.missing_since() is None

    await redis.delete(f"{bus._prefix}.epoch")
    assert await bus.missing_since() == ever


async def test_a_restarted_bus_may_miss_what_came_shortly_before_its_last_mark(bus: RedisStreams, redis: Redis):
    marked_at = utcnow() - timedelta(hours=1)
    await redis.set(f"{bus._prefix}.epoch", f"{'0' * 40} {marked_at.isoformat()}")

    assert await bus.missing_since() == marked_at - timedelta(seconds=30)

    await bus.mark_as_complete()
    assert await bus.missing_since() is None
