"""Three processes of a BFF behind a least-connection proxy, with a real Keycloak and a Redis of their own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette

from bench.starting import until_open
from bff.session.model import Session
from bff.session.parts import SessionParts
from bff.session.settings import BffSettings
from cli.embedded.redis import RedisServer, start_redis
from tests.factories.bff import (
    CSRF,
    LUMEN,
    OWNER,
    PASSWORD,
    POS,
    ROOT,
    Answer,
    Browser,
    Face,
    RouterStub,
    bff_settings,
    enrolled_till,
    free_socket,
    origin_of,
    serving,
    submit_login,
)
from tests.factories.keycloak import Keycloak
from tests.factories.least_connections import LeastConnections, least_connections
from tests.factories.sign_in import KeycloakIdentity, SignInWorld

REPLICAS = 3
_RENEWED = re.compile(r'^bff_token_refreshes_total\{[^}]*"renewed"[^}]*\} (\S+)', re.MULTILINE)


@dataclass
class Replica:
    """One process; it can be killed and started again on its port."""

    port: int
    command: list[str]
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(*self.command, env=self.environment, cwd=ROOT)
        await asyncio.wait_for(until_open(self.port, self.process), 60)

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        await self.process.wait()


@dataclass
class Field:
    """What a test talks to. `app` shares settings and Redis with the replicas and shows their sessions."""

    face: Face
    world: SignInWorld
    keycloak: Keycloak
    redis: RedisServer
    front: LeastConnections
    provider_wire: LeastConnections
    replicas: list[Replica]
    settings: BffSettings
    app: Starlette
    seen: list[Answer] = field(default_factory=list)

    @property
    def bff(self) -> str:
        return self.front.origin

    @property
    def router(self) -> RouterStub:
        return self.world.router

    @property
    def apps(self) -> list[Starlette]:
        return [self.app]

    @property
    def parts(self) -> SessionParts:
        return self.app.state.parts

    @property
    def session_cookie(self) -> str:
        return self.face.session_cookie

    def browser(self) -> Browser:
        return Browser(self.world.http)

    async def begun(self, browser: Browser, return_to: str = "/") -> str:
        """Where the BFF sends the browser to sign in."""
        answer = await browser.get(f"{self.bff}/auth/login?{urlencode({'return_to': return_to})}")
        assert answer.status == 303, answer.text
        return answer.location

    async def answered(self, browser: Browser, address: str, username: str = OWNER) -> str:
        """Sign in at Keycloak; the callback's address, not visited yet."""
        page = await browser.get(address)
        if page.status in {302, 303}:
            return page.location
        return (await submit_login(browser, page, username, PASSWORD)).location

    async def authorized(self, browser: Browser, username: str = OWNER, return_to: str = "/") -> str:
        return await self.answered(browser, await self.begun(browser, return_to), username)

    async def signed_in(self, username: str = OWNER, browser: Browser | None = None) -> Browser:
        used = browser or self.browser()
        done = await used.get(await self.authorized(used, username))
        assert done.status == 303, done.text
        if self.face is POS:
            opened = await used.post(f"{self.bff}/till/open", headers=self.own_headers(used, "POST", "/till/open"))
            assert opened.status == 200, opened.text
        return used

    def own_headers(self, browser: Browser, method: str, path: str) -> dict[str, str]:
        if self.face is not POS:
            return dict(CSRF)
        browser.till = browser.till or enrolled_till(self, LUMEN)
        return {**CSRF, **browser.till.headers(method, path)}

    async def graphql(self, browser: Browser, origin: str | None = None) -> Answer:
        headers = self.own_headers(browser, "POST", "/graphql")
        url = f"{origin or self.bff}/graphql"
        return await browser.post(url, json={"query": "{ me { subject } }"}, headers=headers)

    async def at_every_replica(self, browser: Browser) -> list[int]:
        """How each replica itself answers the browser."""
        answers = [self.graphql(_same(browser), one.origin) for one in self.replicas]
        return [answer.status for answer in await asyncio.gather(*answers)]

    async def session_of(self, browser: Browser) -> Session:
        session = await self.parts.store.peek(browser.cookies[self.session_cookie])
        assert session is not None
        return session

    async def lives(self, cookie: str) -> bool:
        return await self.parts.store.is_alive(cookie)

    async def expired(self, browser: Browser) -> Session:
        """Make the access token due for renewal; the session as it was."""
        session = await self.session_of(browser)
        due = replace(session, access_expires_at=0)
        assert await self.parts.store.replace(browser.cookies[self.session_cookie], due)
        return session

    async def token(self, **form: str) -> Answer:
        """A token request by somebody who has the BFF's secret."""
        secret = {"client_id": self.face.client_id, "client_secret": self.face.client_secret}
        return await self.browser().post(self.world.endpoint("token"), data=form | secret)

    async def renewals(self) -> int:
        """How often the replicas have renewed tokens, together."""
        texts = [(await self.browser().get(f"{one.origin}/metrics")).text for one in self.replicas]
        counted = [_RENEWED.search(text) for text in texts]
        return sum(int(float(found[1])) for found in counted if found)

    async def end_sessions_of(self, username: str) -> None:
        for user in await self.keycloak.admin("GET", f"/users?exact=true&username={username}"):
            await self.world.provider.end_sessions_of(user["id"])


