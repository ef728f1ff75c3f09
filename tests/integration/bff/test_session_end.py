"""How long a browser stays signed in: security.md N28; the provider says nothing when a session merely expires."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bff.session.model import epoch_seconds
from tests.factories.bff import Browser, Face, Journey, journey

IDLE, ABSOLUTE = 100, 1000


@pytest.fixture(scope="module")
async def brief(face: Face, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    """A BFF whose sessions are short."""
    folder = tmp_path_factory.mktemp("provider")
    async with journey(redis_url, folder, face=face, idle_seconds=IDLE, absolute_seconds=ABSOLUTE) as built:
        yield built


async def seconds_left(world: Journey, browser: Browser) -> int:
    key = world.parts.store._session_key(browser.cookies[world.session_cookie])
    return await world.parts.redis.ttl(key)


async def test_n28_a_session_nobody_uses_ends_and_use_puts_it_off(brief: Journey):
    browser = await brief.signed_in()
    fresh = await seconds_left(brief, browser)
    await brief.parts.redis.expire(brief.parts.store._session_key(browser.cookies[brief.session_cookie]), 5)

    used = await brief.graphql(browser)
    prolonged = await seconds_left(brief, browser)
    await brief.parts.redis.pexpire(brief.parts.store._session_key(browser.cookies[brief.session_cookie]), 0)
    late = await brief.graphql(browser)

    assert IDLE - 5 <= fresh <= IDLE
    assert (used.status, late.status) == (200, 401)
    assert IDLE - 5 <= prolonged <= IDLE


@pytest.mark.parametrize("limit", ["ends_at", "refresh_expires_at"])
async def test_n28_use_never_puts_the_end_off_beyond_the_absolute_one_or_the_refresh_tokens(brief: Journey, limit: str):
    browser = await brief.signed_in()
    session_id = browser.cookies[brief.session_cookie]
    limited = replace(await brief.session_of(browser), **{limit: epoch_seconds() + 20})
    assert await brief.parts.store.replace(session_id, limited)

    used = await brief.graphql(browser)

    assert used.status == 200
    assert 15 <= await seconds_left(brief, browser) <= 20


async def test_n28_a_session_past_its_absolute_end_is_dead_though_redis_still_has_it(brief: Journey):
    browser = await brief.signed_in()
    over = replace(await brief.session_of(browser), ends_at=epoch_seconds() - 1)
    assert await brief.parts.store.replace(browser.cookies[brief.session_cookie], over)

    assert (await brief.graphql(browser)).status == 401
