import asyncio
import base64
import hmac
import json
import time
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry

from kernel import identity
from kernel.errors import BadUserInput, Forbidden, Unauthenticated
from kernel.identity import CLOCK_SKEW_SECONDS, MAX_TOKEN_SECONDS, TokenVerifier
from kernel.ids import uuid7
from tests.factories.tokens import AUDIENCE, ISSUER, TokenFactory

TENANT = UUID("01920000-0000-7000-8000-000000000001")
tokens = TokenFactory()


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def test_a_good_token_names_the_principal():
    token = tokens.access_token(TENANT, "cashier", subject="ada", sid="s-1", azp="web-bff", store_ids=["a"])

    principal = await tokens.verifier().verify(token)

    assert (principal.subject, principal.tenant_id, principal.roles) == ("ada", TENANT, frozenset({"cashier"}))
    assert (principal.session_id, principal.client_id, principal.store_ids) == ("s-1", "web-bff", frozenset({"a"}))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.test"},
        {"iss": f"{ISSUER}/"},
        {"iss": [ISSUER]},
        {"aud": "other-api"},
        {"aud": ["web-bff", "other-api"]},
        {"aud": []},
        {"aud": None},
        {"aud": {"retail-api": True}},
        {"azp": ""},
        {"azp": ["web-bff"]},
        {"sub": None},
        {"sub": ["ada"]},
    ],
    ids=str,
)
async def test_n11_a_token_of_another_issuer_or_for_another_audience_is_refused(claims: dict[str, object]):
    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(tokens.access_token(TENANT, "cashier", **claims))


async def test_n11_one_of_several_audiences_is_enough():
    token = tokens.access_token(TENANT, "cashier", aud=["account", AUDIENCE], azp="web-bff")

    assert (await tokens.verifier().verify(token)).client_id == "web-bff"


@pytest.mark.parametrize(
    "offsets",
    [
        {"exp": -31},
        {"exp": -120},
        {"nbf": 35},
        {"iat": 35},
        {"iat": 400, "exp": 700},
        {"iat": -MAX_TOKEN_SECONDS, "exp": 60},
        {"exp": MAX_TOKEN_SECONDS + 60},
        {"exp": 10**12},
        {"iat": -(10**9), "exp": 60},
        {"iat": 20, "exp": 10},
    ],
    ids=str,
)
async def test_n12_a_token_of_another_time_is_refused(offsets: dict[str, int]):
    now = int(time.time())
    claims: dict[str, object] = {name: now + offset for name, offset in offsets.items()}

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(tokens.access_token(TENANT, "cashier", **claims))


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize(
    "value", [None, "soon", str(int(time.time()) + 60), [1], True, float("nan"), float("inf")], ids=str
)
async def test_n12_what_is_no_time_is_refused(name: str, value: object):
    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(tokens.access_token(TENANT, "cashier", **{name: value}))


async def test_n12_clocks_may_differ_by_half_a_minute_and_never_by_more_than_a_minute():
    now = int(time.time())
    verifier = tokens.verifier()

    for claims in ({"iat": now - 300, "exp": now - 25}, {"nbf": now + 25}, {"iat": now + 25}):
        assert (await verifier.verify(tokens.access_token(TENANT, "cashier", **claims))).tenant_id == TENANT
    assert CLOCK_SKEW_SECONDS <= 60


def signed(claims: dict[str, object], **header: object) -> str:
    whole = {"alg": "RS256", "kid": "test-key", **header}
    registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, claims, tokens._key, registry=registry)


def access_claims(**claims: object) -> dict[str, object]:
    now = int(time.time())
    own = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 60, "typ": "Bearer", "azp": "web-bff"}
    return {name: value for name, value in {**own, **claims}.items() if value is not None}


ID_TOKEN = {"typ": "ID", "nonce": "n", "auth_time": 1, "sid": "s"}
LOGOUT_TOKEN = {"typ": "Logout", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}, "sid": "s"}


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        (ID_TOKEN, "JWT"),
        (ID_TOKEN | {"typ": "Bearer"}, "JWT"),
        ({"typ": None, "at_hash": "h"}, "at+jwt"),
        ({"at_hash": "h"}, "JWT"),
        ({"typ": "ID"}, "at+jwt"),
        (LOGOUT_TOKEN, "logout+jwt"),
        (LOGOUT_TOKEN, "JWT"),
        ({}, "logout+jwt"),
        (LOGOUT_TOKEN | {"typ": "Bearer"}, "JWT"),
        ({"typ": "Refresh", "aud": ISSUER}, "JWT"),
        ({"typ": "Refresh"}, "JWT"),
        ({"typ": "Offline"}, "JWT"),
        ({"typ": "DPoP"}, "JWT"),
        ({}, "dpop+jwt"),
        ({"typ": None}, "JWT"),
        ({"typ": None}, None),
        ({"typ": ["Bearer"]}, "JWT"),
    ],
)
async def test_n13_no_other_kind_of_token_is_a_bearer(claims: dict[str, object], kind: str | None):
    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(signed(access_claims(**claims), typ=kind))


