"""What comes back from the identity provider: security.md N1 to N9, N20."""

import time
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from bff.session.pkce import challenge_of, new_verifier
from bff.session.redis_access import connect
from cli.development_provider.routes import COOKIE as PROVIDER_COOKIE
from tests.factories.bff import (
    CASHIER,
    OWNER,
    Answer,
    Browser,
    Journey,
    gathered,
)


def with_parameters(url: str, **changes: str | None) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | changes
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


def assert_refused(world: Journey, answer: Answer, browser: Browser) -> None:
    assert answer.status == 400
    assert "Sign-in did not work" in answer.text
    assert world.session_cookie not in browser.cookies


@pytest.mark.parametrize("state", [None, "", "not-the-state", "x" * 5000])
async def test_n1_a_callback_without_its_state_is_refused(world: Journey, browser: Browser, state: str | None):
    callback = await world.authorized(browser)

    answer = await browser.get(with_parameters(callback, state=state))

    assert_refused(world, answer, browser)


async def test_n1_a_doubled_parameter_is_refused(world: Journey, browser: Browser):
    callback = await world.authorized(browser)

    answer = await browser.get(f"{callback}&state=other")

    assert_refused(world, answer, browser)


async def test_n2_an_attackers_sign_in_delivered_to_a_victim_is_refused(world: Journey):
    attacker, victim = world.browser(), world.browser()
    delivered = await world.authorized(attacker, CASHIER)

    answer = await victim.get(delivered)

    assert_refused(world, answer, victim)


async def test_n2_a_victim_who_is_signing_in_himself_is_not_signed_in_as_the_attacker(world: Journey):
    attacker, victim = world.browser(), world.browser()
    delivered = await world.authorized(attacker, CASHIER)
    own = await world.authorized(victim, OWNER)

    refused = await victim.get(delivered)
    assert_refused(world, refused, victim)

    assert (await victim.get(own)).status == 303
    assert (await world.session_of(victim)).username == OWNER


async def test_n3_a_state_works_once(world: Journey, browser: Browser):
    callback = await world.authorized(browser)
    assert (await browser.get(callback)).status == 303
    cookie = browser.cookies[world.session_cookie]

    answer = await browser.get(callback)

    assert answer.status == 400
    assert browser.cookies[world.session_cookie] == cookie
    assert await world.is_alive(browser)


async def test_n4_a_state_is_forgotten_after_ten_minutes(world: Journey, browser: Browser, redis_url: str):
    redis, pattern = connect(redis_url), f"bff:{world.face.kind}:login:*"
    before = set(await redis.keys(pattern))
    callback = await world.authorized(browser)
    (key,) = set(await redis.keys(pattern)) - before

    lifetime = await redis.ttl(key)
    await redis.pexpire(key, 0)
    answer = await browser.get(callback)
    await redis.aclose()

    assert 590 < lifetime <= 600
    assert_refused(world, answer, browser)


async def test_n5_two_tabs_can_sign_in_at_once(world: Journey, browser: Browser):
    first = await browser.get(f"{world.bff}/auth/login?return_to=/first")
    second = await browser.get(f"{world.bff}/auth/login?return_to=/second")
    states = [parse_qs(urlsplit(page.location).query)["state"][0] for page in (first, second)]
    nonces = [parse_qs(urlsplit(page.location).query)["nonce"][0] for page in (first, second)]
    assert len({*states, *nonces}) == 4

    await world.signed_in(browser=browser)  # the provider knows the browser from here on
    callbacks = [(await browser.get(page.location)).location for page in (second, first)]
    answers = [await browser.get(callback) for callback in callbacks]

    assert [answer.headers["location"] for answer in answers] == ["/second", "/first"]
    assert len(browser.cookies[world.login_cookie]) < 4096


async def test_n6_an_id_token_with_another_nonce_is_refused(world: Journey, browser: Browser):
    callback = await world.authorized(browser)
    codes = world.provider.ledger._codes
    codes.update({key: replace(code, nonce="of another sign-in") for key, code in codes.items()})

    answer = await browser.get(callback)

    assert_refused(world, answer, browser)


async def test_n6_an_id_token_without_a_nonce_is_refused(world: Journey, browser: Browser):
    callback = await world.authorized(browser)
    codes = world.provider.ledger._codes
    codes.update({key: replace(code, nonce=None) for key, code in codes.items()})

    answer = await browser.get(callback)

    assert_refused(world, answer, browser)


