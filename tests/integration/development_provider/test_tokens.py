import json
from base64 import b64encode, urlsafe_b64decode
from urllib.parse import quote

import pytest

from bff.session.pkce import new_verifier
from cli.development_provider.app import create_provider
from kernel.identity import JwksSource, TokenVerifier
from tests.factories.bff import BFF_SECRET, LUMEN, provider_settings

IMPORT_SECRET = "secret-of-the-sales-import-in-tests"


def claims(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))


async def test_an_access_token_carries_what_our_services_read(identity):
    tokens = await identity.tokens()

    verifier = TokenVerifier(identity.provider.issuer, "retail-api", JwksSource(identity.endpoint("certs")))
    principal = await verifier.verify(tokens["access_token"])
    assert principal.subject == "01920000-0000-7000-8000-000000000101"
    assert str(principal.tenant_id) == LUMEN
    assert principal.roles == {"tenant_owner"}
    assert principal.client_id == "web-bff"
    assert claims(tokens["id_token"])["nonce"] == "nonce-1"
    assert claims(tokens["id_token"])["sid"] == principal.session_id
    assert 0 < tokens["refresh_expires_in"] <= 1800


async def test_a_service_client_gets_a_token_without_tenant_or_session(identity):
    answer = await identity.token("sales-import", IMPORT_SECRET, grant_type="client_credentials")

    found = claims(answer.json()["access_token"])
    assert found["realm_access"] == {"roles": ["service", "shop_import"]}
    assert "tenant_id" not in found
    assert "sid" not in found
    assert "refresh_token" not in answer.json()


async def test_client_credentials_may_come_by_http_basic(identity):
    pair = b64encode(f"{quote('sales-import')}:{quote(IMPORT_SECRET)}".encode()).decode()

    answer = await identity.browser().post(
        identity.endpoint("token"),
        data={"grant_type": "client_credentials"},
        headers={"authorization": f"Basic {pair}"},
    )

    assert answer.status == 200


@pytest.mark.parametrize(
    ("client_id", "secret", "refusal"),
    [
        ("web-bff", "wrong", (401, "invalid_client")),
        ("web-bff", "", (401, "invalid_client")),
        ("unknown", "any", (401, "invalid_client")),
        ("web-bff", "${RETAILFLOW_WEB_BFF_SECRET}", (401, "invalid_client")),
        ("web-bff", BFF_SECRET, (400, "unauthorized_client")),
    ],
)
async def test_client_credentials_are_checked(identity, client_id: str, secret: str, refusal: tuple[int, str]):
    answer = await identity.token(client_id, secret, grant_type="client_credentials")

    assert (answer.status, answer.json()["error"]) == refusal


async def test_a_password_grant_is_not_offered(identity):
    answer = await identity.token(grant_type="password", username="owner@lumen.example", password="demo-password")

    assert (answer.status, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": ""},
        {"code_verifier": "ü" * 43},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": ""},
    ],
)
async def test_a_code_needs_its_verifier_and_its_address(identity, changes: dict[str, str]):
    verifier = new_verifier()
    code = await identity.code(verifier)

    answer = await identity.exchanged(code, verifier, **changes)

    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_of_another_client_is_refused(identity):
    verifier = new_verifier()
    code = await identity.code(verifier)

    answer = await identity.token(
        "pos-bff",
        "secret-of-the-pos-bff-in-tests",
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
        redirect_uri="http://127.0.0.1:9/auth/callback",
    )

    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_used_twice_kills_what_came_of_it(identity):
    verifier = new_verifier()
    code = await identity.code(verifier)
    tokens = (await identity.exchanged(code, verifier)).json()

    replay = await identity.exchanged(code, verifier)
    refresh = await identity.refreshed(tokens["refresh_token"])

    assert [answer.json()["error"] for answer in (replay, refresh)] == ["invalid_grant"] * 2


async def test_refresh_tokens_rotate_and_reuse_kills_the_family(identity):
    tokens = await identity.tokens()
    rotated = (await identity.refreshed(tokens["refresh_token"])).json()
    assert rotated["refresh_token"] != tokens["refresh_token"]

    reuse = await identity.refreshed(tokens["refresh_token"])
    newest = await identity.refreshed(rotated["refresh_token"])

    assert [answer.json()["error"] for answer in (reuse, newest)] == ["invalid_grant"] * 2


async def test_a_revoked_refresh_token_is_dead_and_revoking_again_is_fine(identity):
    tokens = await identity.tokens()
    form = {"token": tokens["refresh_token"], "client_id": "web-bff", "client_secret": BFF_SECRET}

    answers = [await identity.browser().post(identity.endpoint("revoke"), data=form) for _ in range(2)]
    refresh = await identity.refreshed(tokens["refresh_token"])

    assert [answer.status for answer in answers] == [200, 200]
    assert refresh.json()["error"] == "invalid_grant"


async def test_userinfo_answers_while_the_session_lives(identity):
    tokens = await identity.tokens()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}

    before = await identity.browser().get(identity.endpoint("userinfo"), headers=bearer)
    await identity.provider.end_session(claims(tokens["access_token"])["sid"])
    after = await identity.browser().get(identity.endpoint("userinfo"), headers=bearer)
    with_id_token = await identity.browser().get(
        identity.endpoint("userinfo"), headers={"authorization": f"Bearer {tokens['id_token']}"}
    )

    assert before.json()["preferred_username"] == "owner@lumen.example"
    assert (after.status, with_id_token.status) == (401, 401)


async def test_sessions_and_refresh_tokens_survive_a_restart(identity):
    tokens = await identity.tokens()
    settings = provider_settings(
        identity.provider.issuer.partition("/realms")[0], "http://127.0.0.1:9", identity.state_folder
    )

    restarted = create_provider(settings)
    answer = await restarted.tokens_for_refresh(
        restarted.realm.clients["web-bff"], {"refresh_token": tokens["refresh_token"]}
    )

    assert claims(str(answer["access_token"]))["sid"] == claims(tokens["access_token"])["sid"]
    assert restarted.mint.published_keys() == identity.provider.mint.published_keys()


async def test_the_kept_file_holds_no_token(identity):
    tokens = await identity.tokens()

    kept = "".join(path.read_text() for path in identity.state_folder.glob("*.json"))

    family, _, secret = tokens["refresh_token"].partition(".")
    assert family in kept
    assert secret not in kept
    assert [oct(path.stat().st_mode & 0o777) for path in identity.state_folder.iterdir()] == ["0o600", "0o600"]