@pytest.mark.parametrize(
    ("claims", "kind"), [({}, "JWT"), ({}, None), ({"typ": None}, "at+jwt"), ({}, "AT+JWT")], ids=str
)
async def test_n13_access_tokens_as_keycloak_and_as_rfc_9068_write_them_are_bearers(
    claims: dict[str, object], kind: str | None
):
    assert (await tokens.verifier().verify(signed(access_claims(**claims), typ=kind))).subject == "ada"


@pytest.mark.parametrize(
    "tenant",
    [["01920000-0000-7000-8000-000000000001"], "01920000-0000-7000-8000-00000000000A", "{01920000}", "", 7, [], {},
     ["01920000-0000-7000-8000-000000000001", "01920000-0000-7000-8000-000000000002"], True,
     "01920000-0000-7000-8000-000000000001,01920000-0000-7000-8000-000000000002",
     " 01920000-0000-7000-8000-000000000001", "01920000-0000-7000-8000-000000000001\n",
     "01920000000070008000000000000001", "urn:uuid:01920000-0000-7000-8000-000000000001",
     "{01920000-0000-7000-8000-000000000001}", "01920000-0000-7000-8000-000000000001\u200b",
     "01920000‐0000-7000-8000-000000000001",  # noqa: RUF001 - so is a look-alike hyphen
     "０1920000-0000-7000-8000-000000000001"],  # noqa: RUF001 - a look-alike digit is the case
    ids=str,
)  # fmt: skip
async def test_t13_a_tenant_claim_that_is_not_one_plain_uuid_is_refused(tenant: object):
    token = tokens.access_token(None, "cashier", tenant_id=tenant)

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


async def test_t13_other_claims_and_headers_choose_no_tenant():
    other = str(uuid7())
    token = tokens.access_token(TENANT, "tenant_owner", tenant=other, Tenant_Id=other, tenantId=other)
    headers = {"authorization": f"Bearer {token}", "x-tenant-id": other, "x_retail_tenant": other, "x-tenant": other}

    principal = await tokens.verifier().principal_of(headers)

    assert principal is not None
    assert principal.tenant_id == TENANT


@pytest.mark.parametrize("token", ["", "a.b.c", "a.b", "eyJhbGciOiJub25lIn0.e30.", "x" * 9000])
async def test_junk_is_refused(token: str):
    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


async def test_n10_a_token_signed_by_another_key_is_refused():
    with pytest.raises(Unauthenticated):
        await TokenFactory().verifier().verify(tokens.access_token(TENANT, "cashier"))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_n10_an_unsigned_token_is_refused(algorithm: str):
    parts = [json.dumps(part).encode() for part in ({"alg": algorithm, "kid": "test-key"}, access_claims())]

    for signature in ("", base64url(b"x" * 256)):
        with pytest.raises(Unauthenticated):
            await tokens.verifier().verify(".".join([*map(base64url, parts), signature]))


@pytest.mark.parametrize("algorithm", ["RS512", "PS256", "RS384"])
async def test_n10_another_algorithm_of_the_same_key_is_refused(algorithm: str):
    key = RSAKey.import_key({k: v for k, v in tokens._key.as_dict(private=True).items() if k != "alg"})
    token = jwt.encode({"alg": algorithm, "kid": "test-key"}, access_claims(), key, algorithms=[algorithm])

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


@pytest.mark.parametrize(
    "header",
    [{"crit": ["b64"], "b64": True}, {"crit": ["exp"]}, {"crit": []}, {"jwk": {"kty": "RSA"}},
     {"jku": "https://evil.test/keys"}, {"x5u": "https://evil.test/cert"}, {"x5c": ["MII"]}, {"kid": None},
     {"kid": 7}, {"kid": ""}, {"kid": "other"}, {"kid": "../test-key"}],
    ids=str,
)  # fmt: skip
async def test_n10_a_header_that_brings_keys_or_unknown_rules_is_refused(header: dict[str, object]):
    claims = access_claims()
    token = signed(claims)
    assert (await tokens.verifier().verify(token)).subject == "ada"
    forged = {"alg": "RS256", "kid": "test-key", **header}
    parts = [
        base64url(json.dumps(part).encode()) for part in ({k: v for k, v in forged.items() if v is not None}, claims)
    ]
    signature = tokens._key.private_key.sign(".".join(parts).encode(), PKCS1v15(), SHA256())

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(".".join([*parts, base64url(signature)]))


async def test_n10_a_symmetric_signature_made_from_the_public_key_is_refused():
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": int(time.time()) + 60, "iat": int(time.time())}
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "test-key"}, claims)]
    public_key = tokens._key.as_pem(private=False)
    signature = hmac.digest(public_key, ".".join(parts).encode(), "sha256")
    forged = ".".join([*parts, base64url(signature)])

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(forged)


