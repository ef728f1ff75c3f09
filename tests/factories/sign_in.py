"""The web BFF with either identity provider, seen alike: what a test says is done to the one it is run with."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from bff.session.model import Session
from bff.session.parts import SessionParts
from bff.session.pkce import challenge_of, new_verifier
from cli.development_provider.app import create_app as create_provider_app
from cli.development_provider.app import create_provider
from cli.development_provider.one_time_codes import code_at
from cli.development_provider.provider import Provider
from cli.mail_sink import MailFolder, mail_protocol
from kernel.identity import JwksSource, Principal, TokenVerifier
from subgraphs.identity.adapters.keycloak import Keycloak, KeycloakSettings
from tests.factories.bff import (
    BFF_SECRET,
    CSRF,
    OWNER,
    PASSWORD,
    ROOT,
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
    submit_form,
    submit_login,
    submit_shown_code,
)
from tests.factories.keycloak import Keycloak as RunningKeycloak
from tests.factories.keycloak import running_keycloak


class IdentityProvider(Protocol):
    """What the tests do to a provider beyond its OpenID Connect endpoints."""

    name: str
    issuer: str
    internal_issuer: str
    mails: MailFolder

    async def end_sessions_of(self, subject: str) -> None: ...

    async def end_session(self, subject: str, sid: str) -> None: ...

    async def session_ids_of(self, subject: str) -> set[str]: ...

    async def submit_code(self, browser: Browser, page: Answer, code: str | None = None) -> Answer: ...


class DevelopmentIdentity:
    """The laptop's provider, in this process."""

    name = "development"

    def __init__(self, provider: Provider, mails: MailFolder) -> None:
        self._provider = provider
        self.mails = mails
        self.issuer = provider.issuer
        self.internal_issuer = provider.issuer

    async def end_sessions_of(self, subject: str) -> None:
        for sid in await self.session_ids_of(subject):
            await self._provider.end_session(sid)

    async def end_session(self, subject: str, sid: str) -> None:
        assert sid in await self.session_ids_of(subject)
        await self._provider.end_session(sid)

    async def session_ids_of(self, subject: str) -> set[str]:
        return {session.sid for session in self._provider.ledger.sessions_of(subject)}

    async def submit_code(self, browser: Browser, page: Answer, code: str | None = None) -> Answer:
        return await submit_shown_code(browser, page, code)


@dataclass
class KeycloakIdentity:
    """A real Keycloak, administered over its API. People set their app up when first asked for a code."""

    keycloak: RunningKeycloak
    mails: MailFolder
    name = "keycloak"

    @property
    def issuer(self) -> str:
        return self.keycloak.issuer

    @property
    def internal_issuer(self) -> str:
        return self.keycloak.internal_issuer

    async def end_sessions_of(self, subject: str) -> None:
        await self.keycloak.admin("POST", f"/users/{subject}/logout")

    async def end_session(self, subject: str, sid: str) -> None:
        assert sid in await self.session_ids_of(subject)
        await self.keycloak.admin("DELETE", f"/sessions/{sid}")

    async def session_ids_of(self, subject: str) -> set[str]:
        return {one["id"] for one in await self.keycloak.admin("GET", f"/users/{subject}/sessions")}

    async def submit_code(self, browser: Browser, page: Answer, code: str | None = None) -> Answer:
        secret = re.search(r'name="totpSecret" value="([^"]+)"', page.text)
        assert secret is not None, page.text
        right = code_at(secret.group(1).encode(), time.time())
        fields = {"totp": code or right, "totpSecret": secret.group(1)}
        return await submit_form(browser, page, fields | {"userLabel": "app"})


