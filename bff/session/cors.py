"""Cross-origin requests of named sites (Fetch standard, CORS protocol); without any there is no CORS at all."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_SENT: Final = (
    "accept-language, authorization, content-type, dpop, idempotency-key, if-match, traceparent, x-request-id, "
    "x-retail-csrf"
)
_READ: Final = (
    "etag, link, location, ratelimit, ratelimit-limit, ratelimit-policy, ratelimit-remaining, ratelimit-reset, "
    "retry-after, www-authenticate, x-request-id"
)
# what Chromium keeps a preflight for at most
_KEPT_SECONDS: Final = 7200


class CrossOrigin:
    """Answers preflights of the allowed origins, and lets their pages read answers to requests with cookies.

    Origins are named one by one, so an answer never carries a wildcard. To all others it says nothing: their preflights
    end where a method that is not allowed does.
    """

    def __init__(self, app: ASGIApp, *, allowed_origins: Sequence[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not self._allowed:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = origin if origin in self._allowed else None
        if allowed and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(allowed)(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered.add_vary_header("Origin")
                if allowed:
                    answered["access-control-allow-origin"] = allowed
                    answered["access-control-allow-credentials"] = "true"
                    answered["access-control-expose-headers"] = _READ
            await send(message)

        await self._app(scope, receive, sending)


def _preflight(origin: str) -> Response:
    return Response(
        status_code=204,
        headers={
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _SENT,
            "access-control-max-age": str(_KEPT_SECONDS),
            "vary": "Origin",
            # kept by the browser's own store of preflights, which `no-store` has nothing to do with
            "cache-control": "no-store",
        },
    )
