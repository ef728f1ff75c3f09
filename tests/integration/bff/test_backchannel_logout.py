"""The provider's logout calls: security.md N29 to N39, N41, N42, and N13 for logout tokens."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from cli.development_provider.tokens import LOGOUT_EVENT
from tests.factories.bff import CASHIER, Answer, Browser, Face, Journey, gathered, journey

Claims = dict[str, object]


@pytest.fixture
async def signed_in(world: Journey) -> Browser:
    return await world.signed_in()


@dataclass(frozen=True, slots=True)
class After:
    """An instant as seen when the token is made, not when the tests are collected."""

    seconds: int


async def claims_for(world: Journey, browser: Browser, **changes: object) -> Claims:
    session = await world.session_of(browser)
    now = int(time.time())
    claims: Claims = {
        "iss": world.provider.issuer,
        "aud": world.client_id,
        "sub": session.subject,
        "sid": session.provider_session_id,
        "iat": now,
        "exp": now + 120,
        "jti": f"jti-{time.time_ns()}",
        "events": {LOGOUT_EVENT: {}},
        **changes,
    }
    given = {name: now + value.seconds if isinstance(value, After) else value for name, value in claims.items()}
    return {name: value for name, value in given.items() if value is not None}


def signed(world: Journey, claims: Claims, key: RSAKey | None = None, **header: object) -> str:
    used = key or world.provider.mint._key
    whole = {"alg": "RS256", "typ": "logout+jwt", "kid": world.provider.mint._key.kid} | header
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, claims, used, ["RS256"])


async def assert_refused(world: Journey, browser: Browser, answer: Answer) -> None:
    assert (answer.status, answer.code) == (400, "LOGOUT_TOKEN_INVALID")
    assert answer.headers["cache-control"] == "no-store"
    assert await world.is_alive(browser)


async def test_a_valid_logout_token_ends_the_session(world: Journey, signed_in: Browser):
    answer = await world.post_logout_token(signed(world, await claims_for(world, signed_in)))

    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert not await world.is_alive(signed_in)
    assert (await world.graphql(signed_in)).status == 401


@pytest.mark.parametrize("way", ["nothing", "get", "json", "twice", "query", "empty", "multipart"])
async def test_n29_a_logout_token_comes_alone_in_a_posted_form(world: Journey, signed_in: Browser, way: str):
    token = signed(world, await claims_for(world, signed_in))
    url = f"{world.bff}/auth/backchannel-logout"
    form = {"content-type": "application/x-www-form-urlencoded"}

    match way:
        case "nothing":
            answer = await signed_in.post(url, data="", headers=form)
        case "get":
            answer = await signed_in.get(f"{url}?logout_token={token}")
        case "json":
            answer = await signed_in.post(url, json={"logout_token": token})
        case "twice":
            answer = await signed_in.post(url, data=f"logout_token={token}&logout_token={token}", headers=form)
        case "query":
            answer = await signed_in.post(f"{url}?logout_token={token}", headers=form)
        case "empty":
            answer = await signed_in.post(url, data="logout_token=", headers=form)
        case _:
            body = f'--b\r\nContent-Disposition: form-data; name="logout_token"\r\n\r\n{token}\r\n--b--\r\n'
            answer = await signed_in.post(url, data=body, headers={"content-type": "multipart/form-data; boundary=b"})

    await assert_refused(world, signed_in, answer)


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("n30", {"nonce": "any"}),
        ("n31", {"events": None}),
        ("n31", {"events": {"http://schemas.openid.net/event/other": {}}}),
        ("n31", {"events": [LOGOUT_EVENT]}),
        ("n31", {"events": LOGOUT_EVENT}),
        ("n31", {"events": {LOGOUT_EVENT: True}}),
        ("n32", {"sub": None, "sid": None}),
        ("n32", {"sub": 7}),
        ("n33", {"jti": None}),
        ("n33", {"jti": "x" * 300}),
        ("n34", {"exp": None}),
        ("n34", {"exp": After(3600)}),
        ("n34", {"exp": After(-60)}),
        ("n34", {"exp": "soon"}),
        ("n34", {"iat": None}),
        ("n34", {"iat": After(-600)}),
        ("n34", {"iat": After(600)}),
        ("n36", {"iss": "https://evil.example/realms/retailflow"}),
        ("n36", {"aud": "saga-worker"}),
        ("n36", {"aud": None}),
        ("n36", {"aud": ["saga-worker", "other"]}),
    ],
)
async def test_n30_to_n36_a_wrong_claim_ends_nothing(world: Journey, signed_in: Browser, number: str, changes: Claims):
    answer = await world.post_logout_token(signed(world, await claims_for(world, signed_in, **changes)))

    assert number
    await assert_refused(world, signed_in, answer)


async def test_n33_a_replayed_token_is_refused(world: Journey, signed_in: Browser):
    token = signed(world, await claims_for(world, signed_in, sid="another session"))

    answers = [await world.post_logout_token(token) for _ in range(2)]

    assert answers[0].status == 200
    await assert_refused(world, signed_in, answers[1])


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", None, "logout", "LOGOUT+JWT+x"])
async def test_n35_another_type_is_refused(world: Journey, signed_in: Browser, kind: str | None):
    claims = await claims_for(world, signed_in)
    header = {"alg": "RS256", "kid": world.provider.mint._key.kid} | ({"typ": kind} if kind else {})
    token = jwt.encode(header, claims, world.provider.mint._key, ["RS256"], default_type=None)

    await assert_refused(world, signed_in, await world.post_logout_token(token))


async def test_n35_an_old_keycloaks_type_can_be_allowed(redis_url: str, state_folder):
    async with journey(redis_url, state_folder, logout_token_types=("logout+jwt", "JWT")) as world:
        browser = await world.signed_in()
        token = signed(world, await claims_for(world, browser), typ="JWT")

        answer = await world.post_logout_token(token)

        assert answer.status == 200
        assert not await world.is_alive(browser)


def assembled(world: Journey, algorithm: str, claims: Claims) -> bytes:
    header = {"alg": algorithm, "typ": "logout+jwt", "kid": world.provider.mint._key.kid}
    return b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))


def unsigned(world: Journey, claims: Claims) -> str:
    return assembled(world, "none", claims).decode() + "."


def signed_with_public_key(world: Journey, claims: Claims) -> str:
    body = assembled(world, "HS256", claims)
    seal = hmac.digest(world.provider.mint._key.as_pem(private=False), body, "sha256")
    return (body + b"." + urlsafe_b64encode(seal).rstrip(b"=")).decode()


def signed_by_a_stranger(world: Journey, claims: Claims) -> str:
    return signed(world, claims, RSAKey.generate_key(2048))


def bringing_its_own_key(world: Journey, claims: Claims) -> str:
    stranger = RSAKey.generate_key(2048)
    return signed(world, claims, stranger, kid=None, jwk=stranger.as_dict(private=False))


def with_unknown_key(world: Journey, claims: Claims) -> str:
    return signed(world, claims, RSAKey.generate_key(2048), kid="unknown")


def tampered(world: Journey, claims: Claims) -> str:
    header, _, signature = signed(world, claims).split(".")
    other = signed(world, claims | {"sid": "other"}).split(".")[1]
    return f"{header}.{other}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        signed_with_public_key,
        signed_by_a_stranger,
        bringing_its_own_key,
        with_unknown_key,
        tampered,
        lambda _world, _claims: "not.a.token",
        lambda _world, _claims: "ünïcode",
    ],
)
async def test_n36_a_forged_token_ends_nothing(
    world: Journey, signed_in: Browser, forge: Callable[[Journey, Claims], str]
):
    token = forge(world, await claims_for(world, signed_in))

    await assert_refused(world, signed_in, await world.post_logout_token(token))


async def test_n13_no_other_token_passes_for_a_logout_token(world: Journey, signed_in: Browser):
    session = await world.session_of(signed_in)

    for token in (session.id_token, session.access_token, session.refresh_token):
        await assert_refused(world, signed_in, await world.post_logout_token(token))


async def test_n13_a_logout_token_is_no_access_token(world: Journey, signed_in: Browser):
    claims = await claims_for(world, signed_in, aud="retail-api")
    session = await world.session_of(signed_in)

    for token in (signed(world, claims), session.id_token, session.refresh_token):
        with pytest.raises(Exception, match=r"not valid|not an access token"):
            await world.router.verifier.verify(token)


async def test_n14_a_flood_of_unknown_keys_fetches_the_keys_once_at_most(world: Journey, signed_in: Browser):
    key = RSAKey.generate_key(2048)
    claims = await claims_for(world, signed_in)
    tokens = [signed(world, claims, key, kid=f"unknown-{number}") for number in range(100)]
    fetches = world.traffic.paths["certs"]

    answers = await gathered(*(world.post_logout_token(tokens[number % 100]) for number in range(1000)))

    assert {answer.status for answer in answers} == {400}
    assert world.traffic.paths["certs"] - fetches <= 1


@pytest.fixture(scope="module")
async def replicas(face: Face, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    async with journey(redis_url, tmp_path_factory.mktemp("provider"), face=face, replicas=3) as built:
        yield built


async def test_n37_a_session_ends_in_every_replica(replicas: Journey):
    browser, bystander = await replicas.signed_in(), await replicas.signed_in(CASHIER)
    before = await gathered(*(replicas.graphql(browser, replica=number) for number in range(3)))

    answer = await replicas.post_logout_token(signed(replicas, await claims_for(replicas, browser)), replica=2)
    after = await gathered(*(replicas.graphql(browser, replica=number) for number in range(3)))

    assert answer.status == 200
    assert [one.status for one in before] == [200] * 3
    assert [one.status for one in after] == [401] * 3
    assert (await replicas.graphql(bystander)).status == 200


async def test_n37_a_thousand_sessions_end_in_every_replica_within_a_second(replicas: Journey):
    browser = await replicas.signed_in()
    session = await replicas.session_of(browser)
    store = replicas.parts.store
    cookies = [await store.start(replace(session, browser=f"browser {number}")) for number in range(1000)]
    assert await replicas.is_alive(browser)

    sent_at = time.monotonic()
    answer = await replicas.post_logout_token(signed(replicas, await claims_for(replicas, browser)))
    seconds = time.monotonic() - sent_at
    survivors = [cookie for cookie in cookies if await store.find(cookie) is not None]
    seen = [await _session_at(replicas, cookies[number], number % 3) for number in range(0, 1000, 20)]

    assert answer.status == 200
    assert seconds < 1
    assert survivors == []
    assert {one.status for one in seen} == {401}
    assert not await replicas.is_alive(browser)


async def _session_at(world: Journey, cookie: str, replica: int) -> Answer:
    browser = world.browser()
    browser.cookies[world.session_cookie] = cookie
    return await browser.get(f"{world.bffs[replica]}/auth/session")


async def test_n38_a_token_without_sid_ends_all_sessions_of_the_subject(world: Journey):
    browsers = [await world.signed_in("owner@sakura.example") for _ in range(3)]
    bystander = await world.signed_in(CASHIER)

    await world.post_logout_token(signed(world, await claims_for(world, browsers[0], sid=None)))

    assert [await world.is_alive(browser) for browser in (*browsers, bystander)] == [False, False, False, True]


async def test_n38_the_same_subject_at_another_issuer_stays(world: Journey, signed_in: Browser):
    # of a subject that nobody else is: after its logout it cannot sign in within the same second
    session = replace(await world.session_of(signed_in), subject="somebody")
    here = await world.parts.store.start(session)
    elsewhere = await world.parts.store.start(replace(session, issuer="https://other.test/realms/retailflow"))

    await world.post_logout_token(signed(world, await claims_for(world, signed_in, sub="somebody", sid=None)))

    assert await world.parts.store.find(here) is None
    assert await world.parts.store.find(elsewhere) is not None
    assert await world.is_alive(signed_in)


async def test_n39_a_token_for_one_session_can_end_all_of_the_subject(face: Face, redis_url: str, state_folder):
    async with journey(redis_url, state_folder, face=face, logout_all_on_sid=True) as world:
        browsers, bystander = [await world.signed_in() for _ in range(3)], await world.signed_in(CASHIER)

        await world.post_logout_token(signed(world, await claims_for(world, browsers[0])))

        assert [await world.is_alive(browser) for browser in (*browsers, bystander)] == [False, False, False, True]


async def test_n42_a_provider_session_that_is_reborn_can_sign_in_and_one_that_is_not_cannot(world: Journey):
    browser = await world.signed_in()
    sid = (await world.session_of(browser)).provider_session_id
    late = await world.authorized(browser)
    earlier = await claims_for(world, browser, iat=After(-30))
    await world.post_logout_token(signed(world, earlier))
    ended = await world.graphql(browser)

    reborn = await browser.get(late)
    session = await world.session_of(browser)
    await world.post_logout_token(signed(world, await claims_for(world, browser, iat=After(5))))
    refused = await browser.get(await world.authorized(browser))

    assert (ended.status, reborn.status, refused.status) == (401, 303, 400)
    assert session.provider_session_id == sid
    assert world.session_cookie not in browser.cookies


async def test_n41_an_unknown_session_is_fine(world: Journey, signed_in: Browser):
    answer = await world.post_logout_token(signed(world, await claims_for(world, signed_in, sid="unknown")))

    assert answer.status == 200
    assert await world.is_alive(signed_in)


async def test_the_provider_tells_the_bff_when_a_session_ends(world: Journey, signed_in: Browser):
    session = await world.session_of(signed_in)

    assert await world.provider.end_session(session.provider_session_id)

    assert not await world.is_alive(signed_in)
