"""The frame of every HTTP process: health, metrics, request ids, body limit, uniform error bodies."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final, Protocol

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from kernel.clock import utcnow
from kernel.ids import uuid7_text
from kernel.telemetry import bind_request, clear_request, counter, get_logger, histogram, trace_id_of

ReadinessCheck = Callable[[], Awaitable[None]]

log = get_logger(__name__)
_REQUESTS = counter("http_requests_total", "HTTP requests", ("service", "method", "status"))
_DURATION = histogram("http_request_seconds", "HTTP request duration in seconds", ("service",))
_READINESS_SECONDS: Final = 3.0
_MAX_BODY_BYTES: Final = 1_048_576
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# nginx's, for what nobody is there to be answered; it is in figures and logs only
_CLIENT_CLOSED: Final = 499
_UNLOGGED = frozenset({"/health/live", "/health/ready", "/metrics"})
# as servers give and take them: lower-case bytes
_FRAMING_HEADERS = frozenset({b"x-request-id", b"traceparent", b"content-length"})
_ANSWER_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class OrjsonResponse(JSONResponse):
    """JSON by orjson."""

    def render(self, content: object) -> bytes:
        """The body's bytes."""
        return orjson.dumps(content)


def service_app(
    *,
    service: str,
    routes: Sequence[BaseRoute],
    lifespan: Lifespan[Starlette] | None = None,
    readiness: Mapping[str, ReadinessCheck] | None = None,
    middleware: Sequence[Middleware] = (),
    max_body_bytes: int = _MAX_BODY_BYTES,
) -> Starlette:
    """An ASGI application with /health/live, /health/ready and /metrics beside `routes`."""
    health = _Health(service, readiness or {})
    own_routes = [
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", _metrics),
    ]
    return _Framed(
        routes=[*own_routes, *routes],
        lifespan=lifespan,
        middleware=[Middleware(_RequestFrame, service=service, max_body_bytes=max_body_bytes), *middleware],
        exception_handlers={HTTPException: _http_error},
    )


class _Framed(Starlette):
    """Without the outermost middleware of Starlette, which answers what nobody expected: the frame does."""

    def build_middleware_stack(self) -> ASGIApp:
        """See `Starlette`."""
        app: ASGIApp = ExceptionMiddleware(self.router, handlers=self.exception_handlers)
        for middleware in reversed(self.user_middleware):
            app = middleware.cls(app, *middleware.args, **middleware.kwargs)
        return app


class _Health:
    def __init__(self, service: str, checks: Mapping[str, ReadinessCheck]) -> None:
        self._service = service
        self._checks = checks
        self._started = time.monotonic()

    async def live(self, _request: Request) -> Response:
        return OrjsonResponse(self._body("ok", {}))

    async def ready(self, _request: Request) -> Response:
        results = await asyncio.gather(*(_outcome(check) for check in self._checks.values()))
        details = dict(zip(self._checks, results, strict=True))
        is_ready = all(outcome == "ok" for outcome in results)
        status = "ok" if is_ready else "unavailable"
        return OrjsonResponse(self._body(status, details), status_code=200 if is_ready else 503)

    def _body(self, status: str, details: Mapping[str, str]) -> dict[str, object]:
        return {
            "status": status,
            "service": self._service,
            "version": version("retailflow"),
            "timestamp": utcnow().isoformat(),
            "uptime_seconds": round(time.monotonic() - self._started, 3),
            "details": dict(details),
        }


