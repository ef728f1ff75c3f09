"""GraphQL on behalf of the browser: cookie in, bearer token out, to one configured router and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

import aiohttp
import orjson

from bff.session.model import Session
from kernel.deadlines import DEADLINE_HEADER, told_milliseconds
from kernel.event_stream import EVENT_STREAM, wants_events
from kernel.telemetry import get_logger, outgoing_headers

log = get_logger(__name__)

# everything else is dropped: cookies, hop-by-hop headers, client-made Authorization, X-User*, X-Tenant*, X-Forwarded-*
_FORWARDED: Final = ("accept", "accept-language")
_RETURNED: Final = ("content-type", "retry-after")

_IN_PARTS: Final = frozenset({"multipart/mixed", EVENT_STREAM})
# the router is told to be done a little earlier than it is given up: half an answer is better than none
_TOLD_SHARE: Final = 0.95


class AnswerParts(Protocol):
    """The bytes of an answer that comes in parts (`@defer`); whoever stops before the end calls `aclose`."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        ...

    async def aclose(self) -> None:
        """Take no more of it."""
        ...


DirectCall = Callable[[bytes, Mapping[str, str]], Awaitable[tuple[int, Mapping[str, str], bytes | AnswerParts]]]


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """What the router said; header names in lower case. An answer in parts is passed on part by part."""

    status: int
    headers: Mapping[str, str]
    body: bytes | AnswerParts


class GraphQLUpstream(Protocol):
    """The federated graph, over HTTP or in the same process."""

    async def post(self, body: bytes, headers: Mapping[str, str]) -> UpstreamAnswer:
        """Execute the JSON-encoded GraphQL request `body`."""
        ...


class HttpUpstream:
    """The router over HTTP: one fixed address, kept-alive connections, no redirects.

    `timeout_seconds` is for a whole answer; of one in parts it is for the first part, and for each further one.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession, *, timeout_seconds: float = 15.0) -> None:
        self._url = url
        self._http = http
        self._seconds = timeout_seconds
        self._told = {DEADLINE_HEADER: told_milliseconds(timeout_seconds * _TOLD_SHARE)}

    async def post(self, body: bytes, headers: Mapping[str, str]) -> UpstreamAnswer:
        """Forward to the router; a router that does not answer becomes a coded GraphQL error."""
        try:
            async with asyncio.timeout(self._seconds):
                # a stream goes on for as long as somebody reads it
                told = {} if headers.get("accept") == EVENT_STREAM else self._told
                answer = await self._ask(body, {**headers, **told})
        except TimeoutError:
            return _failure(504, "UPSTREAM_TIMEOUT", "the graph took too long")
        except aiohttp.ClientError as error:
            log.warning("router_unreachable", reason=type(error).__name__)
            return _failure(502, "UPSTREAM_UNAVAILABLE", "the graph cannot be reached")
        if 300 <= answer.status < 400:  # noqa: PLR2004 - the redirect class
            log.error("router_redirected", status=answer.status)
            return _failure(502, "UPSTREAM_UNAVAILABLE", "the graph cannot be reached")
        return answer

    async def _ask(self, body: bytes, headers: Mapping[str, str]) -> UpstreamAnswer:
        response = await self._http.post(
            self._url, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=None), allow_redirects=False
        )
        return UpstreamAnswer(
            response.status,
            {name.lower(): value for name, value in response.headers.items()},
            _HttpParts(response, self._seconds) if response.content_type in _IN_PARTS else await _whole(response),
        )


class _HttpParts:
    """An answer in parts that is still arriving; leaving it closes the connection, which the router notices."""

    def __init__(self, response: aiohttp.ClientResponse, timeout_seconds: float) -> None:
        self._response = response
        self._seconds = timeout_seconds

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                chunk = await self._response.content.readany()
        except (TimeoutError, aiohttp.ClientError) as error:
            # the closing boundary is missing, so the browser sees that something is
            log.warning("router_stopped_within_an_answer", reason=type(error).__name__)
            chunk = b""
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._response.close()


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    async with response:
        return await response.read()


class DirectUpstream:
    """The router in the same process."""

    def __init__(self, call: DirectCall) -> None:
        self._call = call

    async def post(self, body: bytes, headers: Mapping[str, str]) -> UpstreamAnswer:
        """Call the router's pipeline without a network hop."""
        status, answered, content = await self._call(body, headers)
        return UpstreamAnswer(status, {name.lower(): value for name, value in answered.items()}, content)


async def forward(
    upstream: GraphQLUpstream, session: Session, body: bytes, headers: Mapping[str, str]
) -> UpstreamAnswer:
    """Send a browser's GraphQL request upstream in the name of its session (lower-case header names)."""
    sent = {name: headers[name] for name in _FORWARDED if name in headers}
    sent["content-type"] = "application/json"
    if wants_events(headers.get("accept")):
        # nothing else would do, and compressing would hold events back
        sent |= {"accept": EVENT_STREAM, "accept-encoding": "identity"}
    sent["authorization"] = f"Bearer {session.access_token}"
    sent.update(outgoing_headers())
    answer = await upstream.post(body, sent)
    kept = {name: answer.headers[name] for name in _RETURNED if name in answer.headers}
    return UpstreamAnswer(answer.status, kept, answer.body)


def _failure(status: int, code: str, message: str) -> UpstreamAnswer:
    error = {"message": message, "extensions": {"code": code}}
    return UpstreamAnswer(status, {"content-type": "application/json"}, orjson.dumps({"errors": [error]}))
