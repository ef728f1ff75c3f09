"""ID tokens that a provider, or somebody in its place, signed wrongly: security.md N10 to N12 at the callback."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.factories.bff import Browser, Journey

Claims = dict[str, Any]
Forger = Callable[[RSAKey, Claims], str]


def _encoded(part: object) -> bytes:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")


def _unsigned(key: RSAKey, claims: Claims) -> str:
    return b".".join((_encoded({"alg": "none", "kid": key.kid}), _encoded(claims), b"")).decode()


def _signed_with_the_public_key(key: RSAKey, claims: Claims) -> str:
    body = b".".join((_encoded({"alg": "HS256", "kid": key.kid}), _encoded(claims)))
    return b".".join((body, urlsafe_b64encode(hmac.digest(key.as_pem(private=False), body, "sha256")))).decode()


def _signed(key: RSAKey, claims: Claims, **header: object) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, claims, key, ["RS256"])


def _signed_by_a_stranger(key: RSAKey, claims: Claims) -> str:
    return _signed(RSAKey.generate_key(2048), claims, kid=key.kid)


def _bringing_its_own_key(_key: RSAKey, claims: Claims) -> str:
    stranger = RSAKey.generate_key(2048, auto_kid=True)
    return _signed(stranger, claims, jwk=stranger.as_dict(private=False))


def _with_an_unknown_rule(key: RSAKey, claims: Claims) -> str:
    header = {"alg": "RS256", "kid": key.kid, "crit": ["unknown"], "unknown": True}
    body = b".".join((_encoded(header), _encoded(claims)))
    seal = key.get_op_key("sign").sign(body, PKCS1v15(), SHA256())
    return b".".join((body, urlsafe_b64encode(seal).rstrip(b"="))).decode()


def _saying(**changes: object) -> Forger:
    def forge(key: RSAKey, claims: Claims) -> str:
        whole = claims | changes
        return _signed(key, {name: value for name, value in whole.items() if value is not None})

    return forge


def _at(**seconds: int) -> Forger:
    def forge(key: RSAKey, claims: Claims) -> str:
        return _signed(key, claims | {name: int(time.time()) + ahead for name, ahead in seconds.items()})

    return forge


async def _answer_to(world: Journey, browser: Browser, monkeypatch: pytest.MonkeyPatch, forge: Forger) -> int:
    """Sign in while the provider's ID tokens are what `forge` makes of their claims."""
    mint = world.provider.mint
    honest = mint.id_token

    def id_token(*given: Any) -> str:
        return forge(mint._key, jwt.decode(honest(*given), mint._key, ["RS256"]).claims)

    monkeypatch.setattr(mint, "id_token", id_token)
    answer = await browser.get(await world.authorized(browser))
    return answer.status


async def test_an_honest_token_signs_in(world: Journey, browser: Browser, monkeypatch: pytest.MonkeyPatch):
    assert await _answer_to(world, browser, monkeypatch, _signed) == 303


@pytest.mark.parametrize(
    "forge",
    [_unsigned, _signed_with_the_public_key, _signed_by_a_stranger, _bringing_its_own_key, _with_an_unknown_rule],
)
async def test_n10_a_forged_id_token_signs_nobody_in(
    world: Journey, browser: Browser, monkeypatch: pytest.MonkeyPatch, forge: Forger
):
    assert await _answer_to(world, browser, monkeypatch, forge) == 400
    assert world.session_cookie not in browser.cookies


@pytest.mark.parametrize(
    "forge",
    [
        _saying(iss="https://evil.example/realms/retailflow"),
        _saying(aud="saga-worker"),
        _saying(aud=["saga-worker", "another"]),
        _saying(azp="saga-worker"),
    ],
    ids=["issuer", "audience", "audiences without us", "authorized party"],
)
async def test_n11_an_id_token_for_somebody_else_signs_nobody_in(
    world: Journey, browser: Browser, monkeypatch: pytest.MonkeyPatch, forge: Forger
):
    assert await _answer_to(world, browser, monkeypatch, forge) == 400
    assert world.session_cookie not in browser.cookies


@pytest.mark.parametrize(
    "forge",
    [_at(exp=-65), _at(nbf=3600), _at(iat=3600), _at(iat=-86_400), _saying(exp=None), _saying(iat="now")],
    ids=["expired", "not yet", "from the future", "of yesterday", "without an end", "without a time"],
)
async def test_n12_an_id_token_of_another_time_signs_nobody_in(
    world: Journey, browser: Browser, monkeypatch: pytest.MonkeyPatch, forge: Forger
):
    assert await _answer_to(world, browser, monkeypatch, forge) == 400
    assert world.session_cookie not in browser.cookies