async def _outcome(check: ReadinessCheck) -> str:
    try:
        async with asyncio.timeout(_READINESS_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - a failing check of any kind means "not ready"
        log.warning("readiness_check_failed", reason=type(error).__name__)
        return "unavailable"
    return "ok"


async def _metrics(_request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "internal error"
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return OrjsonResponse(error_body(_CODES.get(status, "INTERNAL"), detail), status_code=status, headers=headers)


_CODES: Final[Mapping[int, str]] = {
    400: "BAD_USER_INPUT",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    503: "UNAVAILABLE",
}


class ClosableBytes(Protocol):
    """Bytes that come in pieces; whoever stops before the end calls `aclose`."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces as they come."""
        ...

    def aclose(self) -> Awaitable[None]:
        """Take no more of them."""
        ...


class ClosingStream(StreamingResponse):
    """Sends pieces as they come; a client that goes away ends what they come from."""

    def __init__(self, content: ClosableBytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status, headers)
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces, and stop whatever is left when that ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._content.aclose()


def error_body(code: str, message: str, details: Mapping[str, object] | None = None) -> dict[str, object]:
    """The body of an HTTP error, shaped like a GraphQL error so that one client code reads both."""
    return {"errors": [{"message": message, "extensions": {**(details or {}), "code": code}}]}


class _RequestFrame:
    """Request id, trace id, body limit, security headers, access log and metrics around every request."""

    def __init__(self, app: ASGIApp, *, service: str, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._figures = _Figures(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = _framing_headers(scope)
        request_id = given.get(b"x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = uuid7_text()
        bind_request(request_id=request_id, trace_id=trace_id_of(given.get(b"traceparent")))
        exchange = _Exchange(send, request_id)
        started = time.perf_counter()
        try:
            await self._serve(given.get(b"content-length", "0"), scope, receive, exchange)
        finally:
            self._record(scope, exchange.status, time.perf_counter() - started)
            clear_request()

    async def _serve(self, declared: str, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        if not declared.isdecimal() or int(declared) > self._max_body_bytes:
            await _too_large(scope, receive, exchange.send)
            return
        try:
            await self._app(scope, _limited(receive, self._max_body_bytes), exchange.send)
        except _BodyTooLarge:
            if exchange.status == 0:
                await _too_large(scope, receive, exchange.send)
        except ClientDisconnect:
            exchange.status = exchange.status or _CLIENT_CLOSED
        except Exception:
            if exchange.status == 0:
                failed = OrjsonResponse(error_body("INTERNAL", "internal error"), status_code=500)
                await failed(scope, receive, exchange.send)
            # whoever serves the application logs it
            raise

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        self._figures.count(scope["method"], status, seconds)
        if scope["path"] not in _UNLOGGED:
            log.info(
                "http_request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round(seconds * 1000, 2),
            )


def _framing_headers(scope: Scope) -> dict[bytes, str]:
    """The first value of each header the frame reads, without going through all headers once for each."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in _FRAMING_HEADERS and name not in found:
            found[name] = value.decode("latin-1")
    return found


class _Figures:
    """The metrics of one service; the child of each combination of labels is looked up once."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._seconds = _DURATION.labels(service)
        self._counts: dict[tuple[str, int], Counter] = {}

    def count(self, method: str, status: int, seconds: float) -> None:
        requests = self._counts.get((method, status))
        if requests is None:
            requests = self._counts[method, status] = _REQUESTS.labels(self._service, method, str(status))
        requests.inc()
        self._seconds.observe(seconds)


class _Exchange:
    """Sees the response go out: remembers the status, adds the headers every answer carries."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [header for header in message.get("headers", ()) if header[0] != b"x-request-id"]
            chosen = {name for name, _ in headers}
            headers.append((b"x-request-id", self._request_id.encode("latin-1")))
            headers.extend(header for header in _ANSWER_HEADERS if header[0] not in chosen)
            message["headers"] = headers
        await self._send(message)


class _BodyTooLarge(Exception):
    pass


def _limited(receive: Receive, max_body_bytes: int) -> Receive:
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_body_bytes:
            raise _BodyTooLarge
        return message

    return read


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    body: Any = error_body("PAYLOAD_TOO_LARGE", "the request body is too large")
    await OrjsonResponse(body, status_code=413, headers={"connection": "close"})(scope, receive, send)
