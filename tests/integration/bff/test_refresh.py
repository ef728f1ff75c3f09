"""Renewal of access tokens: security.md N24 to N27, N40."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.factories.bff import Face, Journey, gathered, journey


@pytest.fixture(scope="module")
async def replicas(face: Face, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider"), face=face, replicas=3) as built:
        yield built


async def test_n24_a_hundred_requests_over_three_replicas_make_one_token_call(replicas: Journey):
    browser = await replicas.signed_in()
    # a replica of the POS BFF also gets a token of its own, once
    await gathered(*(replicas.graphql(browser, replica=number) for number in range(3)))
    before = await replicas.expire_access_token(browser)
    calls = replicas.traffic.paths["token"]

    answers = await gathered(*(replicas.graphql(browser, replica=number % 3) for number in range(100)))

    after = await replicas.session_of(browser)
    assert {answer.status for answer in answers} == {200}
    assert replicas.traffic.paths["token"] - calls == 1
    assert after.refresh_token != before.refresh_token


async def test_n25_a_replica_that_dies_after_the_rotation_leaves_no_living_family(world: Journey):
    browser = await world.signed_in()
    lost = await world.expire_access_token(browser)
    rotated = await world.token_request(grant_type="refresh_token", refresh_token=lost.refresh_token)
    assert rotated.status == 200

    answer = await world.graphql(browser)

    newest = await world.token_request(grant_type="refresh_token", refresh_token=rotated.json()["refresh_token"])
    assert answer.status == 401
    assert not await world.is_alive(browser)
    assert (newest.status, newest.json()["error"]) == (400, "invalid_grant")


async def test_n25_the_claim_of_a_dead_replica_runs_out(world: Journey):
    browser = await world.signed_in()
    await world.expire_access_token(browser)
    assert await world.parts.store.try_lock(browser.cookies[world.session_cookie], 1) is not None

    answer = await world.graphql(browser)

    assert answer.status == 200


async def test_n26_use_of_a_stolen_refresh_token_ends_the_session(world: Journey):
    browser = await world.signed_in()
    stolen = await world.expire_access_token(browser)
    assert (await world.graphql(browser)).status == 200

    theft = await world.token_request(grant_type="refresh_token", refresh_token=stolen.refresh_token)

    assert (theft.status, theft.json()["error"]) == (400, "invalid_grant")
    assert (await world.graphql(browser)).status == 401


async def test_n27_a_dead_refresh_token_ends_the_session(world: Journey):
    browser = await world.signed_in()
    session = await world.expire_access_token(browser)
    world.provider.ledger._kept.families.pop(session.refresh_token.partition(".")[0])

    answer = await world.graphql(browser)

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert not await world.is_alive(browser)


@pytest.mark.parametrize("status", [500, 502, 503, 401, 429])
async def test_n27_an_outage_of_the_provider_ends_no_session(world: Journey, status: int):
    browser = await world.signed_in()
    await world.expire_access_token(browser)
    world.traffic.outage = status

    during = await world.graphql(browser)
    world.traffic.outage = None
    after = await world.graphql(browser)

    assert (during.status, during.code) == (503, "UNAVAILABLE")
    assert after.status == 200


async def test_n27_a_token_that_is_still_good_is_used_during_an_outage(world: Journey):
    browser = await world.signed_in()
    await world.expire_access_token(browser, seconds_ago=-20)
    world.traffic.outage = 503

    answer = await world.graphql(browser)

    world.traffic.outage = None
    assert answer.status == 200


@pytest.mark.parametrize("way", ["here", "at the provider"])
async def test_n40_a_logout_during_a_renewal_is_not_undone(world: Journey, way: str):
    browser = await world.signed_in()
    cookie = browser.cookies[world.session_cookie]
    session = await world.expire_access_token(browser)
    world.traffic.answer_waits.clear()
    release = world.traffic.held_back = asyncio.Event()
    request = asyncio.create_task(world.graphql(browser))
    await world.traffic.answer_waits.wait()

    if way == "here":
        await browser.post(f"{world.bff}/auth/logout", headers={"x-retail-csrf": "1"})
    else:
        await world.provider.end_session(session.provider_session_id)
    world.traffic.held_back = None
    release.set()
    answer = await request

    assert answer.status == 401
    assert await world.parts.store.find(cookie) is None
    assert [
        one for one in world.provider.ledger._kept.families.values() if one.sid == session.provider_session_id
    ] == []


async def test_a_request_that_is_cancelled_does_not_cancel_the_renewal(world: Journey):
    browser = await world.signed_in()
    before = await world.expire_access_token(browser)
    world.traffic.answer_waits.clear()
    release = world.traffic.held_back = asyncio.Event()
    gone = asyncio.create_task(world.parts.sessions.find(browser.cookies[world.session_cookie]))
    await world.traffic.answer_waits.wait()

    gone.cancel()
    world.traffic.held_back = None
    release.set()
    answer = await world.graphql(browser)

    assert answer.status == 200
    assert (await world.session_of(browser)).refresh_token != before.refresh_token
