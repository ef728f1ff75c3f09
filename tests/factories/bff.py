"""A BFF (or three replicas) with the development provider and a stand-in router, all over real HTTP."""

import asyncio
import base64
import os
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import UUID

import aiohttp
import orjson
import uvicorn
from joserfc.jwk import ECKey
from multidict import CIMultiDict
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bff.pos.app import create_app as create_pos_bff
from bff.pos.devices import Device
from bff.pos.settings import PosSettings
from bff.session.graphql_proxy import GraphQLUpstream
from bff.session.model import Session, epoch_seconds
from bff.session.parts import SessionParts
from bff.session.settings import BffSettings
from bff.web.app import create_app as create_web_bff
from bff.web.settings import WebSettings
from cli.development_provider.app import create_app as create_provider_app
from cli.development_provider.app import create_provider
from cli.development_provider.provider import Provider
from cli.development_provider.settings import ProviderSettings
from kernel.asgi import error_body
from kernel.errors import Unauthenticated
from kernel.identity import JwksSource, TokenVerifier
from kernel.ids import GlobalId, encode_global_id, uuid7
from kernel.process import KEEP_ALIVE_SECONDS
from kernel.settings import Profile
from tests.factories.till_device import TillDevice

ROOT = Path(__file__).parents[2]
REALM_FILE = ROOT / "deploy" / "keycloak" / "realm.json"
PASSWORD = "demo-password"
BFF_SECRET = "secret-of-the-web-bff-in-tests"
SESSION_COOKIE = "__Host-retailflow-session"
LOGIN_COOKIE = "__Host-retailflow-session-login"
CSRF = {"x-retail-csrf": "1"}
OWNER, CASHIER, ADMIN = "owner@lumen.example", "cashier@lumen.example", "admin@retailflow.example"
LUMEN = "01920000-0000-7000-8000-000000000001"
FIRST_STORE = "01920000-0000-7000-8000-000000010001"


# what the BFF asks itself
_OF_TILLS = (b"query Device(", b"mutation EnrollDevice", b"mutation VerifyPin", b"StoresOfTills")


@dataclass(frozen=True)
class Face:
    """One of the two BFFs."""

    kind: str
    client_secret: str
    settings: type[BffSettings]
    create_app: Callable[..., Starlette]

    @property
    def client_id(self) -> str:
        return f"{self.kind}-bff"

    @property
    def session_cookie(self) -> str:
        return self.settings.cookies.session

    @property
    def login_cookie(self) -> str:
        return self.settings.cookies.login


WEB = Face("web", BFF_SECRET, WebSettings, create_web_bff)
POS = Face("pos", "secret-of-the-pos-bff-in-tests", PosSettings, create_pos_bff)


