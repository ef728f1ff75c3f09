"""security.md N6, N10 to N13 for ID tokens."""

import hmac
import json
import time
from base64 import urlsafe_b64encode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from bff.session.id_token import IdTokenRules, validated_id_token
from kernel.errors import Unauthenticated
from kernel.identity import StaticKeys

ISSUER = "https://issuer.test/realms/retailflow"
KEY = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig", "alg": "RS256"}, auto_kid=False)
STRANGER = RSAKey.generate_key(2048, {"kid": "key-1"}, auto_kid=False)
KEYS = StaticKeys(KeySet.import_key_set({"keys": [KEY.as_dict(private=False)]}))
RULES = IdTokenRules(ISSUER, "web-bff", "nonce-1")


def claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    whole: dict[str, object] = {
        "iss": ISSUER,
        "sub": "user-1",
        "aud": "web-bff",
        "azp": "web-bff",
        "iat": now,
        "exp": now + 300,
        "nonce": "nonce-1",
        "sid": "sid-1",
        "name": "Some One",
        "typ": "ID",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: RSAKey = KEY, header: dict[str, object] | None = None, **changes: object) -> str:
    return jwt.encode({"alg": "RS256", "kid": "key-1"} | (header or {}), claims(**changes), key, ["RS256"])


async def test_a_proper_id_token_names_the_person_and_the_session():
    identity = await validated_id_token(signed(), KEYS, RULES)

    assert (identity.subject, identity.provider_session_id, identity.name) == ("user-1", "sid-1", "Some One")


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": None},
        {"nonce": "nonce-2"},
        {"iss": "https://issuer.test/realms/other"},
        {"iss": None},
        {"aud": "pos-bff"},
        {"aud": ["pos-bff", "other"]},
        {"aud": None},
        {"azp": "pos-bff"},
        {"aud": ["web-bff", "pos-bff"], "azp": None},
        {"aud": ["web-bff", "pos-bff"], "azp": "pos-bff"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": None},
        {"exp": int(time.time()) - 61},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"iat": int(time.time()) - 86_400},
        {"nbf": int(time.time()) + 3600},
        {"typ": "Bearer"},
        {"typ": "Logout", "events": {}},
    ],
)
async def test_n6_n11_n12_a_wrong_claim_is_refused(changes: dict[str, object]):
    with pytest.raises(Unauthenticated):
        await validated_id_token(signed(**changes), KEYS, RULES)


async def test_several_audiences_are_fine_if_we_are_the_authorized_party():
    identity = await validated_id_token(signed(aud=["web-bff", "account"]), KEYS, RULES)

    assert identity.subject == "user-1"


async def test_a_clock_that_is_slightly_off_is_tolerated():
    now = int(time.time())

    identity = await validated_id_token(signed(iat=now + 20, exp=now - 20), KEYS, RULES)

    assert identity.issued_at == now + 20


def assembled(header: dict[str, object]) -> bytes:
    return b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims()))


def hs256_with_the_public_key() -> str:
    body = assembled({"alg": "HS256", "kid": "key-1"})
    seal = hmac.digest(KEY.as_pem(private=False), body, "sha256")
    return (body + b"." + urlsafe_b64encode(seal).rstrip(b"=")).decode()


def unsigned() -> str:
    return assembled({"alg": "none", "kid": "key-1"}).decode() + "."


def other_algorithm() -> str:
    same_key = RSAKey.import_key(KEY.as_pem(private=True))
    return jwt.encode({"alg": "PS256", "kid": "key-1"}, claims(), same_key, ["PS256"])


def cut_signature() -> str:
    return signed()[:-10]


def other_payload() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{signed(sub='admin').split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        hs256_with_the_public_key(),
        unsigned(),
        other_algorithm(),
        cut_signature(),
        other_payload(),
        signed(STRANGER),
        signed(STRANGER, {"kid": "unknown"}),
        signed(STRANGER, {"jwk": STRANGER.as_dict(private=False)}),
        signed(header={"jwk": KEY.as_dict(private=False)}),
        signed(header={"jku": "https://evil.example/keys"}),
        signed(header={"x5u": "https://evil.example/cert"}),
        signed(header={"crit": ["b64"], "b64": True}),
        jwt.encode({"alg": "RS256"}, claims(), KEY, ["RS256"]),
        "",
        "a.b",
        "a.b.c",
        "ü.ü.ü",
    ],
)
async def test_n10_a_forged_or_self_certified_token_is_refused(token: str):
    with pytest.raises(Unauthenticated):
        await validated_id_token(token, KEYS, RULES)