async def test_n10_an_embedded_key_is_not_believed():
    own = RSAKey.generate_key(2048, {"kid": "test-key"}, auto_kid=False)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": int(time.time()) + 60, "iat": int(time.time())}
    forged = jwt.encode({"alg": "RS256", "kid": "test-key", "jwk": own.as_dict(private=False)}, claims, own)

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(forged)


async def test_only_a_service_or_platform_admin_chooses_a_tenant():
    chosen = uuid7()
    headers = {"x-retail-tenant": str(chosen)}

    service = await tokens.verifier().principal_of({**tokens.headers(None, "service"), **headers})

    assert service is not None
    assert service.tenant_id == chosen
    with pytest.raises(Forbidden):
        await tokens.verifier().principal_of({**tokens.headers(TENANT, "tenant_owner"), **headers})
    with pytest.raises(BadUserInput):
        await tokens.verifier().principal_of({**tokens.headers(None, "service"), "x-retail-tenant": "lumen"})


async def test_no_token_is_nobody_and_another_scheme_is_refused():
    assert await tokens.verifier().principal_of({}) is None
    with pytest.raises(Unauthenticated):
        await tokens.verifier().principal_of({"authorization": "Basic YTpi"})


def test_the_public_key_set_holds_no_private_part():
    exported = KeySet.import_key_set({"keys": [tokens._key.as_dict(private=False)]}).as_dict()

    assert all("d" not in key for key in exported["keys"])


class RotatingKeys:
    """An issuer whose keys change; counts how often a token is really checked."""

    def __init__(self, *factories: TokenFactory) -> None:
        self.published = factories
        self.checks = 0

    async def keys(self, key_id: str | None) -> KeySet:
        self.checks += 1
        del key_id
        return KeySet([factory._key for factory in self.published])


@pytest.mark.parametrize(("later", "checks", "is_valid"), [(29, 1, True), (31, 2, True), (331, 2, False)])
async def test_a_token_is_checked_again_after_half_a_minute_and_when_it_has_expired(
    monkeypatch: pytest.MonkeyPatch, later: int, checks: int, is_valid: bool
):
    keys = RotatingKeys(tokens)
    verifier, token = TokenVerifier(ISSUER, AUDIENCE, keys), tokens.access_token(TENANT, "cashier")
    first = await verifier.verify(token)
    assert (await verifier.verify(token), keys.checks) == (first, 1)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + later)

    outcome = await asyncio.gather(verifier.verify(token), return_exceptions=True)

    assert (outcome == [first], keys.checks) == (is_valid, checks)
    assert is_valid or isinstance(outcome[0], Unauthenticated)


async def test_a_token_is_remembered_no_longer_than_it_lasts(monkeypatch: pytest.MonkeyPatch):
    keys, now = RotatingKeys(tokens), int(time.time())
    verifier, token = TokenVerifier(ISSUER, AUDIENCE, keys), tokens.access_token(TENANT, "cashier", exp=now + 5)
    await verifier.verify(token)

    monkeypatch.setattr("time.time", lambda: now + 6.0)
    await verifier.verify(token)

    assert keys.checks == 2


async def test_n14_a_withdrawn_key_signs_no_more_tokens_in_not_even_those_that_were_checked(
    monkeypatch: pytest.MonkeyPatch,
):
    before, after = TokenFactory(), TokenFactory()
    keys = RotatingKeys(before)
    verifier = TokenVerifier(ISSUER, AUDIENCE, keys)
    checked = before.access_token(TENANT, "cashier")
    await verifier.verify(checked)

    keys.published = (after,)

    assert (await verifier.verify(after.access_token(TENANT, "cashier", subject="ada"))).subject == "ada"
    with pytest.raises(Unauthenticated):
        await verifier.verify(before.access_token(TENANT, "tenant_owner"))
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 31)
    with pytest.raises(Unauthenticated):
        await verifier.verify(checked)


async def test_a_refused_token_is_not_remembered():
    keys = RotatingKeys(TokenFactory())
    verifier, token = TokenVerifier(ISSUER, AUDIENCE, keys), tokens.access_token(TENANT, "cashier")
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)

    keys.published = (tokens,)

    assert (await verifier.verify(token)).tenant_id == TENANT


async def test_as_many_tokens_are_remembered_as_were_allowed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identity, "_VERIFIED_TOKENS", 2)
    keys = RotatingKeys(tokens)
    verifier = TokenVerifier(ISSUER, AUDIENCE, keys)
    oldest, *newer = [tokens.access_token(TENANT, "cashier", subject=name) for name in ("ada", "bob", "cyd")]
    for token in (oldest, *newer):
        await verifier.verify(token)

    for token in (*newer, oldest):
        await verifier.verify(token)

    assert keys.checks == 4