@dataclass
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    set_cookies: list[str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def location(self) -> str:
        return urljoin(self.url, self.headers["location"])

    @property
    def code(self) -> str:
        return self.json()["errors"][0]["extensions"]["code"]


def policy_of(answer: Answer) -> dict[str, list[str]]:
    """The content security policy of an answer: directives with their sources."""
    directives = [directive.split() for directive in answer.headers["content-security-policy"].split(";")]
    assert len({words[0] for words in directives}) == len(directives)
    return {words[0]: words[1:] for words in directives}


class Browser:
    """Cookies of one host, as a browser keeps them (ports share them); redirects are followed only on request."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.cookies: dict[str, str] = {}
        self.till: TillDevice | None = None
        self.seen: list[Answer] = []

    async def request(self, method: str, url: str, **options: Any) -> Answer:
        headers = CIMultiDict(options.pop("headers", {}))
        if self.cookies and "cookie" not in headers:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with self._http.request(method, url, headers=headers, allow_redirects=False, **options) as response:
            answer = Answer(
                response.status,
                response.headers,
                response.headers.getall("set-cookie", []),
                await response.read(),
                str(response.url),
            )
        self._remember(answer.set_cookies)
        self.seen.append(answer)
        return answer

    async def get(self, url: str, **options: Any) -> Answer:
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> Answer:
        return await self.request("POST", url, **options)

    def _remember(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


@dataclass
class RouterStub:
    """Answers like a router that verifies tokens, and remembers what it was asked."""

    verifier: TokenVerifier
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    redirect_to: str | None = None
    parts: Callable[[], AsyncIterator[bytes]] | None = None
    parts_type: str = 'multipart/mixed; boundary="-"'
    devices: dict[str, dict[str, str]] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        if any(name in body[:60] for name in _OF_TILLS):
            # what the BFF itself asks is no request of a browser
            return JSONResponse({"data": {"answer": await self._about_tills(request, orjson.loads(body))}})
        self.requests.append((dict(request.headers), body))
        if self.redirect_to is not None:
            return Response(status_code=307, headers={"location": self.redirect_to})
        if self.parts is not None:
            return StreamingResponse(self.parts(), media_type=self.parts_type)
        principal = await self.verifier.principal_of(request.headers)
        assert principal is not None
        if b"TillPinSet" in body:
            given = (orjson.loads(body).get("variables") or {}).get("input", {})
            self.pins[principal.subject] = given.get("pin", "")
            return JSONResponse({"data": {"answer": {"userErrors": []}}})
        me = {"subject": principal.subject, "username": principal.username, "roles": sorted(principal.roles)}
        tenant = str(principal.tenant_id) if principal.tenant_id else None
        answer = {"data": {"me": me | {"tenant": tenant}}}
        return JSONResponse(
            answer,
            media_type="application/graphql-response+json",
            headers={"set-cookie": "router=1", "x-internal": "yes"},
        )

    async def _about_tills(self, request: Request, asked: dict[str, Any]) -> dict[str, Any] | None:
        """As identity answers; the real one is tried in tests/integration/subgraphs."""
        principal = await self.verifier.principal_of(request.headers)
        assert principal is not None
        variables = asked["variables"]
        if asked["query"].startswith("query Device"):
            assert "pos_bff" in principal.roles
            return self.devices.get(variables["id"])
        if asked["query"].startswith("query StoresOfTills"):
            return {"nodes": [{"name": "Harbour Street", "storeId": encode_global_id("Store", UUID(FIRST_STORE))}]}
        given = variables["input"]
        if asked["query"].startswith("mutation Ver"):
            is_right = self.pins.get(principal.subject) == given["pin"]
            refusals = [] if is_right else [{"code": "PIN_REFUSED", "message": "no"}]
            return {"isAccepted": is_right, "userErrors": refusals}
        if GlobalId.decode(given["storeId"], expected_type="Store").uuid != UUID(FIRST_STORE):
            return {"device": None, "userErrors": [{"code": "NOT_YOUR_STORE", "message": "no"}]}
        device_id = f"enrolled-{uuid7().hex}"
        key = ECKey.import_key({"kty": "EC", "crv": "P-256", **given["publicKey"]})
        self.devices[device_id] = {
            "id": device_id,
            "name": given["name"],
            "storeId": given["storeId"],
            "thumbprint": key.thumbprint(),
            "status": "ENROLLED",
            "enrolledBy": principal.username,
        }
        return {"device": {"id": device_id}, "userErrors": []}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Unauthenticated)
    return JSONResponse(error_body(error.code, error.message), 401)


class ProviderTraffic:
    """Sees every request to the provider; can break it or its token endpoint, or hold the latter's answers back."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.paths: Counter[str] = Counter()
        self.is_down = False
        self.outage: int | None = None
        self.held_back: asyncio.Event | None = None
        self.answer_waits = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = scope["path"].rpartition("/")[2]
        self.paths[name] += 1
        if self.is_down:
            await Response(status_code=502)(scope, receive, send)
        elif name == "token" and self.outage is not None:
            await Response(status_code=self.outage)(scope, receive, send)
        elif name == "token" and self.held_back is not None:
            await self._app(scope, receive, self._after(self.held_back, send))
        else:
            await self._app(scope, receive, send)

    def _after(self, release: asyncio.Event, send: Any) -> Any:
        async def sending(message: Any) -> None:
            self.answer_waits.set()
            await release.wait()
            await send(message)

        return sending


@dataclass
class Journey:
    """Everything one test talks to. `bffs` are the origins of the replicas; they share the first one's public URL."""

    http: aiohttp.ClientSession
    bffs: list[str]
    apps: list[Starlette]
    provider: Provider
    provider_url: str
    traffic: ProviderTraffic
    router: RouterStub
    settings: BffSettings
    face: Face

    @property
    def session_cookie(self) -> str:
        return self.face.session_cookie

    @property
    def login_cookie(self) -> str:
        return self.face.login_cookie

    @property
    def client_id(self) -> str:
        return self.face.client_id

    @property
    def bff(self) -> str:
        return self.bffs[0]

    @property
    def parts(self) -> SessionParts:
        return self.apps[0].state.parts

    def browser(self) -> Browser:
        return Browser(self.http)

    async def signed_in(self, username: str = OWNER, browser: Browser | None = None) -> Browser:
        used = browser or self.browser()
        callback = await self.authorized(used, username)
        done = await used.get(callback)
        assert done.status == 303, done.text
        if self.face is POS:
            await self.open_till(used, username)
        return used

    async def stepped_up(self, browser: Browser, return_to: str = "/") -> Answer:
        """The answer to the callback, after a signed-in browser gave a one-time code."""
        begun = await browser.get(f"{self.bff}/auth/login?{urlencode({'step_up': 'otp', 'return_to': return_to})}")
        assert begun.status == 303, begun.text
        page = await browser.get(begun.location)
        if page.status == 303:
            return await browser.get(page.location)
        return await browser.get((await submit_shown_code(browser, page)).location)

    async def open_till(self, browser: Browser, username: str = CASHIER) -> None:
        """At a till whoever signs in begins to work at it; each browser is a till, of the first person's tenant."""
        if browser.till is None:
            (tenant,) = self.provider.realm.users[username].attributes["tenant_id"]
            browser.till = enrolled_till(self, tenant)
        opened = await browser.post(f"{self.bff}/till/open", headers=self.own_headers(browser, "POST", "/till/open"))
        assert opened.status == 200, opened.text

    async def authorized(self, browser: Browser, username: str = OWNER, return_to: str = "/") -> str:
        """Sign in at the provider and return the callback's URL without visiting it."""
        begun = await browser.get(f"{self.bff}/auth/login?{urlencode({'return_to': return_to})}")
        assert begun.status == 303, begun.text
        page = await browser.get(begun.location)
        if page.status == 303:
            return page.location
        return (await submit_login(browser, page, username, PASSWORD)).location

    def own_headers(self, browser: Browser, method: str, path: str) -> dict[str, str]:
        """What our own pages send with each request; a till proves itself too."""
        if self.face is not POS:
            return dict(CSRF)
        browser.till = browser.till or enrolled_till(self, LUMEN)
        return {**CSRF, **browser.till.headers(method, path)}

    async def graphql(self, browser: Browser, *, replica: int = 0, **options: Any) -> Answer:
        headers = {**options.pop("headers", {}), **self.own_headers(browser, "POST", "/graphql")}
        body = options.pop("json", {"query": "{ me { subject } }"})
        return await browser.post(f"{self.bffs[replica]}/graphql", json=body, headers=headers, **options)

    async def token_request(self, **form: str) -> Answer:
        """A token request with the BFF's credentials, made by somebody who stole them."""
        secret = {"client_id": self.client_id, "client_secret": self.face.client_secret}
        return await self.browser().post(f"{self.provider.issuer}/protocol/openid-connect/token", data=form | secret)

    async def session_of(self, browser: Browser) -> Session:
        session = await self.parts.store.find(browser.cookies[self.session_cookie])
        assert session is not None
        return session

    async def is_alive(self, browser: Browser) -> bool:
        return await self.parts.store.find(browser.cookies[self.session_cookie]) is not None

    async def expire_access_token(self, browser: Browser, *, seconds_ago: int = 0) -> Session:
        """Make the access token due for renewal; the session as it was before."""
        session = await self.session_of(browser)
        expired = replace(session, access_expires_at=epoch_seconds() - seconds_ago)
        assert await self.parts.store.replace(browser.cookies[self.session_cookie], expired)
        return session

    async def post_logout_token(self, token: str, *, replica: int = 0) -> Answer:
        url = f"{self.bffs[replica]}/auth/backchannel-logout"
        return await self.browser().post(url, data={"logout_token": token})


def enrolled_till(world: Journey, tenant: str) -> TillDevice:
    """A new till that the router stub knows, with a token of the BFF."""
    till = TillDevice(world.settings.public_url, device_id=f"till-{uuid7().hex}", tenant_id=tenant)
    world.router.devices[till.device_id] = {
        "id": till.device_id,
        "name": "Till",
        "storeId": encode_global_id("Store", UUID(FIRST_STORE)),
        "thumbprint": till.thumbprint,
        "status": "ENROLLED",
    }
    device = Device(till.device_id, UUID(tenant), UUID(FIRST_STORE), "Till", till.thumbprint)
    till.token = world.apps[0].state.parts.gate.tokens.issue(device)
    return till


async def submit_login(
    browser: Browser, page: Answer, username: str, password: str, *, statuses: Container[int] = (302, 303)
) -> Answer:
    """Fill in a login form (ours or Keycloak's)."""
    answer = await submit_form(browser, page, {"username": username, "password": password})
    assert answer.status in statuses, answer.text
    return answer


async def submit_shown_code(browser: Browser, page: Answer, code: str | None = None) -> Answer:
    """Fill in the development provider's form for a one-time code, which shows the code."""
    shown = re.search(r"<code>(\d{6})</code>", page.text)
    assert shown is not None, page.text
    return await submit_form(browser, page, {"code": code or shown.group(1)})


async def submit_form(browser: Browser, page: Answer, fields: Mapping[str, str]) -> Answer:
    """Fill in the first form of a page."""
    form = re.search(r"<form[^>]*action=\"([^\"]+)\"", page.text)
    assert form is not None, page.text[:500]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    given = {name: unescape(value) for name, value in hidden} | fields
    return await browser.post(urljoin(page.url, unescape(form.group(1))), data=given)


def free_socket() -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening


def origin_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    """Serve an ASGI application on a bound socket, in this event loop."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=2,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    assert not server.should_exit, "the application did not start"
    try:
        yield
    finally:
        await server.shutdown(sockets=[listening])


def bff_settings(face: Face, public_url: str, **changes: Any) -> BffSettings:
    given = {
        "profile": Profile.CI,
        "issuer": "http://127.0.0.1:8081/realms/retailflow",
        "session_redis_url": "redis://127.0.0.1:6379",
        "session_key": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        f"{face.kind}_bff_secret": SecretStr(face.client_secret),
        f"{face.kind}_url": public_url,
        # all tests come from one address
        **dict.fromkeys((name for name in face.settings.model_fields if name.startswith("rate_")), "1000000/second"),
    }
    return face.settings.model_validate(given | changes)


def provider_settings(url: str, bff_url: str, state_folder: Path) -> ProviderSettings:
    secrets = {
        "RETAILFLOW_WEB_BFF_SECRET": BFF_SECRET,
        "RETAILFLOW_POS_BFF_SECRET": POS.client_secret,
        "RETAILFLOW_SAGA_WORKER_SECRET": "secret-of-the-saga-worker-in-tests",
        "RETAILFLOW_NOTIFICATION_WORKER_SECRET": "secret-of-the-notification-worker-in-tests",
        "RETAILFLOW_USER_SYNC_SECRET": "secret-of-the-user-sync-in-tests",
        "RETAILFLOW_SALES_IMPORT_SECRET": "secret-of-the-sales-import-in-tests",
        "RETAILFLOW_DEMO_SETUP_SECRET": "secret-of-the-demo-setup-in-tests",
        "RETAILFLOW_DEMO_USERS": "true",
        "RETAILFLOW_DEMO_PASSWORD": PASSWORD,
        "RETAILFLOW_WEB_URL": bff_url,
        "RETAILFLOW_WEB_BACKCHANNEL_URL": bff_url,
        "RETAILFLOW_POS_URL": bff_url,
        "RETAILFLOW_POS_BACKCHANNEL_URL": bff_url,
    }
    return ProviderSettings(Profile.CI, url, REALM_FILE, secrets, state_folder)


@asynccontextmanager
async def journey(
    redis_url: str,
    state_folder: Path,
    *,
    face: Face = WEB,
    replicas: int = 1,
    upstream: GraphQLUpstream | None = None,
    **changes: Any,
) -> AsyncIterator[Journey]:
    """The provider, a router and `replicas` BFFs; `changes` are settings of the BFF."""
    async with AsyncExitStack() as stack:
        provider_socket, router_socket = free_socket(), free_socket()
        bff_sockets = [free_socket() for _ in range(replicas)]
        public_url = origin_of(bff_sockets[0])
        identity = provider_settings(origin_of(provider_socket), public_url, state_folder)
        provider = create_provider(identity)
        traffic = ProviderTraffic(create_provider_app(identity, provider))
        await stack.enter_async_context(serving(traffic, provider_socket))
        keys = JwksSource(f"{provider.issuer}/protocol/openid-connect/certs")
        router = RouterStub(TokenVerifier(provider.issuer, "retail-api", keys))
        graph = Starlette(
            routes=[Route("/graphql", router.answer, methods=["POST"])], exception_handlers={Unauthenticated: _refused}
        )
        await stack.enter_async_context(serving(graph, router_socket))
        settings = bff_settings(
            face,
            public_url,
            **{
                "issuer": provider.issuer,
                "session_redis_url": redis_url,
                "router_url": f"{origin_of(router_socket)}/graphql",
                **changes,
            },
        )
        apps = [face.create_app(settings, upstream=upstream) for _ in bff_sockets]
        for app, listening in zip(apps, bff_sockets, strict=True):
            await stack.enter_async_context(serving(app, listening))
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        origins = [origin_of(listening) for listening in bff_sockets]
        yield Journey(http, origins, apps, provider, identity.url, traffic, router, settings, face)


async def gathered(*awaitables: Any) -> list[Answer]:
    return list(await asyncio.gather(*awaitables))
