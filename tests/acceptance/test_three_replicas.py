"""Three processes of each BFF behind a balancer, with a real Keycloak and a real Redis: security.md §1.2 once more.

The numbers are those of docs/operations/negative-tests.md; what needs a provider that misbehaves, or a clock that is
wrong, is tried with the development provider (tests/integration/bff).
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import aiohttp
import pytest

from bff.session.pkce import challenge_of, new_verifier
from tests.factories.bff import CASHIER, CSRF, OWNER, POS, WEB, Answer, Browser, Face
from tests.factories.bff_replicas import Field, three_replicas
from tests.factories.sign_in import SignInWorld

pytestmark = pytest.mark.parametrize("world", [pytest.param("keycloak", marks=pytest.mark.java)], indirect=True)


@pytest.fixture(scope="module", params=[WEB, POS], ids=lambda face: face.kind)
async def field(
    request: pytest.FixtureRequest, world: SignInWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Field]:
    face: Face = request.param
    async with three_replicas(world, face, tmp_path_factory.mktemp(face.kind)) as built:
        yield built
        for username in (OWNER, CASHIER):
            await built.end_sessions_of(username)


@pytest.fixture
def browser(field: Field) -> Browser:
    return field.browser()


def with_parameters(url: str, **changes: str | None) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | changes
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None})).geturl()


def assert_refused(field: Field, answer: Answer, browser: Browser) -> None:
    assert answer.status == 400
    assert field.session_cookie not in browser.cookies


async def test_the_balancer_uses_all_three(field: Field):
    browser = await field.signed_in()

    answers = await asyncio.gather(*(field.graphql(browser) for _ in range(30)))

    assert {answer.status for answer in answers} == {200}
    assert sorted(field.front.served) == sorted(one.port for one in field.replicas)


@pytest.mark.parametrize("state", [None, "not-the-state"])
async def test_n1_a_callback_without_its_state_is_refused(field: Field, browser: Browser, state: str | None):
    callback = await field.authorized(browser)

    assert_refused(field, await browser.get(with_parameters(callback, state=state)), browser)


async def test_n2_an_attackers_sign_in_delivered_to_a_victim_is_refused(field: Field):
    attacker, victim = field.browser(), field.browser()
    delivered = await field.authorized(attacker, CASHIER)
    own = await field.authorized(victim)

    refused = await victim.get(delivered)

    assert_refused(field, refused, victim)
    assert (await victim.get(own)).status == 303
    assert (await field.session_of(victim)).username == OWNER


async def test_n3_a_state_works_once(field: Field, browser: Browser):
    callback = await field.authorized(browser)

    answers = [(await browser.get(callback)).status for _ in range(2)]

    assert answers == [303, 400]


async def test_n4_a_state_is_forgotten(field: Field, browser: Browser):
    callback = await field.authorized(browser)
    redis = field.parts.redis
    for key in await redis.keys("bff:*:login:*"):
        assert 0 < await redis.ttl(key) <= 600
        await redis.delete(key)

    assert_refused(field, await browser.get(callback), browser)


async def test_n5_two_tabs_sign_in_at_once(field: Field, browser: Browser):
    first, second = await field.begun(browser, "/first"), await field.begun(browser, "/second")
    callback = await field.answered(browser, first)
    other = await field.answered(browser, second)

    answers = await asyncio.gather(browser.get(callback), browser.get(other))

    assert [answer.headers["location"] for answer in answers] == ["/first", "/second"]
    assert len(browser.cookies[field.face.login_cookie]) < 4096
    assert (await field.session_of(browser)).username == OWNER


@pytest.mark.parametrize("nonce", [None, "of-another-sign-in"])
async def test_n6_an_id_token_with_another_nonce_is_refused(field: Field, browser: Browser, nonce: str | None):
    callback = await field.answered(browser, with_parameters(await field.begun(browser), nonce=nonce))

    assert_refused(field, await browser.get(callback), browser)


async def test_n7_a_replayed_code_ends_what_was_made_of_it(field: Field, browser: Browser):
    callback = await field.authorized(browser)
    assert (await browser.get(callback)).status == 303
    cookie = browser.cookies[field.session_cookie]
    code = parse_qs(urlsplit(callback).query)["code"][0]

    replay = await field.token(
        grant_type="authorization_code", code=code, redirect_uri=f"{field.bff}/auth/callback", code_verifier="x" * 43
    )
    if await field.lives(cookie):
        await field.expired(browser)

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert await field.at_every_replica(browser) == [401] * 3
    assert not await field.lives(cookie)


async def test_n8_a_code_of_another_challenge_is_refused(field: Field, browser: Browser):
    begun = await field.begun(browser)

    callback = await field.answered(browser, with_parameters(begun, code_challenge=challenge_of(new_verifier())))

    assert_refused(field, await browser.get(callback), browser)


async def test_n8_keycloak_refuses_a_downgrade(field: Field, browser: Browser):
    answer = await browser.get(with_parameters(await field.begun(browser), code_challenge_method="plain"))

    assert parse_qs(urlsplit(answer.location).query)["error"] == ["invalid_request"]


@pytest.mark.parametrize("issuer", [None, "https://evil.example/realms/retailflow"])
async def test_n9_an_answer_of_another_issuer_is_refused(field: Field, browser: Browser, issuer: str | None):
    callback = await field.authorized(browser)

    assert_refused(field, await browser.get(with_parameters(callback, iss=issuer)), browser)


async def test_n9_a_code_of_the_other_bff_is_refused(field: Field, browser: Browser):
    begun = await field.begun(browser)
    other = (POS if field.face is WEB else WEB).client_id
    theirs = with_parameters(begun, client_id=other, redirect_uri=f"{field.world.bff}/auth/callback")
    answered = urlsplit(await field.answered(browser, theirs)).query

    answer = await browser.get(f"{field.bff}/auth/callback?{answered}")

    assert "code=" in answered
    assert_refused(field, answer, browser)


async def test_n15_the_cookie_has_every_protection(field: Field, browser: Browser):
    done = await browser.get(await field.authorized(browser))

    (line,) = [line for line in done.set_cookies if line.startswith(f"{field.session_cookie}=")]
    cookie = SimpleCookie(line)[field.session_cookie]
    assert field.session_cookie.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "lax", "/")
    assert (cookie["domain"], len(cookie.value)) == ("", 43)


async def test_n16_n17_signing_in_changes_the_id_and_ends_what_was_planted(field: Field):
    attacker = await field.signed_in(CASHIER)
    planted = attacker.cookies[field.session_cookie]
    victim = field.browser()
    victim.cookies[field.session_cookie] = planted

    await field.signed_in(OWNER, victim)

    assert victim.cookies[field.session_cookie] != planted
    assert await field.at_every_replica(attacker) == [401] * 3


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)"]
)
async def test_n20_nobody_is_led_to_another_site(field: Field, browser: Browser, wanted: str):
    answer = await browser.get(await field.authorized(browser, return_to=wanted))

    assert (answer.status, answer.headers["location"]) == (303, "/")


async def test_n21_no_token_reaches_the_browser(field: Field):
    browser = await field.signed_in()
    session = await field.session_of(browser)
    for path in ("/", "/auth/session", "/auth/sessions", "/auth/devices"):
        await browser.get(f"{field.bff}{path}")
    await field.graphql(browser)
    await browser.post(f"{field.bff}/auth/logout", headers=CSRF)

    own = [one for one in browser.seen if one.url.startswith(field.bff)]
    shown = [f"{one.url} {one.headers} {one.set_cookies} {one.text}" for one in own]
    tokens = ("eyJ", session.access_token, session.refresh_token or "eyJ", session.id_token or "eyJ")
    assert len(shown) > 7
    assert [text for text in shown for token in tokens if token in text] == []


async def test_n24_a_hundred_requests_at_expiry_renew_once(field: Field):
    browser = await field.signed_in()
    await field.at_every_replica(browser)
    before, renewals = await field.expired(browser), await field.renewals()

    answers = await asyncio.gather(*(field.graphql(browser) for _ in range(100)))

    assert {answer.status for answer in answers} == {200}
    assert await field.renewals() - renewals == 1
    assert (await field.session_of(browser)).refresh_token != before.refresh_token


async def test_n25_a_replica_killed_after_keycloaks_rotation_leaves_no_living_family(field: Field):
    browser = await field.signed_in()
    cookie, killed = browser.cookies[field.session_cookie], field.replicas[1]
    # by itself a POS replica gets a token of its own, too
    assert await field.at_every_replica(browser) == [200] * 3
    lost = await field.expired(browser)
    field.provider_wire.answer_waits.clear()
    release = field.provider_wire.held_back = asyncio.Event()
    request = asyncio.create_task(field.graphql(browser, killed.origin))
    await field.provider_wire.answer_waits.wait()

    await killed.end(signal.SIGKILL)
    with pytest.raises(aiohttp.ClientError):
        await request
    field.provider_wire.held_back = None
    release.set()
    # the claim of the dead one runs out by itself after some seconds
    await field.parts.redis.delete(field.parts.store._lock_key(cookie))
    after = await field.graphql(browser, field.replicas[0].origin)
    await killed.start()

    again = await field.token(grant_type="refresh_token", refresh_token=lost.refresh_token or "")
    assert after.status == 401
    assert not await field.lives(cookie)
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")


async def test_n26_a_stolen_refresh_token_kills_the_session_of_both(field: Field):
    browser = await field.signed_in()
    cookie = browser.cookies[field.session_cookie]
    stolen = await field.expired(browser)
    assert (await field.graphql(browser)).status == 200

    theft = await field.token(grant_type="refresh_token", refresh_token=stolen.refresh_token or "")
    if await field.lives(cookie):
        await field.expired(browser)

    assert (theft.status, theft.json()["error"]) == (400, "invalid_grant")
    assert await field.at_every_replica(browser) == [401] * 3


async def test_n27_an_outage_of_keycloak_ends_no_session(field: Field):
    browser, other = await field.signed_in(), await field.signed_in(CASHIER)
    assert await field.at_every_replica(browser) == [200] * 3
    await field.expired(browser)
    field.provider_wire.is_down = True

    during = await field.at_every_replica(browser)
    unaffected = await field.at_every_replica(other)
    field.provider_wire.is_down = False
    after = await field.at_every_replica(browser)

    assert during == [503] * 3
    assert unaffected == [200] * 3
    assert after == [200] * 3


async def test_n28_a_session_lasts_no_longer_than_its_refresh_token(field: Field):
    browser = await field.signed_in()
    session = await field.session_of(browser)
    key = field.parts.store._session_key(browser.cookies[field.session_cookie])

    left = await field.parts.redis.ttl(key)
    await field.parts.redis.pexpire(key, 0)

    assert session.refresh_expires_at is not None
    assert 0 < left <= session.refresh_expires_at - session.started_at
    assert await field.at_every_replica(browser) == [401] * 3


async def test_n37_a_session_that_is_ended_at_keycloak_is_dead_everywhere_within_a_second(field: Field):
    browser, bystander = await field.signed_in(), await field.signed_in(CASHIER)
    session = await field.session_of(browser)
    assert await field.at_every_replica(browser) == [200] * 3

    await field.world.provider.end_session(session.subject, session.provider_session_id or "")
    ended_at = time.monotonic()
    statuses = await field.at_every_replica(browser)

    assert statuses == [401] * 3
    assert time.monotonic() - ended_at < 1
    assert await field.at_every_replica(bystander) == [200] * 3


async def test_n39_whom_an_administrator_signs_out_is_out_at_the_next_renewal(field: Field):
    browsers, bystander = [await field.signed_in() for _ in range(3)], await field.signed_in(CASHIER)

    await field.world.provider.end_sessions_of((await field.session_of(browsers[0])).subject)
    for browser in (*browsers, bystander):
        if await field.lives(browser.cookies[field.session_cookie]):
            await field.expired(browser)

    assert [(await field.graphql(browser)).status for browser in (*browsers, bystander)] == [401, 401, 401, 200]


async def test_n40_a_logout_during_a_renewal_is_not_undone(field: Field):
    browser = await field.signed_in()
    cookie = browser.cookies[field.session_cookie]
    assert await field.at_every_replica(browser) == [200] * 3
    session = await field.expired(browser)
    field.provider_wire.answer_waits.clear()
    release = field.provider_wire.held_back = asyncio.Event()
    request = asyncio.create_task(field.graphql(browser))
    await field.provider_wire.answer_waits.wait()

    await field.world.provider.end_session(session.subject, session.provider_session_id or "")
    field.provider_wire.held_back = None
    release.set()
    answer = await request

    assert answer.status == 401
    assert not await field.lives(cookie)


async def test_n41_n42_after_a_logout_the_next_sign_in_works(field: Field):
    browser = await field.signed_in()
    session = await field.session_of(browser)
    assert (await browser.post(f"{field.bff}/auth/logout", headers=CSRF)).status == 200
    assert session.provider_session_id not in await field.world.provider.session_ids_of(session.subject)

    await field.signed_in(browser=browser)

    assert await field.at_every_replica(browser) == [200] * 3


async def test_n43_while_redis_does_not_answer_every_replica_refuses(field: Field):
    browser = await field.signed_in()
    asked = len(field.router.requests)
    field.redis.process.send_signal(signal.SIGSTOP)

    try:
        during = await field.at_every_replica(browser)
    finally:
        field.redis.process.send_signal(signal.SIGCONT)
    after = await field.at_every_replica(browser)

    assert during == [503] * 3
    assert after == [200] * 3
    assert len(field.router.requests) == asked + 3


async def test_n44_signing_out_revokes_at_keycloak_and_twice_is_fine(field: Field):
    browser = await field.signed_in()
    session, cookies = await field.session_of(browser), dict(browser.cookies)

    answers = []
    for _ in range(2):
        browser.cookies = dict(cookies)
        answers.append((await browser.post(f"{field.bff}/auth/logout", headers=CSRF)).json()["continue_at"])
    browser.cookies = cookies

    again = await field.token(grant_type="refresh_token", refresh_token=session.refresh_token or "")
    assert answers == ["/auth/signed-out"] * 2
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")
    assert await field.at_every_replica(browser) == [401] * 3
