"""The keep-alive connections to one URL, and requests as they go over them."""

import asyncio
import base64
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import aiohappyeyeballs

from router.execution.transport.addresses import Addresses
from router.execution.transport.connection import Connection, HttpAnswer
from router.execution.transport.expiry import Expiries

# shorter than what servers usually keep (5 s), or requests meet connections that are just being closed; a server that
# tells less is believed
KEEP_ALIVE_SECONDS: Final = 4.0
# RFC 8305 §8: the next address is tried beside one that has not answered by then
_NEXT_ADDRESS_SECONDS: Final = 0.25
_PORTS: Final = {"http": 80, "https": 443}
# RFC 3986 §2.2 and §2.3, and what is quoted already
_UNQUOTED: Final = "%:/?#[]@!$&'()*+,;=-._~"


@cache
def default_tls() -> ssl.SSLContext:
    """The authorities of the system, read once: that takes a tenth of a second."""
    return ssl.create_default_context()


class UnsendableHeader(ValueError):
    """The value of a header is more than a line."""


class Origin:
    """Posts to one URL; `headers` (names in lower case) are sent with every request and go before those of a request.

    How many requests run at a time is the bulkheads' business.

    Raises:
        ValueError: this is no URL of an HTTP server.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        expiries: Expiries,
        addresses: Addresses,
        *,
        tls: ssl.SSLContext | None = None,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("not the URL of an HTTP server")
        self._host: Final = parts.hostname.encode("idna").decode("ascii")
        self._port: Final = parts.port or _PORTS[parts.scheme]
        self._tls = (tls or default_tls()) if parts.scheme == "https" else None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fixed = {"host": _host_and_port(self._host, parts.port), **headers}
        if parts.username is not None:
            fixed["authorization"] = _basic(unquote(parts.username), unquote(parts.password or ""))
        self._fixed: Final = frozenset({*fixed, "content-length"})
        self._head: Final = _lines(
            [f"POST {quote(target, _UNQUOTED)} HTTP/1.1", *(f"{name}: {value}" for name, value in fixed.items())]
        )
        self._expiries = expiries
        self._addresses = addresses
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keep_alive_seconds = keep_alive_seconds
        self._connections: set[Connection] = set()
        self._idle: list[Connection] = []
        self._tidying: asyncio.TimerHandle | None = None
        self._tidies_at = 0.0

    async def post(self, headers: Mapping[str, str], body: bytes, *, max_bytes: int, expires: float) -> HttpAnswer:
        """Post a body and wait for the answer, until the loop time `expires`.

        Raises:
            AnswerTooLarge: its body has more than `max_bytes`.
            TimeoutError: it has not come in time.
            OSError: no connection, or a broken one.
            UnsendableHeader: nobody was asked.
            ValueError: what came is not HTTP.
        """
        if not self._fixed.isdisjoint(headers):
            headers = {name: value for name, value in headers.items() if name not in self._fixed}
        own = _lines([*(f"{name}: {value}" for name, value in headers.items()), f"content-length: {len(body)}"])
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._move(loop)
        connection = self._reused(loop) or await self._connected(loop, expires)
        try:
            answer = await connection.exchange(b"".join((self._head, own, b"\r\n", body)), max_bytes, expires)
        except BaseException:
            self._connections.discard(connection)
            connection.abort()
            raise
        self._keep(connection, loop)
        return answer

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._move(loop)
        for connection in self._connections:
            connection.abort()
        self._connections.clear()
        self._idle.clear()
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None

    def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin in another event loop; what belongs to the last one ended with it."""
        self._loop, self._tidying = loop, None
        self._connections.clear()
        self._idle.clear()

    def _reused(self, loop: asyncio.AbstractEventLoop) -> Connection | None:
        now = loop.time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable and connection.idle_until > now:
                return connection
            self._drop(connection)
        return None

    async def _connected(self, loop: asyncio.AbstractEventLoop, expires: float) -> Connection:
        async with asyncio.timeout_at(expires):
            sock = await self._reached(loop)
            _, connection = await loop.create_connection(
                lambda: Connection(self._expiries, loop),
                sock=sock,
                ssl=self._tls,
                server_hostname=self._host if self._tls else None,
            )
        self._connections.add(connection)
        return connection

    async def _reached(self, loop: asyncio.AbstractEventLoop) -> socket.socket:
        addresses = await self._addresses.of(self._host, self._port)
        try:
            return await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType] - has bare tuples
                addresses, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, loop=loop
            )
        except OSError:
            self._addresses.forget(self._host, self._port)
            raise

    def _keep(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        if not connection.is_reusable:
            self._drop(connection)
            return
        connection.idle_until = loop.time() + min(self._keep_alive_seconds, connection.idle_seconds)
        self._idle.append(connection)
        if self._tidying is None or connection.idle_until < self._tidies_at:
            self._tidy_at(connection.idle_until, loop)

    def _tidy_at(self, when: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        self._tidies_at = when
        self._tidying = loop.call_at(when, self._tidy, loop)

    def _tidy(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what has not been used for long; the connection used last is the next to be used."""
        self._tidying = None
        now = loop.time()
        unused = {each for each in self._idle if not each.is_reusable or each.idle_until <= now}
        for connection in unused:
            self._drop(connection)
        self._idle = [each for each in self._idle if each not in unused]
        if self._idle:
            self._tidy_at(min(each.idle_until for each in self._idle), loop)

    def _drop(self, connection: Connection) -> None:
        self._connections.discard(connection)
        connection.close()


def _lines(lines: list[str]) -> bytes:
    """Header lines as they are sent.

    Raises:
        UnsendableHeader: one of them is no line.
    """
    text = "\n".join(lines)
    if text.count("\n") >= len(lines) or "\r" in text or "\0" in text:
        raise UnsendableHeader("a header is no line")
    text = text.replace("\n", "\r\n") + "\r\n"
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _host_and_port(host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
