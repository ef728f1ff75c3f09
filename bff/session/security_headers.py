"""What every answer of the BFF tells the browser to forbid."""

from collections.abc import MutableMapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_TWO_YEARS: Final = 63_072_000
_FEATURES: Final = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
# as the OWASP Secure Headers Project lists them; what every process of ours sends besides is in kernel/asgi.py
_HEADERS: Final = (
    ("content-security-policy", NOTHING),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", ", ".join(f"{feature}=()" for feature in _FEATURES)),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-dns-prefetch-control", "off"),
)


def page_policy(nonce: str, form_target: str) -> str:
    """The content security policy of a page without scripts; `form_target` is the origin sign-out may lead to."""
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self' data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {form_target}"
    )


def till_policy(nonce: str) -> str:
    """The content security policy of a till: our own scripts, which talk to this site only.

    The scripts that a script with the nonce imports count as part of it.
    """
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'; style-src 'nonce-{nonce}'; "
        "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


def graphiql_policy(nonce: str) -> str:
    """The content security policy of GraphiQL: our own scripts only.

    Its editor places each line of text by an attribute, so styles in attributes are allowed; style sheets are not.
    """
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers that a route did not set itself; HSTS only where browsers come over TLS."""

    def __init__(self, app: ASGIApp, *, is_https: bool, is_for_subdomains: bool) -> None:
        self._app = app
        staying = f"max-age={_TWO_YEARS}{'; includeSubDomains' if is_for_subdomains else ''}"
        self._headers = (*_HEADERS, ("strict-transport-security", staying)) if is_https else _HEADERS

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
        for name, value in self._headers:
            headers.setdefault(name, value)
