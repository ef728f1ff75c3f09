"""Subscriptions as streams of events: passed on as they come, ended with their session. security.md N37."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bff.session.model import epoch_seconds
from bff.session.watch import Ending, Grounds, Watch
from cli.embedded.redis import start_redis
from tests.factories.bff import CASHIER, OWNER, POS, Browser, Face, Journey, journey

NEXT = b'event: next\ndata: {"data":{"stock":1}}\n\n'
COMPLETE = b"event: complete\ndata:\n\n"
IN_TIME = 2.0


def said(code: str, message: str) -> bytes:
    result = f'{{"errors":[{{"message":"{message}","extensions":{{"code":"{code}"}}}}]}}'
    return b"event: next\ndata: " + result.encode() + b"\n\n" + COMPLETE


SIGNED_OUT = said("UNAUTHENTICATED", "the session has ended")


@dataclass
class Feed:
    """What the router says in its streams, and which of them somebody still reads."""

    says: list[asyncio.Queue[bytes]] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    reading: int = 0

    async def parts(self) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.says.append(queue)
        self.reading += 1
        try:
            yield NEXT
            while part := await queue.get():
                yield part
        finally:
            self.reading -= 1
            self.left.set()

    def say(self, part: bytes) -> None:
        for queue in self.says:
            queue.put_nowait(part)


@dataclass
class Stream:
    """One open subscription of a browser."""

    response: aiohttp.ClientResponse

    async def next(self) -> bytes:
        return await self.response.content.readuntil(b"\n\n")

    async def rest(self) -> bytes:
        async with asyncio.timeout(IN_TIME):
            return await self.response.content.read()


@asynccontextmanager
async def live(redis_url: str, folder: Path, face: Face, **settings: Any) -> AsyncIterator[tuple[Journey, Feed]]:
    async with journey(redis_url, folder, face=face, **settings) as world:
        feed = Feed()
        world.router.parts, world.router.parts_type = feed.parts, "text/event-stream"
        try:
            yield world, feed
        finally:
            feed.say(b"")


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def subscribe(world: Journey, browser: Browser, *, replica: int = 0) -> Stream:
            headers = {
                **world.own_headers(browser, "POST", "/graphql"),
                "accept": "text/event-stream",
                "cookie": f"{world.session_cookie}={browser.cookies[world.session_cookie]}",
            }
            asked = world.http.post(
                f"{world.bffs[replica]}/graphql", json={"query": "subscription { stock }"}, headers=headers
            )
            stream = Stream(await stack.enter_async_context(asked))
            if stream.response.status == 200:
                assert await stream.next() == NEXT
            return stream

        yield subscribe


async def test_events_are_passed_on_one_by_one(redis_url: str, tmp_path: Path, face: Face, opened):
    async with live(redis_url, tmp_path, face) as (world, feed):
        stream = await opened(world, await world.signed_in())
        feed.say(b'event: next\ndata: {"da')
        feed.say(b'ta":{"stock":2}}\n\n: still here\n\n')

        assert await stream.next() == b'event: next\ndata: {"data":{"stock":2}}\n\n'
        assert await stream.next() == b": still here\n\n"
        feed.say(COMPLETE)
        feed.say(b"")
        assert await stream.rest() == COMPLETE
        assert {
            name: stream.response.headers.get(name)
            for name in ("content-type", "cache-control", "x-accel-buffering", "content-encoding", "content-length")
        } == {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            "content-encoding": None,
            "content-length": None,
        }
        sent, _ = world.router.requests[-1]
        assert (sent["accept"], sent["accept-encoding"]) == ("text/event-stream", "identity")
        assert "x-retail-deadline-ms" not in sent


async def test_n37_a_backchannel_logout_ends_the_streams_of_every_replica(
    redis_url: str, tmp_path: Path, face: Face, opened
):
    async with live(redis_url, tmp_path, face, replicas=3) as (world, feed):
        victim, neighbour = await world.signed_in(OWNER), await world.signed_in(CASHIER)
        streams = [await opened(world, victim, replica=replica) for replica in range(3)]
        other = await opened(world, neighbour)
        session = await world.session_of(victim)
        user = world.provider.realm.users[session.username]
        token = world.provider.mint.logout_token(user, world.client_id, session.provider_session_id)

        assert (await world.post_logout_token(token, replica=1)).status == 200
        endings = await asyncio.gather(*(stream.rest() for stream in streams))

        assert endings == [SIGNED_OUT] * 3
        feed.say(NEXT)
        assert await other.next() == NEXT
        assert feed.reading == 1


async def test_n37_signing_out_at_one_replica_ends_the_streams_of_the_others(
    redis_url: str, tmp_path: Path, face: Face, opened
):
    async with live(redis_url, tmp_path, face, replicas=3) as (world, feed):
        browser = await world.signed_in()
        streams = [await opened(world, browser, replica=replica) for replica in (1, 2)]
        # half an event is under way
        feed.say(b'event: next\ndata: {"data"')

        await browser.post(f"{world.bff}/auth/logout", headers=world.own_headers(browser, "POST", "/auth/logout"))

        assert await asyncio.gather(*(stream.rest() for stream in streams)) == [SIGNED_OUT] * 2


async def test_n37_a_session_that_times_out_takes_its_streams_with_it(
    redis_url: str, tmp_path: Path, face: Face, opened
):
    async with live(redis_url, tmp_path, face) as (world, _):
        browser = await world.signed_in()
        stream = await opened(world, browser)

        await world.parts.redis.pexpire(world.parts.store.key_of(browser.cookies[world.session_cookie]), 1)

        assert await stream.rest() == SIGNED_OUT


async def test_waiting_for_events_is_no_activity(redis_url: str, tmp_path: Path, face: Face, opened):
    async with live(redis_url, tmp_path, face, refresh_ahead_seconds=100_000) as (world, _):
        browser = await world.signed_in()
        key = world.parts.store.key_of(browser.cookies[world.session_cookie])
        await world.parts.redis.pexpire(key, 60_000)

        await opened(world, browser)

        # not even renewing its tokens, which happened
        assert world.traffic.paths["token"] > 1
        assert 0 < await world.parts.redis.pttl(key) <= 60_000


async def test_n37_a_stream_lives_no_longer_than_the_token_it_was_begun_with(
    redis_url: str, tmp_path: Path, face: Face, opened
):
    async with live(redis_url, tmp_path, face, refresh_ahead_seconds=0) as (world, _):
        browser = await world.signed_in()
        session_id = browser.cookies[world.session_cookie]
        session = await world.session_of(browser)
        await world.parts.store.replace(session_id, replace(session, access_expires_at=epoch_seconds() + 1))

        stream = await opened(world, browser)

        again = said("SUBSCRIBE_AGAIN", "rights are checked anew every few minutes: subscribe again")
        assert await stream.rest() == again
        assert await world.is_alive(browser)


async def test_n37_a_revoked_till_hears_nothing_more(redis_url: str, tmp_path: Path, opened):
    async with live(redis_url, tmp_path, POS) as (world, _):
        browser = await world.signed_in()
        stream = await opened(world, browser)
        assert browser.till is not None

        world.router.devices[browser.till.device_id]["status"] = "REVOKED"

        assert await stream.rest() == SIGNED_OUT


async def test_n37_a_locked_till_hears_nothing_more_and_waiting_keeps_no_till_open(
    redis_url: str, tmp_path: Path, opened
):
    async with live(redis_url, tmp_path, POS) as (world, _):
        browser = await world.signed_in()
        at_work, _who = world.parts.tills.key_at_work(browser.till.device_id, "")
        await world.parts.redis.pexpire(at_work, 60_000)
        stream = await opened(world, browser)
        left = await world.parts.redis.pttl(at_work)

        locked = await browser.post(f"{world.bff}/till/lock", headers=world.own_headers(browser, "POST", "/till/lock"))

        assert locked.status == 204
        assert 0 < left <= 60_000
        assert await stream.rest() == SIGNED_OUT
        refused = await opened(world, browser)
        assert refused.response.status == 423


async def test_n43_without_redis_no_stream_goes_on(tmp_path: Path, face: Face, opened):
    redis = start_redis(tmp_path / "redis", durable=False)
    async with live(redis.url, tmp_path, face) as (world, _):
        stream = await opened(world, await world.signed_in())

        redis.stop()

        unknown = said("UNAVAILABLE", "whether the session goes on is not known at the moment")
        async with asyncio.timeout(2 * IN_TIME):
            assert await stream.response.content.read() == unknown


async def test_who_leaves_frees_everything(redis_url: str, tmp_path: Path, face: Face, opened):
    async with live(redis_url, tmp_path, face, streams_per_session=1) as (world, feed):
        browser = await world.signed_in()
        stream = await opened(world, browser)

        stream.response.close()
        await feed.left.wait()

        assert feed.reading == 0
        assert (await opened(world, browser)).response.status == 200


async def test_a_session_has_no_more_streams_than_it_may(redis_url: str, tmp_path: Path, face: Face, opened):
    async with live(redis_url, tmp_path, face, streams_per_session=2) as (world, feed):
        browser, neighbour = await world.signed_in(OWNER), await world.signed_in(CASHIER)
        for _ in range(2):
            await opened(world, browser)

        refused = await opened(world, browser)
        other = await opened(world, neighbour)
        plain = await browser.get(f"{world.bff}/auth/session")

        assert (refused.response.status, refused.response.headers["retry-after"]) == (429, "10")
        assert b"RATE_LIMITED" in await refused.response.read()
        assert (other.response.status, plain.status) == (200, 200)
        assert feed.reading == 3


async def test_a_replica_has_no_more_streams_than_it_may(redis_url: str, tmp_path: Path, face: Face, opened):
    async with live(redis_url, tmp_path, face, streams_per_replica=1, replicas=2) as (world, _):
        browser, neighbour = await world.signed_in(OWNER), await world.signed_in(CASHIER)
        await opened(world, browser)

        statuses = [(await opened(world, neighbour, replica=replica)).response.status for replica in (0, 1)]

        assert statuses == [429, 200]


async def test_n18_a_stream_is_asked_for_like_anything_else(world: Journey):
    browser = await world.signed_in()
    before = len(world.router.requests)
    headers = {"accept": "text/event-stream"}

    answers = [
        await browser.post(f"{world.bff}/graphql", json={}, headers=headers),
        await world.graphql(world.browser(), headers=headers),
        await world.graphql(browser, headers={**headers, "origin": "https://evil.example"}),
        await browser.get(f"{world.bff}/graphql", headers=headers),
    ]

    assert [answer.status for answer in answers] == [403, 401, 403, 403]
    assert len(world.router.requests) == before


async def test_one_look_is_for_all_streams_together(world: Journey):
    watch = Watch(world.parts.redis, streams_per_session=100, streams_per_replica=100)
    looks = 0

    async def holds() -> bool:
        nonlocal looks
        looks += 1
        return True

    there = {f"watched-{number}": b"here" for number in range(50)}
    await world.parts.redis.mset(there)
    watched = [
        watch.begin_stream(Grounds("one", {name: value}, until=epoch_seconds() + 60, holds=holds))
        for name, value in there.items()
    ]
    before = await getranges(world)
    await world.parts.redis.set("watched-49", "another")
    async with asyncio.timeout(IN_TIME):
        await watched[-1].over.wait()
    after = await getranges(world)
    await watch.close()
    await world.parts.redis.delete(*there)

    assert (after - before, looks) == (50, 49)
    assert [one.ending for one in watched] == [Ending.PROCESS_ENDS] * 49 + [Ending.SESSION_ENDED]


async def getranges(world: Journey) -> int:
    stats = await world.parts.redis.info("commandstats")
    return stats.get("cmdstat_getrange", {"calls": 0})["calls"]
