"""Live events of the bus: from now on, of one's own tenant, and never more than a watcher can take."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from redis.asyncio import Redis

from cli.embedded.redis import RedisServer
from kernel.bus import LiveEvents, RedisStreams
from kernel.bus.live import Fallen
from kernel.clock import utcnow
from kernel.errors import Unavailable
from kernel.events import Actor, Envelope
from kernel.ids import uuid7

SUBJECT, OTHER = "retail.livetest.changed.v1", "retail.livetest.ended.v1"


def fact(tenant: UUID, subject: str = SUBJECT) -> Envelope:
    return Envelope(
        id=uuid7(),
        subject=subject,
        tenant_id=tenant,
        occurred_at=utcnow(),
        key=uuid7(),
        correlation_id="test",
        actor=Actor(service="test"),
        data={},
    )


@pytest.fixture
async def bus(redis_server: RedisServer) -> AsyncIterator[RedisStreams]:
    client = Redis.from_url(redis_server.url_of(6))
    yield RedisStreams(client)
    await client.flushdb()
    await client.aclose()


@pytest.fixture
async def live(redis_server: RedisServer) -> AsyncIterator[LiveEvents]:
    events = LiveEvents.at(redis_server.url_of(6))
    yield events
    await events.close()


async def published(bus: RedisStreams, *facts: Envelope) -> None:
    await bus.publish([one.model_dump_json(by_alias=True) for one in facts])


async def test_a_watcher_gets_what_is_published_from_now_on_of_its_tenant_and_subjects(
    bus: RedisStreams, live: LiveEvents
):
    ours, theirs = uuid7(), uuid7()
    before, wanted = fact(ours), fact(ours)
    await published(bus, before)

    async with live.of(ours, [SUBJECT]) as events:
        await published(bus, fact(theirs), fact(ours, OTHER), wanted)
        first = await anext(events)

    assert first == wanted


async def test_all_watchers_of_a_process_share_one_reader_and_the_last_one_stops_it(
    bus: RedisStreams, live: LiveEvents
):
    tenant, one = uuid7(), fact(uuid7())
    one = one.model_copy(update={"tenant_id": tenant})
    async with live.of(tenant, [SUBJECT]) as first, live.of(tenant, [SUBJECT, OTHER]) as second:
        reading = live._reading
        await published(bus, one)
        both = [await anext(first), await anext(second)]
    assert reading is not None
    await asyncio.wait_for(reading, 5)

    # who comes afterwards begins anew
    async with live.of(tenant, [SUBJECT]) as third:
        await published(bus, later := fact(tenant))
        assert await anext(third) == later
    assert both == [one, one]


async def test_a_watcher_that_is_too_slow_is_told_after_what_it_still_had(bus: RedisStreams, live: LiveEvents):
    tenant = uuid7()
    facts = [fact(tenant) for _ in range(70)]

    async with live.of(tenant, [SUBJECT]) as slow, live.of(tenant, [SUBJECT]) as quick:
        await published(bus, *facts[:40])
        taken = [await anext(quick) for _ in range(40)]
        await published(bus, *facts[40:])
        taken += [await anext(quick) for _ in range(30)]
        had = [await anext(slow) for _ in range(64)]
        with pytest.raises(Fallen):
            await anext(slow)

    assert taken == facts
    assert had == facts[:64]


async def test_an_event_that_nobody_can_read_stops_no_watcher(
    bus: RedisStreams, live: LiveEvents, monkeypatch: pytest.MonkeyPatch
):
    tenant, wanted = uuid7(), fact(uuid7())
    wanted = wanted.model_copy(update={"tenant_id": tenant})
    spread = live._spread

    def once_broken(found: object) -> None:
        if found:
            monkeypatch.setattr(live, "_spread", spread)
            spread(found)
            raise AttributeError("odd")

    monkeypatch.setattr(live, "_spread", once_broken)
    async with live.of(tenant, [SUBJECT]) as events:
        await published(bus, fact(tenant))
        await anext(events)
        await published(bus, wanted)

        assert await anext(events) == wanted


async def test_without_a_bus_there_is_nothing_to_watch():
    live = LiveEvents.at("redis://127.0.0.1:1/0")

    with pytest.raises(Unavailable):
        async with live.of(uuid7(), [SUBJECT]):
            pass
    await live.close()
