"""Results of a subscription as server-sent events: the distinct connections of the GraphQL-over-SSE protocol.

`event: next` carries a result, `event: complete` ends the stream, a line `:` every twelve seconds keeps it open.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from typing import Final, Protocol, Self, cast

import orjson

from kernel.media_ranges import refuses
from kernel.subgraph import JsonObject

EVENT_STREAM: Final = "text/event-stream"
#: proxies must not collect events, nobody may keep them
EVENT_STREAM_HEADERS: Final[Mapping[str, str]] = {
    "content-type": EVENT_STREAM,
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}
KEEP_ALIVE_SECONDS: Final = 12.0

_BEAT: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata:\n\n"


class EventTooLarge(Exception):
    """An event of a stream is larger than allowed."""


class StreamBroken(Exception):
    """A stream ended without saying that it is complete."""


def wants_events(accept: str | None) -> bool:
    """Whether an `Accept` header names the media type of event streams; wildcards do not."""
    for item in (accept or "").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name == EVENT_STREAM:
            return not any(refuses(parameter) for parameter in parameters)
    return False


class Results(Protocol):
    """The results of a subscription as they come."""

    def __anext__(self) -> Awaitable[JsonObject]:
        """The next one; raises StopAsyncIteration after the last."""
        ...

    def aclose(self) -> Awaitable[None]:
        """Take no more of them."""
        ...


class EventStream:
    """The bytes of a stream of results. Whoever stops before the end calls `aclose`."""

    def __init__(self, results: Results, *, keep_alive_seconds: float = KEEP_ALIVE_SECONDS) -> None:
        self._results = results
        self._keep_alive_seconds = keep_alive_seconds
        self._next: asyncio.Future[JsonObject | None] | None = None
        self._is_begun = False
        self._is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._is_over:
            raise StopAsyncIteration
        if not self._is_begun:
            # a client learns that its stream is open before anything happens
            self._is_begun = True
            return _BEAT
        if self._next is None:
            self._next = asyncio.ensure_future(_next_of(self._results))
        done, _ = await asyncio.wait([self._next], timeout=self._keep_alive_seconds)
        if not done:
            return _BEAT
        result, self._next = self._next.result(), None
        if result is None:
            self._is_over = True
            return _COMPLETE
        return b"event: next\ndata: " + _written(result) + b"\n\n"

    async def aclose(self) -> None:
        """End whatever the results come from."""
        self._is_over = True
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        await self._results.aclose()


def _written(result: JsonObject) -> bytes:
    try:
        return orjson.dumps(result)
    except TypeError:
        # a number beyond 64 bits that only a custom scalar lets through
        error = {"message": "this result cannot be written as JSON", "extensions": {"code": "INTERNAL"}}
        return orjson.dumps({"data": None, "errors": [error]})


async def _next_of(results: Results) -> JsonObject | None:
    try:
        return await results.__anext__()
    except StopAsyncIteration:
        return None


async def results_in(chunks: AsyncIterator[bytes], *, max_bytes: int) -> AsyncGenerator[JsonObject]:
    """The results in the bytes of a stream, until it is complete.

    Raises:
        StreamBroken: the bytes end before that.
        EventTooLarge: an event is larger than `max_bytes`.
        ValueError: an event holds no JSON object.
    """
    rest = b""
    async for chunk in chunks:
        *events, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
        if max(len(rest), *(len(event) for event in events), 0) > max_bytes:
            raise EventTooLarge
        for event in events:
            name, data = _read(event)
            if name == b"complete":
                return
            if name == b"next":
                yield _result(data)
    raise StreamBroken


def _read(event: bytes) -> tuple[bytes, bytes]:
    name, data = b"", list[bytes]()
    for line in event.split(b"\n"):
        field, _, value = line.partition(b":")
        if field == b"event":
            name = value.strip()
        elif field == b"data":
            data.append(value.removeprefix(b" "))
    return name, b"\n".join(data)


def _result(data: bytes) -> JsonObject:
    result: object = orjson.loads(data)
    if not isinstance(result, dict):
        raise ValueError("an event holds no JSON object")  # noqa: TRY004 - the stream is wrong, not the code
    return cast("JsonObject", result)
