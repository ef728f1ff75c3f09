"""The web BFF with a real Keycloak and the realm file of this repository. One boot for all tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bff.session.parts import SessionParts
from bff.session.pkce import challenge_of, new_verifier
from cli.embedded.redis import RedisServer
from kernel.identity import JwksSource, TokenVerifier
from tests.factories.bff import (
    BFF_SECRET,
    CASHIER,
    CSRF,
    LUMEN,
    OWNER,
    PASSWORD,
    SESSION_COOKIE,
    WEB,
    Answer,
    Browser,
    RouterStub,
    bff_settings,
    free_socket,
    origin_of,
    provider_settings,
    serving,
    submit_login,
)
from tests.factories.keycloak import Keycloak, running_keycloak

pytestmark = pytest.mark.java

ROOT = Path(__file__).parents[2]


@dataclass
class World:
    keycloak: Keycloak
    bff: str
    app: Starlette
    router: RouterStub
    http: aiohttp.ClientSession

    @property
    def parts(self) -> SessionParts:
        return self.app.state.parts

    @property
    def token_endpoint(self) -> str:
        return f"{self.keycloak.internal_issuer}/protocol/openid-connect/token"

    async def callback_of(self, browser: Browser, username: str) -> str:
        begun = await browser.get(f"{self.bff}/auth/login")
        page = await browser.get(begun.location)
        return (await submit_login(browser, page, username, PASSWORD)).location

    async def signed_in(self, username: str = OWNER) -> Browser:
        browser = Browser(self.http)
        done = await browser.get(await self.callback_of(browser, username))
        assert done.status == 303, done.text
        return browser

    async def graphql(self, browser: Browser) -> Answer:
        return await browser.post(f"{self.bff}/graphql", json={"query": "{ me { subject } }"}, headers=CSRF)

    async def token(self, client_id: str = "web-bff", secret: str = BFF_SECRET, **form: str) -> Answer:
        credentials = {"client_id": client_id, "client_secret": secret}
        return await Browser(self.http).post(self.token_endpoint, data=form | credentials)


@pytest.fixture(scope="module")
async def world(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    log = tmp_path_factory.mktemp("keycloak") / "keycloak.log"
    bff_socket, router_socket = free_socket(), free_socket()
    values = provider_settings("", origin_of(bff_socket), log.parent).values
    async with running_keycloak(ROOT / ".retailflow" / "keycloak", values, log) as keycloak:
        keys = JwksSource(f"{keycloak.internal_issuer}/protocol/openid-connect/certs")
        router = RouterStub(TokenVerifier(keycloak.issuer, "retail-api", keys))
        settings = bff_settings(
            WEB,
            origin_of(bff_socket),
            issuer=keycloak.issuer,
            discovery_url=f"{keycloak.internal_issuer}/.well-known/openid-configuration",
            session_redis_url=redis_server.url_of(2),
            router_url=f"{origin_of(router_socket)}/graphql",
        )
        app = WEB.create_app(settings)
        graph = Starlette(routes=[Route("/graphql", router.answer, methods=["POST"])])
        async with (
            serving(graph, router_socket),
            serving(app, bff_socket),
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ):
            yield World(keycloak, origin_of(bff_socket), app, router, http)


async def test_browsers_and_services_reach_keycloak_by_different_names(world: World):
    metadata = await world.parts.provider.metadata()

    assert metadata.authorization_endpoint.startswith(world.keycloak.public_url)
    assert metadata.token_endpoint.startswith(world.keycloak.url)
    assert metadata.jwks_uri.startswith(world.keycloak.url)


async def test_a_cashier_signs_in_and_asks_the_graph(world: World):
    browser = await world.signed_in(CASHIER)

    session = (await browser.get(f"{world.bff}/auth/session")).json()
    answer = await world.graphql(browser)

    assert session["username"] == CASHIER
    assert session["roles"] == ["cashier"]
    assert session["store_ids"] == ["01920000-0000-7000-8000-000000010001"]
    assert answer.status == 200
    me = answer.json()["data"]["me"]
    assert (me["subject"], me["tenant"]) == ("01920000-0000-7000-8000-000000000103", LUMEN)


@pytest.mark.parametrize("method", [None, "plain"])
async def test_a_request_without_pkce_s256_is_refused(world: World, method: str | None):
    query = {
        "response_type": "code",
        "client_id": "web-bff",
        "redirect_uri": f"{world.bff}/auth/callback",
        "scope": "openid",
        "state": "any",
    }
    if method is not None:
        query |= {"code_challenge": challenge_of(new_verifier()), "code_challenge_method": method}

    answer = await Browser(world.http).get(f"{world.keycloak.issuer}/protocol/openid-connect/auth?{urlencode(query)}")

    assert answer.status == 302
    returned = parse_qs(urlsplit(answer.location).query)
    assert returned["error"] == ["invalid_request"]
    assert "code" not in returned


async def test_a_service_client_gets_a_token_our_services_accept(world: World):
    secret = "secret-of-the-sales-import-in-tests"

    answer = await world.token("sales-import", secret, grant_type="client_credentials")
    principal = await world.router.verifier.verify(answer.json()["access_token"])

    assert principal.is_service
    assert principal.tenant_id is None
    assert principal.client_id == "sales-import"


async def test_signing_out_ends_the_session_at_keycloak_without_showing_the_browser_a_token(world: World):
    browser = await world.signed_in()
    session = await world.parts.store.find(browser.cookies[SESSION_COOKIE])
    assert session is not None

    answer = await browser.post(f"{world.bff}/auth/logout", headers=CSRF)

    assert answer.json() == {"signed_out": True, "continue_at": "/auth/signed-out"}
    refreshed = await world.token(grant_type="refresh_token", refresh_token=session.refresh_token or "")
    assert (refreshed.status, refreshed.json()["error"]) == (400, "invalid_grant")
    sessions = await world.keycloak.admin("GET", f"/users/{session.subject}/sessions")
    assert session.provider_session_id not in {one["id"] for one in sessions}
    page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
    assert page.status == 200
    assert 'name="password"' in page.text
    assert not [seen for seen in browser.seen if seen.url.startswith(world.bff) and "eyJ" in seen.text]


async def test_an_administrators_logout_ends_the_session_here(world: World):
    browser = await world.signed_in()
    bystander = await world.signed_in(CASHIER)
    session = await world.parts.store.find(browser.cookies[SESSION_COOKIE])
    assert session is not None

    await world.keycloak.admin("POST", f"/users/{session.subject}/logout")

    assert (await world.graphql(browser)).status == 401
    assert (await world.graphql(bystander)).status == 200


async def test_deleting_one_session_ends_that_one_only(world: World):
    one, other = await world.signed_in(), await world.signed_in()
    session = await world.parts.store.find(one.cookies[SESSION_COOKIE])
    assert session is not None

    await world.keycloak.admin("DELETE", f"/sessions/{session.provider_session_id}")

    assert (await world.graphql(one)).status == 401
    assert (await world.graphql(other)).status == 200


async def test_an_expired_access_token_is_renewed_and_the_refresh_token_rotates(world: World):
    browser = await world.signed_in()
    before = await expired(world, browser)

    answer = await world.graphql(browser)

    after = await world.parts.store.find(browser.cookies[SESSION_COOKIE])
    assert answer.status == 200
    assert after is not None
    assert after.refresh_token != before.refresh_token
    assert after.access_token != before.access_token


async def test_a_stolen_refresh_token_kills_the_session_of_both(world: World):
    browser = await world.signed_in()
    stolen = await expired(world, browser)
    assert (await world.graphql(browser)).status == 200

    theft = await world.token(grant_type="refresh_token", refresh_token=stolen.refresh_token or "")
    await expired(world, browser)
    answer = await world.graphql(browser)

    assert (theft.status, theft.json()["error"]) == (400, "invalid_grant")
    assert answer.status == 401
    assert await world.parts.store.find(browser.cookies[SESSION_COOKIE]) is None


async def test_a_replayed_code_is_refused_and_ends_the_session_made_from_it(world: World):
    browser = Browser(world.http)
    callback = await world.callback_of(browser, OWNER)
    assert (await browser.get(callback)).status == 303

    code = parse_qs(urlsplit(callback).query)["code"][0]
    replay = await world.token(
        grant_type="authorization_code", code=code, redirect_uri=f"{world.bff}/auth/callback", code_verifier="x" * 43
    )
    await expired(world, browser)

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert (await world.graphql(browser)).status == 401


async def expired(world: World, browser: Browser):
    session_id = browser.cookies[SESSION_COOKIE]
    session = await world.parts.store.find(session_id)
    assert session is not None
    assert await world.parts.store.replace(session_id, replace(session, access_expires_at=0))
    return session
