"""What every answer of the BFF tells the browser to forbid."""

from collections.abc import MutableMapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
_HSTS: Final = "max-age=31536000; includeSubDomains"


def page_policy(form_target: str) -> str:
    """The content security policy of a plain page; `form_target` is the origin that sign-out may lead to."""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_target}"
    )


def till_policy() -> str:
    """The content security policy of a till: our own scripts, which talk to this site only."""
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


def graphiql_policy(nonce: str) -> str:
    """The content security policy of GraphiQL: our own scripts only; its editor needs inline styles and workers."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers that a route did not set itself; HSTS only where browsers come over TLS."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(message)
            await send(message)

        await self._app(scope, receive, sending)

    def _complete(self, message: MutableMapping[str, object]) -> None:
        headers = MutableHeaders(scope=message)
        headers.setdefault("content-security-policy", NOTHING)
        headers.setdefault("cross-origin-opener-policy", "same-origin")
        headers.setdefault("cross-origin-resource-policy", "same-origin")
        headers.setdefault("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if self._is_https:
            headers.setdefault("strict-transport-security", _HSTS)