async def test_n7_a_replayed_code_is_refused_and_ends_the_session_made_from_it(world: Journey, browser: Browser):
    callback = await world.authorized(browser)
    await browser.get(callback)
    code = parse_qs(urlsplit(callback).query)["code"][0]

    replay = await world.token_request(
        grant_type="authorization_code", code=code, redirect_uri=f"{world.bff}/auth/callback", code_verifier="any"
    )

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert not await world.is_alive(browser)


async def test_n8_the_authorization_request_always_carries_an_s256_challenge(world: Journey, browser: Browser):
    begun = await gathered(*(browser.get(f"{world.bff}/auth/login") for _ in range(5)))

    queries = [parse_qs(urlsplit(answer.location).query) for answer in begun]
    assert [query["code_challenge_method"] for query in queries] == [["S256"]] * 5
    assert len({query["code_challenge"][0] for query in queries}) == 5
    assert {len(query["code_challenge"][0]) for query in queries} == {43}


async def test_n8_a_code_asked_for_with_another_challenge_is_refused(world: Journey, browser: Browser):
    begun = await browser.get(f"{world.bff}/auth/login")
    forged = with_parameters(begun.location, code_challenge=challenge_of(new_verifier()))
    await world.signed_in(browser=browser)
    former = browser.cookies.pop(world.session_cookie)

    answer = await browser.get((await browser.get(forged)).location)

    assert_refused(world, answer, browser)
    assert await world.parts.store.find(former) is not None


@pytest.mark.parametrize("method", ["plain", "", None])
async def test_n8_the_provider_refuses_a_downgrade(world: Journey, browser: Browser, method: str | None):
    begun = await browser.get(f"{world.bff}/auth/login")

    answer = await browser.get(with_parameters(begun.location, code_challenge_method=method))

    assert parse_qs(urlsplit(answer.location).query)["error"] == ["invalid_request"]


@pytest.mark.parametrize("issuer", [None, "https://evil.example/realms/retailflow"])
async def test_n9_an_answer_of_another_issuer_is_refused(world: Journey, browser: Browser, issuer: str | None):
    callback = await world.authorized(browser)

    answer = await browser.get(with_parameters(callback, iss=issuer))

    assert_refused(world, answer, browser)


async def test_n9_the_other_bffs_answer_and_its_issuer_are_refused(world: Journey, browser: Browser):
    begun = await browser.get(f"{world.bff}/auth/login")
    other = "pos-bff" if world.client_id == "web-bff" else "web-bff"
    await world.authorized(browser)
    mixed_up = await browser.get(with_parameters(begun.location, client_id=other))

    answer = await browser.get(mixed_up.location)

    assert "code=" in mixed_up.location
    assert_refused(world, answer, browser)


async def test_n9_a_code_issued_to_another_client_is_refused(world: Journey, browser: Browser):
    callback = await world.authorized(browser)
    codes = world.provider.ledger._codes
    codes.update({key: replace(code, client_id="saga-worker") for key, code in codes.items()})

    answer = await browser.get(callback)

    assert_refused(world, answer, browser)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "/%2f%2fevil.example",
        "\t//evil.example",
        "/\t/evil.example",
        "https://bff.example@evil.example/",
        "/page\r\nset-cookie: stolen=1",
        "data:text/html,<script>1</script>",
        "javascript:alert(1)",
    ],
)
async def test_n20_nobody_is_led_to_another_site(world: Journey, browser: Browser, wanted: str):
    answer = await browser.get(await world.authorized(browser, return_to=wanted))

    assert (answer.status, answer.headers["location"]) == (303, "/")


async def test_an_error_of_the_provider_becomes_a_plain_page(world: Journey, browser: Browser):
    callback = await world.authorized(browser)

    answer = await browser.get(with_parameters(callback, code=None, error="access_denied<script>"))

    assert_refused(world, answer, browser)
    assert "<script>" not in answer.text


async def test_a_sign_in_survives_no_logout_that_came_first(
    world: Journey, browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    callback = await world.authorized(browser)
    session = world.provider.ledger.session_of_cookie(browser.cookies[PROVIDER_COOKIE])
    assert session is not None
    user = world.provider.realm.users[OWNER]
    # tokens know seconds only: a logout of the second before would be one of an earlier sign-in
    with monkeypatch.context() as patched:
        patched.setattr("cli.development_provider.tokens.time", SimpleNamespace(time=lambda: time.time() + 10))
        token = world.provider.mint.logout_token(user, world.client_id, session.sid)
    assert (await world.post_logout_token(token)).status == 200

    answer = await browser.get(callback)

    assert_refused(world, answer, browser)
