"""The issuer's keys over HTTP: fetched seldom, followed when they change, kept while the issuer is away (N14)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from kernel.errors import Unauthenticated, Unavailable
from kernel.identity import JwksSource, TokenVerifier
from kernel.ids import uuid7
from tests.factories.tokens import AUDIENCE, ISSUER, TokenFactory

TENANT = uuid7()


class Issuer:
    """Publishes what the test says and counts who asks."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.body: bytes | None = None
        self.status = 200
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.kept_waiting = asyncio.Event()
        self.url = ""

    def publish(self, *factories: TokenFactory) -> None:
        self.published = [{**factory._key.as_dict(private=False)} for factory in factories]

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        if not self.may_answer.is_set():
            self.kept_waiting.set()
        await self.may_answer.wait()
        if self.body is not None:
            return web.Response(body=self.body, status=self.status, content_type="application/json")
        return web.json_response({"keys": self.published}, status=self.status)

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(ISSUER, AUDIENCE, JwksSource(self.url))


class Clock:
    """The monotonic clock of the keys; the loop keeps its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("kernel.identity.time.monotonic", lambda: self.now)


def named(kid: str) -> TokenFactory:
    factory = TokenFactory()
    factory._key = RSAKey.import_key({**factory._key.as_dict(private=True), "kid": kid})
    return factory


def token_of(factory: TokenFactory, subject: str = "ada") -> str:
    claims = jwt.decode(factory.access_token(TENANT, "cashier", subject=subject), factory._key).claims
    return jwt.encode({"alg": "RS256", "kid": factory._key.kid}, claims, factory._key)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    app = web.Application()
    app.router.add_get("/certs", issuer.answer)
    server = TestServer(app)
    await server.start_server()
    issuer.url = str(server.make_url("/certs"))
    yield issuer
    issuer.may_answer.set()
    await server.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_n14_a_flood_of_unknown_key_ids_fetches_once_in_half_a_minute(issuer: Issuer, clock: Clock):
    own = named("own")
    issuer.publish(own)
    verifier = issuer.verifier()
    forged = [jwt.encode({"alg": "RS256", "kid": f"k{i}"}, {"sub": "x"}, own._key) for i in range(1000)]

    outcomes = await asyncio.gather(*map(verifier.verify, forged), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {Unauthenticated}
    assert issuer.asked == 1
    clock.now += 29.9
    await asyncio.gather(*map(verifier.verify, forged), return_exceptions=True)
    assert (issuer.asked, (await verifier.verify(token_of(own))).subject) == (1, "ada")
    clock.now += 0.2
    await asyncio.gather(*map(verifier.verify, forged), return_exceptions=True)
    assert issuer.asked == 2


async def test_n14_new_keys_are_known_and_withdrawn_ones_refused_within_half_a_minute(issuer: Issuer, clock: Clock):
    before, after = named("before"), named("after")
    issuer.publish(before)
    verifier = issuer.verifier()
    await verifier.verify(token_of(before))

    issuer.publish(after)
    clock.now += 30.1

    assert (await verifier.verify(token_of(after))).subject == "ada"
    with pytest.raises(Unauthenticated):
        await verifier.verify(token_of(before, "bob"))
    assert issuer.asked == 2


async def test_a_withdrawn_key_is_noticed_without_an_unknown_one(issuer: Issuer, clock: Clock):
    before = named("before")
    issuer.publish(before)
    verifier = issuer.verifier()
    await verifier.verify(token_of(before))

    issuer.publish()
    clock.now += 30.1

    with pytest.raises(Unauthenticated):
        await verifier.verify(token_of(before, "bob"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", 200),
        (b"[]", 200),
        (b'{"keys": 1}', 200),
        (b'{"keys": [{"kty": "RSA", "n": "!"}]}', 200),
        (b"{}", 500),
        (b"\xff\xfe", 200),
    ],
)
async def test_keys_hold_while_the_issuer_answers_nonsense_and_it_is_asked_no_more_often(
    issuer: Issuer, clock: Clock, body: bytes, status: int
):
    own, other = named("own"), named("other")
    issuer.publish(own)
    verifier = issuer.verifier()
    await verifier.verify(token_of(own))

    issuer.body, issuer.status = body, status
    clock.now += 30.1

    assert (await verifier.verify(token_of(own, "bob"))).subject == "bob"
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await verifier.verify(token_of(other))
    assert issuer.asked == 2


async def test_without_any_keys_nobody_is_let_in_and_waiting_requests_ask_once(issuer: Issuer):
    issuer.status = 503
    verifier, own = issuer.verifier(), named("own")

    outcomes = await asyncio.gather(
        *(verifier.verify(token_of(own, str(i))) for i in range(50)), return_exceptions=True
    )

    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert issuer.asked == 1


async def test_a_slow_issuer_holds_up_one_request_and_not_those_whose_key_is_known(issuer: Issuer, clock: Clock):
    own = named("own")
    issuer.publish(own)
    verifier = issuer.verifier()
    await verifier.verify(token_of(own))
    issuer.may_answer.clear()
    clock.now += 30.1
    waiting = asyncio.create_task(verifier.verify(token_of(own, "first")))
    await issuer.kept_waiting.wait()

    others = await asyncio.gather(*(verifier.verify(token_of(own, f"user-{i}")) for i in range(20)))

    assert (len(others), waiting.done()) == (20, False)
    issuer.may_answer.set()
    assert (await waiting).subject == "first"
    assert issuer.asked == 2


async def test_keys_that_do_not_sign_are_left_out(issuer: Issuer):
    own, encrypting = named("own"), named("encrypting")
    curve = ECKey.generate_key("P-256", {"kid": "curve"}, auto_kid=False)
    issuer.published = [
        {**own._key.as_dict(private=False)},
        {**encrypting._key.as_dict(private=False), "use": "enc", "alg": "RSA-OAEP"},
        {**curve.as_dict(private=False)},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"},
        {"kty": "LATER", "kid": "later", "x": "y"},
    ]
    verifier = issuer.verifier()

    assert (await verifier.verify(token_of(own))).subject == "ada"
    with pytest.raises(Unauthenticated):
        await verifier.verify(token_of(encrypting))
