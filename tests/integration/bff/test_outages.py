"""The provider down, slow, with new keys or another clock; Redis emptied; cookies that another environment made."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from joserfc.jwk import RSAKey

from cli.embedded.redis import RedisServer, start_redis
from kernel.identity import CLOCK_SKEW_SECONDS
from tests.factories.bff import CASHIER, CSRF, OWNER, POS, Face, Journey, journey

PAGE = {"accept": "text/html"}


@asynccontextmanager
async def with_own_redis(face: Face, tmp_path: Path, *, replicas: int = 1) -> AsyncIterator[Journey]:
    redis = start_redis(tmp_path / "redis", durable=False)
    try:
        async with journey(redis.url, tmp_path, face=face, replicas=replicas) as built:
            yield built
    finally:
        redis.stop()


async def test_while_the_provider_is_down_who_is_signed_in_goes_on(world: Journey):
    browser = await world.signed_in()
    # the router knows the keys from here on
    await world.graphql(browser)
    world.traffic.is_down = True

    answer = await world.graphql(browser)

    world.traffic.is_down = False
    assert answer.status == 200


async def test_a_bff_that_starts_while_the_provider_is_down_says_so_and_recovers(
    face: Face, redis_url: str, tmp_path: Path
):
    async with journey(redis_url, tmp_path, face=face) as world:
        world.traffic.is_down = True
        browser = world.browser()

        refused = await browser.get(f"{world.bff}/auth/login", headers=PAGE)
        unready = await browser.get(f"{world.bff}/health/ready")
        live = await browser.get(f"{world.bff}/health/live")
        world.traffic.is_down = False
        signed_in = await world.signed_in()

        assert (refused.status, refused.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "Not available at the moment" in refused.text
        # no sign-in was begun that could not go on
        assert browser.cookies == {}
        assert (unready.status, live.status) == (503, 200)
        assert (await world.graphql(signed_in)).status == 200


async def test_a_sign_in_that_meets_the_outage_leaves_no_session_and_can_be_repeated(world: Journey):
    browser = world.browser()
    callback = await world.authorized(browser)
    world.traffic.is_down = True

    refused = await browser.get(callback, headers=PAGE)
    world.traffic.is_down = False
    again = await world.signed_in(browser=browser)

    assert refused.status == 503
    assert refused.set_cookies == []
    assert (await world.graphql(again)).status == 200


async def test_who_signs_out_during_the_outage_is_signed_out(world: Journey):
    browser = await world.signed_in()
    held = browser.cookies[world.session_cookie]
    world.traffic.is_down = True

    answer = await browser.post(f"{world.bff}/auth/logout", headers=CSRF)

    world.traffic.is_down = False
    assert answer.status == 200
    assert await world.parts.store.find(held) is None


async def test_a_slow_provider_keeps_only_those_waiting_who_need_it(world: Journey):
    waiting, others = await world.signed_in(), await world.signed_in(CASHIER)
    await world.expire_access_token(waiting)
    world.traffic.held_back, world.traffic.answer_waits = asyncio.Event(), asyncio.Event()
    renewal = asyncio.create_task(world.graphql(waiting))
    await world.traffic.answer_waits.wait()

    answers = [(await world.graphql(others)).status for _ in range(20)]
    is_waiting = not renewal.done()
    world.traffic.held_back.set()
    world.traffic.held_back = None

    assert answers == [200] * 20
    assert is_waiting
    assert (await renewal).status == 200


async def test_new_keys_of_the_provider_are_believed_after_half_a_minute_and_the_old_ones_no_more(
    face: Face, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ahead = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead, time=lambda: time.time() + ahead)
    async with journey(redis_url, tmp_path, face=face) as world:
        await world.signed_in()
        monkeypatch.setattr("kernel.identity.time", clock)
        old = world.provider.mint._key
        monkeypatch.setattr(world.provider.mint, "_key", RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}))
        world.provider.mint._key.ensure_kid()
        at_once = await world.browser().get(await world.authorized(world.browser()))
        ahead = 31.0
        after = await world.signed_in()
        answer = await world.graphql(after)
        monkeypatch.setattr(world.provider.mint, "_key", old)
        ahead = 35.0
        with_the_old_key = await world.browser().get(await world.authorized(world.browser()))

        assert at_once.status == 400
        assert answer.status == 200
        assert with_the_old_key.status == 400


@pytest.mark.parametrize("seconds", [300, -300 - CLOCK_SKEW_SECONDS], ids=["ahead", "behind"])
async def test_n12_a_provider_whose_clock_is_far_off_signs_nobody_in(
    world: Journey, monkeypatch: pytest.MonkeyPatch, seconds: int
):
    browser = world.browser()
    callback = await world.authorized(browser)
    monkeypatch.setattr("cli.development_provider.tokens.time", SimpleNamespace(time=lambda: time.time() + seconds))

    answer = await browser.get(callback)

    assert answer.status == 400
    assert world.session_cookie not in browser.cookies


# five minutes behind, a token expires the moment it is made: the minute of grace is all it has
@pytest.mark.parametrize("seconds", [CLOCK_SKEW_SECONDS - 10, -300], ids=["ahead", "behind"])
async def test_n12_a_clock_that_is_off_by_less_than_a_minute_is_forgiven(
    world: Journey, monkeypatch: pytest.MonkeyPatch, seconds: int
):
    monkeypatch.setattr("cli.development_provider.tokens.time", SimpleNamespace(time=lambda: time.time() + seconds))

    browser = await world.signed_in()

    assert (await world.graphql(browser)).status == 200


async def test_after_redis_was_emptied_everybody_signs_in_again_and_nothing_else_breaks(face: Face, tmp_path: Path):
    async with with_own_redis(face, tmp_path, replicas=2) as world:
        browser = await world.signed_in()
        somebody = world.provider.realm.users[CASHIER]
        logout_token = world.provider.mint.logout_token(somebody, world.client_id, "a-session-of-before")
        begun = world.browser()
        callback = await world.authorized(begun)
        await world.parts.redis.flushall()

        refused = [await world.graphql(browser, replica=replica) for replica in range(2)]
        late = await begun.get(callback)
        told = await world.post_logout_token(logout_token)
        start = await browser.get(f"{world.bff}/")
        again = await world.signed_in(browser=browser)

        assert [(answer.status, answer.code) for answer in refused] == [(401, "UNAUTHENTICATED")] * 2
        assert (late.status, told.status, start.status) == (400, 200, 200)
        assert (await world.graphql(again)).status == 200


async def test_cookies_of_another_environment_are_nobody_here(face: Face, redis_server: RedisServer, tmp_path: Path):
    """Another Redis, the same Redis with another key, and the cookie of the other BFF."""
    async with (
        journey(redis_server.url_of(3), tmp_path / "here", face=face) as here,
        journey(redis_server.url_of(4), tmp_path / "elsewhere", face=face) as elsewhere,
        journey(redis_server.url_of(3), tmp_path / "other key", face=face) as other_key,
    ):
        (await here.signed_in()).cookies.clear()
        statuses = []
        for world in (elsewhere, other_key):
            foreign = await world.signed_in(OWNER if face is not POS else CASHIER)
            visitor = here.browser()
            visitor.cookies = dict(foreign.cookies)
            page = await visitor.get(f"{here.bff}/", headers=PAGE)
            statuses += [(await here.graphql(visitor)).status, page.status]
            # beginning to sign in takes the dead cookie away
            await visitor.get(f"{here.bff}/auth/login")
            assert here.session_cookie not in visitor.cookies
            assert (await world.graphql(foreign)).status == 200

        assert statuses == [401, 200] * 2


@pytest.mark.parametrize("value", ["x", "x" * 4000, "%00", "../../etc", '"quoted"', "ü"])
async def test_a_cookie_of_garbage_is_nobody(world: Journey, value: str):
    visitor = world.browser()
    visitor.cookies[world.session_cookie] = value

    answers = [await world.graphql(visitor), await visitor.get(f"{world.bff}/auth/session")]
    page = await visitor.get(f"{world.bff}/", headers=PAGE)

    assert [answer.status for answer in answers] == [401, 401]
    assert page.status == 200
