"""One connection to an HTTP/1.1 server: one request after the other, answers bounded in size and time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import httptools

from router.execution.transport.expiry import Expiries
from router.execution.transport.keep_alive import UNLIMITED, KeepAlive, keep_alive

_MAX_HEAD_BYTES: Final = 65_536
_FINAL: Final = 200
# RFC 9112 §6.3: these have no body, whatever their headers say
_BODILESS: Final = frozenset({204, 304})
# an object of Python's takes more than the two bytes a chunk may have
_LOOSE_CHUNKS: Final = 256


class AnswerTooLarge(Exception):
    """The body of an answer is larger than the limit."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer as it came over the wire, its content still packed; names of headers in lower case."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes

    def header(self, name: bytes) -> str:
        """The first value of a header, empty where there is none."""
        return next((value.decode("latin-1").strip() for known, value in self.headers if known == name), "")


class Connection(asyncio.Protocol):
    """Belongs to one request at a time; whoever has asked closes it unless it `is_reusable`.

    `expires` is the loop time at which the present request must have its answer, `idle_until` when the connection must
    have another one; the server says that it may be idle for `idle_seconds`.
    """

    def __init__(self, expiries: Expiries, loop: asyncio.AbstractEventLoop) -> None:
        self.expires = 0.0
        self.idle_until = 0.0
        self.is_reusable = False
        self._answered = 0
        self._told = UNLIMITED
        self._expiries = expiries
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[HttpAnswer] | None = None
        self._max_bytes = 0
        self._reset()

    def _reset(self) -> None:
        self._status = self._head_bytes = self._body_bytes = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._packed = bytearray()
        self._chunks: list[bytes] = []
        self._is_too_large = self._is_ended_by_closing = False
        self._answer: HttpAnswer | None = None

    @property
    def idle_seconds(self) -> float:
        """How long the server keeps it, less a margin."""
        return self._told.idle_seconds

    async def exchange(self, request: bytes, max_bytes: int, expires: float) -> HttpAnswer:
        """Send a whole request and wait for the whole answer.

        Raises:
            AnswerTooLarge: the body has more than `max_bytes`.
            TimeoutError: there is no answer when it expires.
            OSError: the connection broke.
            ValueError: what came is not HTTP.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        waiter: asyncio.Future[HttpAnswer] = self._loop.create_future()
        self._waiter = waiter
        self._max_bytes = max_bytes
        self.is_reusable = False
        self.expires = expires
        self._expiries.watch(self, self._loop)
        self._transport.write(request)
        try:
            return await waiter
        finally:
            self._expiries.forget(self)
            self._waiter = None
            self._reset()
            # an error has this frame in its traceback: together they would outlive the request
            del waiter

    def expire(self) -> None:
        """See `Expiring`."""
        self._fail(TimeoutError())

    def close(self) -> None:
        """End it in order, unless there is something unsent: who has answered does not wait for it any more."""
        self.is_reusable = False
        if self._transport is not None and self._transport.get_write_buffer_size():
            self._transport.abort()
        elif self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it at once; a request that is under way fails."""
        self.is_reusable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        # each holds the other: until the connection is lost
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        self.is_reusable = False
        if self._is_ended_by_closing and exc is None:
            self._complete()
            self._hand_over()
        else:
            self._fail(exc if isinstance(exc, OSError) else ConnectionResetError())
        del self._parser

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._waiter is None or self._waiter.done():
            # nobody has asked for this
            self.abort()
            return
        body_bytes = self._body_bytes
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ValueError(str(error)))
            return
        if self._answer is not None:
            self._hand_over()
        elif self._is_too_large:
            self._fail(AnswerTooLarge())
        elif self._body_bytes != body_bytes:
            self._head_bytes = 0
        else:
            # heads, trailers, what chunks have beside their bytes
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES:
                self._fail(ValueError("the head or the trailers of the answer are too large"))

    def on_message_begin(self) -> None:
        """See `httptools`: an answer, perhaps after interim ones; behind an answer nothing belongs."""
        self.is_reusable = False
        self._headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """See `httptools`; trailers are no headers (RFC 9110 §6.5.1)."""
        if self._status < _FINAL:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """See `httptools`; the parser has checked what says how long the body is."""
        if self._answer is not None:
            return
        self._status = self._parser.get_status_code()
        length, coding = _framing(self._headers)
        if length is not None:
            self._is_too_large = length > self._max_bytes and self._status >= _FINAL
        elif not coding.endswith(b"chunked"):
            self._is_ended_by_closing = self._status >= _FINAL and self._status not in _BODILESS

    def on_body(self, body: bytes) -> None:
        """See `httptools`."""
        self._body_bytes += len(body)
        if self._body_bytes > self._max_bytes:
            self._is_too_large = True
        elif self._answer is None:
            self._chunks.append(body)
            if len(self._chunks) > _LOOSE_CHUNKS:
                self._packed += b"".join(self._chunks)
                self._chunks.clear()

    def on_message_complete(self) -> None:
        """See `httptools`; behind an answer that overtakes its request none can follow (RFC 9112 §9.5)."""
        if self._answer is None and self._status >= _FINAL:
            self._complete()
            is_sent = self._transport is not None and not self._transport.get_write_buffer_size()
            self.is_reusable = is_sent and self._parser.should_keep_alive() and self._is_kept()

    def _is_kept(self) -> bool:
        """Whether the server takes another request; its `max` is of all (Node.js) or of those left (Apache)."""
        told = [value for name, value in self._headers if name == b"keep-alive"]
        if told:
            given = keep_alive(b",".join(told))
            self._told = KeepAlive(given.idle_seconds, min(self._told.requests, given.requests + self._answered))
        self._answered += 1
        return self._told.idle_seconds > 0 and self._answered < self._told.requests

    def _complete(self) -> None:
        loose = b"".join(self._chunks)
        self._answer = HttpAnswer(self._status, self._headers, bytes(self._packed + loose) if self._packed else loose)

    def _hand_over(self) -> None:
        if self._waiter is not None and self._answer is not None and not self._waiter.done():
            self._waiter.set_result(self._answer)

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)


def _framing(headers: Sequence[tuple[bytes, bytes]]) -> tuple[int | None, bytes]:
    """The announced length of a body and its transfer coding."""
    length, coding = None, b""
    for name, value in headers:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            coding = value.strip().lower()
    return length, coding
