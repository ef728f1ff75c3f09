import base64
import hmac
import json
import time
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from kernel import identity
from kernel.errors import BadUserInput, Forbidden, Unauthenticated
from kernel.identity import TokenVerifier
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
        {"aud": "other-api"},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"sub": None},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"nonce": "n"},
        {"events": {}},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(claims: dict[str, object]):
    token = tokens.access_token(TENANT, "cashier", **claims)

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


@pytest.mark.parametrize(
    "tenant",
    [["01920000-0000-7000-8000-000000000001"], "01920000-0000-7000-8000-00000000000A", "{01920000}", "", 7,
     "０1920000-0000-7000-8000-000000000001"],  # noqa: RUF001 - a look-alike digit is the case
    ids=str,
)  # fmt: skip
async def test_a_tenant_claim_that_is_not_one_plain_uuid_is_refused(tenant: object):
    token = tokens.access_token(None, "cashier", tenant_id=tenant)

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


@pytest.mark.parametrize("token", ["", "a.b.c", "a.b", "eyJhbGciOiJub25lIn0.e30.", "x" * 9000])
async def test_junk_is_refused(token: str):
    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(token)


async def test_a_token_signed_by_another_key_is_refused():
    with pytest.raises(Unauthenticated):
        await TokenFactory().verifier().verify(tokens.access_token(TENANT, "cashier"))


async def test_a_symmetric_signature_made_from_the_public_key_is_refused():
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": int(time.time()) + 60, "iat": int(time.time())}
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "test-key"}, claims)]
    public_key = tokens._key.as_pem(private=False)
    signature = hmac.digest(public_key, ".".join(parts).encode(), "sha256")
    forged = ".".join([*parts, base64url(signature)])

    with pytest.raises(Unauthenticated):
        await tokens.verifier().verify(forged)


async def test_an_embedded_key_is_not_believed():
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


async def test_a_token_is_checked_once_until_it_expires(monkeypatch: pytest.MonkeyPatch):
    keys = RotatingKeys(tokens)
    verifier, token = TokenVerifier(ISSUER, AUDIENCE, keys), tokens.access_token(TENANT, "cashier")

    first, second = await verifier.verify(token), await verifier.verify(token)

    assert first == second
    assert keys.checks == 1
    expired = time.time() + 331
    monkeypatch.setattr("time.time", lambda: expired)
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)
    assert keys.checks == 2


async def test_a_withdrawn_key_signs_no_more_tokens_in():
    before, after = TokenFactory(), TokenFactory()
    keys = RotatingKeys(before)
    verifier = TokenVerifier(ISSUER, AUDIENCE, keys)
    await verifier.verify(before.access_token(TENANT, "cashier"))

    keys.published = (after,)

    assert (await verifier.verify(after.access_token(TENANT, "cashier", subject="ada"))).subject == "ada"
    with pytest.raises(Unauthenticated):
        await verifier.verify(before.access_token(TENANT, "tenant_owner"))


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