def _same(browser: Browser) -> Browser:
    """The same browser once more, for a request beside others: an answer to one takes no cookie from another."""
    twin = Browser(browser._http)
    twin.cookies, twin.till = dict(browser.cookies), browser.till
    return twin


@asynccontextmanager
async def three_replicas(world: SignInWorld, face: Face, folder: Path) -> AsyncIterator[Field]:
    """Replicas of one BFF, registered at Keycloak as long as they run."""
    assert isinstance(world.provider, KeycloakIdentity)
    keycloak = world.provider.keycloak
    redis = start_redis(folder / "redis", durable=False)
    try:
        async with AsyncExitStack() as stack:
            ports = [_free_port() for _ in range(REPLICAS)]
            front = await stack.enter_async_context(least_connections(ports))
            port = urlsplit(keycloak.url).port
            assert port is not None
            wire = await stack.enter_async_context(least_connections([port]))
            settings = bff_settings(
                face,
                front.origin,
                issuer=keycloak.issuer,
                discovery_url=f"{wire.origin}/realms/retailflow/.well-known/openid-configuration",
                session_redis_url=redis.url,
                router_url=world.parts.settings.router_url,
            )
            app = face.create_app(settings)
            await stack.enter_async_context(serving(app, free_socket()))
            await stack.enter_async_context(_registered(keycloak, face, front.origin))
            command = [sys.executable, "-m", f"bff.{face.kind}"]
            replicas = [Replica(one, [*command, str(one)], _environment(settings, face)) for one in ports]
            for one in replicas:
                stack.push_async_callback(_ended, one)
            await asyncio.gather(*(one.start() for one in replicas))
            yield Field(face, world, keycloak, redis, front, wire, replicas, settings, app)
    finally:
        redis.stop()


async def _ended(replica: Replica) -> None:
    if replica.process is not None:
        await replica.end()


def _free_port() -> int:
    with free_socket() as listening:
        return int(origin_of(listening).rpartition(":")[2])


def _environment(settings: BffSettings, face: Face) -> dict[str, str]:
    own = f"RETAILFLOW_{face.kind.upper()}"
    assert settings.discovery_url is not None
    return {
        **os.environ,
        "RETAILFLOW_PROFILE": settings.profile,
        "RETAILFLOW_LOG_LEVEL": "ERROR",
        "RETAILFLOW_ISSUER": settings.issuer,
        "RETAILFLOW_DISCOVERY_URL": settings.discovery_url,
        "RETAILFLOW_SESSION_REDIS_URL": settings.session_redis_url,
        "RETAILFLOW_SESSION_KEY": settings.session_key.get_secret_value(),
        "RETAILFLOW_ROUTER_URL": settings.router_url,
        "RETAILFLOW_RATE_OF_SIGN_IN": "10000/minute",
        f"{own}_BFF_SECRET": face.client_secret,
        f"{own}_URL": settings.public_url,
    }


@asynccontextmanager
async def _registered(keycloak: Keycloak, face: Face, origin: str) -> AsyncIterator[None]:
    """The client may be sent back to `origin` too, and is told of logouts there."""
    (client,) = await keycloak.admin("GET", f"/clients?clientId={face.client_id}")
    attributes: dict[str, Any] = {
        **client["attributes"],
        "backchannel.logout.url": f"{origin}/auth/backchannel-logout",
        "post.logout.redirect.uris": f"{origin}/auth/signed-out",
    }
    changed = {
        **client,
        "redirectUris": [*client["redirectUris"], f"{origin}/auth/callback"],
        "attributes": attributes,
    }
    await keycloak.admin("PUT", f"/clients/{client['id']}", changed)
    try:
        yield
    finally:
        await keycloak.admin("PUT", f"/clients/{client['id']}", client)
