"""Whoever opens an address in a browser reads refusals as a page in their language, scripts as JSON."""

from typing import Final, cast

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.session.notices import problem
from kernel.asgi import error_body

_FIRST_ERROR: Final = 400
_FAILED: Final = 500


class ErrorPages:
    """Turns coded refusals into pages where the browser asks for HTML by name, as it does for navigations only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, receive, send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception:
            if not answer.is_begun:
                await answer.tell(_FAILED, orjson.dumps(error_body("INTERNAL", "internal error")), MutableHeaders())
            # whoever serves the application logs it
            raise


class _Answer:
    """Passes an answer on, but keeps a refusal in JSON back until it is whole."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._start: Message | None = None
        self._body = b""
        self.is_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_refusal(message):
            self._start = message
            return
        if self._start is None:
            self.is_begun = True
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self.tell(self._start["status"], self._body, MutableHeaders(scope=self._start))

    async def tell(self, status: int, body: bytes, headers: MutableHeaders) -> None:
        """Answer with the page for the code in `body`; without one, with what was there."""
        self.is_begun = True
        code = _code_in(body)
        if code is None and self._start is not None:
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": body})
            return
        page = problem(Request(self._scope), code or "INTERNAL", status)
        for name, value in headers.items():
            if name not in {"content-type", "content-length"}:
                page.headers.setdefault(name, value)
        await page(self._scope, self._receive, self._send)


def _is_refusal(start: Message) -> bool:
    is_json = MutableHeaders(scope=start).get("content-type", "").startswith("application/json")
    return start["status"] >= _FIRST_ERROR and is_json


def _code_in(body: bytes) -> str | None:
    try:
        answer = cast("dict[str, list[dict[str, dict[str, str]]]]", orjson.loads(body))
        return str(answer["errors"][0]["extensions"]["code"])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return None