@dataclass
class SignInWorld:
    """One provider, one web BFF, one stand-in router."""

    provider: IdentityProvider
    bff: str
    app: Starlette
    router: RouterStub
    http: aiohttp.ClientSession

    @property
    def parts(self) -> SessionParts:
        return self.app.state.parts

    def endpoint(self, name: str, *, is_public: bool = False) -> str:
        issuer = self.provider.issuer if is_public else self.provider.internal_issuer
        return f"{issuer}/protocol/openid-connect/{name}"

    def authorization_url(self, verifier: str, **changes: str | None) -> str:
        query = {
            "response_type": "code",
            "client_id": "web-bff",
            "redirect_uri": f"{self.bff}/auth/callback",
            "scope": "openid profile",
            "state": "state-1",
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        } | changes
        kept = {name: value for name, value in query.items() if value is not None}
        return f"{self.endpoint('auth', is_public=True)}?{urlencode(kept)}"

    @asynccontextmanager
    async def administration(self) -> AsyncIterator[Keycloak]:
        """The adapter the worker uses, with the credentials it has."""
        settings = KeycloakSettings(
            keycloak_url=self.provider.internal_issuer.partition("/realms/")[0],
            user_sync_secret=SecretStr("secret-of-the-user-sync-in-tests"),
        )
        keycloak = Keycloak(settings)
        yield keycloak
        await keycloak.close()

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

    async def session_of(self, browser: Browser) -> Session:
        session = await self.parts.store.find(browser.cookies[SESSION_COOKIE])
        assert session is not None
        return session

    async def principal_of(self, browser: Browser) -> Principal:
        """Whom a service takes the browser's session for."""
        return await self.router.verifier.verify((await self.session_of(browser)).access_token)

    async def expired(self, browser: Browser) -> Session:
        """Make the access token due for renewal; the session as it was."""
        session = await self.session_of(browser)
        assert await self.parts.store.replace(browser.cookies[SESSION_COOKIE], replace(session, access_expires_at=0))
        return session

    async def let_expire(self, browser: Browser) -> None:
        """Make the access token due for renewal, if there is a session left: one provider tells at once, one later."""
        if await self.parts.store.find(browser.cookies[SESSION_COOKIE]) is not None:
            await self.expired(browser)

    async def token(self, client_id: str = "web-bff", secret: str = BFF_SECRET, **form: str) -> Answer:
        credentials = {"client_id": client_id, "client_secret": secret}
        return await Browser(self.http).post(self.endpoint("token"), data=form | credentials)

    async def exchanged(self, callback: str, verifier: str) -> Answer:
        """Exchange the code of a callback as the BFF would."""
        code = parse_qs(urlsplit(callback).query)["code"][0]
        return await self.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=f"{self.bff}/auth/callback",
            code_verifier=verifier,
        )


@asynccontextmanager
async def sign_in_world(name: str, redis_url: str, folder: Path) -> AsyncIterator[SignInWorld]:
    """The world of the provider `name`: development or keycloak."""
    bff_socket, router_socket = free_socket(), free_socket()
    async with AsyncExitStack() as stack:
        opened = _development if name == "development" else _keycloak
        provider = await stack.enter_async_context(opened(origin_of(bff_socket), folder))
        keys = JwksSource(f"{provider.internal_issuer}/protocol/openid-connect/certs")
        router = RouterStub(TokenVerifier(provider.issuer, "retail-api", keys))
        settings = bff_settings(
            WEB,
            origin_of(bff_socket),
            issuer=provider.issuer,
            discovery_url=f"{provider.internal_issuer}/.well-known/openid-configuration",
            session_redis_url=redis_url,
            router_url=f"{origin_of(router_socket)}/graphql",
        )
        app = WEB.create_app(settings)
        graph = Starlette(routes=[Route("/graphql", router.answer, methods=["POST"])])
        await stack.enter_async_context(serving(graph, router_socket))
        await stack.enter_async_context(serving(app, bff_socket))
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        yield SignInWorld(provider, origin_of(bff_socket), app, router, http)


@asynccontextmanager
async def _development(web_url: str, folder: Path) -> AsyncIterator[IdentityProvider]:
    listening = free_socket()
    async with receiving_mails(folder / "mails") as (mails, smtp_port):
        settings = replace(provider_settings(origin_of(listening), web_url, folder), smtp_port=smtp_port)
        provider = create_provider(settings)
        async with serving(create_provider_app(settings, provider), listening):
            yield DevelopmentIdentity(provider, mails)


@asynccontextmanager
async def _keycloak(web_url: str, folder: Path) -> AsyncIterator[IdentityProvider]:
    async with receiving_mails(folder / "mails") as (mails, smtp_port):
        values = {
            **provider_settings("", web_url, folder).values,
            "RETAILFLOW_SMTP_HOST": "127.0.0.1",
            "RETAILFLOW_SMTP_PORT": str(smtp_port),
        }
        async with running_keycloak(ROOT / ".retailflow" / "keycloak", values, folder / "keycloak.log") as keycloak:
            yield KeycloakIdentity(keycloak, mails)


@asynccontextmanager
async def receiving_mails(folder: Path) -> AsyncIterator[tuple[MailFolder, int]]:
    """A mail server on a free port; its folder and port."""
    kept, listening = MailFolder(folder), free_socket()
    server = await asyncio.get_running_loop().create_server(lambda: mail_protocol(kept), sock=listening)
    async with server:
        yield kept, listening.getsockname()[1]


__all__ = ["SignInWorld", "new_verifier", "sign_in_world"]
