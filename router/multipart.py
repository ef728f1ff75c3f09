"""Incremental delivery over HTTP: `multipart/mixed`, each payload sent as soon as it is there."""

from collections.abc import Iterable
from typing import Final, Self

import orjson
from starlette.types import ASGIApp

from kernel.asgi import ClosingStream
from kernel.event_stream import EventStream
from kernel.media_ranges import refuses
from kernel.subgraph import JsonObject
from router.compression import Packer
from router.execution.errors import INTERNAL, graphql_error
from router.execution.incremental.formats import IncrementalFormat
from router.execution.incremental.stream import LaterPayloads

_MULTIPART: Final = "multipart/mixed"
_PART: Final = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
_BOUNDARY: Final = b"\r\n---"
_END: Final = b"--\r\n"
#: parameters clients name a format by; without one they get the current format
_FORMATS: Final = {
    "deferspec=20220824": IncrementalFormat.OLDER,
    "incrementalspec=v0.2": IncrementalFormat.CURRENT,
    # what the current format was called before it had a version
    "incrementaldeliveryspec=3283f8a": IncrementalFormat.CURRENT,
}


class Chunks:
    """The bytes of an answer in parts, as they become ready, packed if there is a packer.

    Whoever stops before the end calls `aclose`.
    """

    def __init__(self, first: JsonObject, later: LaterPayloads, packer: Packer | None = None) -> None:
        # a boundary goes out with the payload before it, so that a client need not wait for the next one to read it
        self._next: bytes | None = _BOUNDARY + _PART + _written(first) + _BOUNDARY
        self._later = later
        self._packer = packer

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._next is None:
            raise StopAsyncIteration
        if self._next:
            ready, self._next = self._next, b""
            return self._part(ready)
        payload = await anext(self._later, None)
        if payload is not None:
            return self._part(_PART + _written(payload) + _BOUNDARY)
        self._next = None
        return self._packer.last(_END) if self._packer is not None else _END

    def _part(self, content: bytes) -> bytes:
        return self._packer.part(content) if self._packer is not None else content

    async def aclose(self) -> None:
        """End the fetches that are still under way."""
        await self._later.aclose()


def in_parts(chunks: Chunks | EventStream, headers: Iterable[tuple[str, str]]) -> ASGIApp:
    """Sends an answer in parts, with these headers."""
    response = ClosingStream(chunks)
    for name, value in headers:
        response.headers.append(name, value)
    return response


def content_type(incremental: IncrementalFormat) -> str:
    """The media type of an answer in parts."""
    return f'{_MULTIPART}; boundary="-"; {incremental}'


def _written(payload: JsonObject) -> bytes:
    try:
        return orjson.dumps(payload)
    except TypeError:
        # a number beyond 64 bits that only a custom scalar lets through
        failed = graphql_error("this part of the answer cannot be written as JSON", INTERNAL)
        return orjson.dumps({"errors": [failed], "hasNext": payload.get("hasNext") is True})


def incremental_format(accept: str | None) -> IncrementalFormat | None:
    """The format of answers in parts that an `Accept` header asks for, None if it asks for none."""
    if not accept or _MULTIPART not in accept.lower():
        return None
    for item in accept.lower().replace('"', "").split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name == _MULTIPART and not any(refuses(parameter) for parameter in parameters):
            known = (_FORMATS.get(parameter.replace(" ", "")) for parameter in parameters)
            return next((found for found in known if found is not None), IncrementalFormat.CURRENT)
    return None
