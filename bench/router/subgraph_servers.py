"""The four subgraphs in one process, each on a port of its own, cheap enough never to be what limits a gateway.

usage: python -m bench.router.subgraph_servers PORT PORT PORT PORT
An operation is executed when it is first seen; from then on its answer is looked up by the bytes of the request. A GET
on any port tells how many operations were answered so far.
"""

import asyncio
import sys
from typing import TYPE_CHECKING, cast

import httptools
import orjson
import uvloop

from bench.router.library import SUBGRAPHS, SubgraphService

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


class Answers:
    """What one subgraph answers, as whole HTTP responses."""

    def __init__(self, service: SubgraphService, counts: dict[str, int], name: str) -> None:
        self._service = service
        self._known: dict[bytes, bytes] = {}
        self._counts = counts
        self._name = name

    def to(self, body: bytes) -> bytes:
        """The response to an operation, or the counts if there is none."""
        if not body:
            return _response(orjson.dumps(self._counts))
        self._counts[self._name] += 1
        known = self._known.get(body)
        if known is None:
            known = self._known[body] = self._execute(body)
        return known

    def _execute(self, body: bytes) -> bytes:
        asked = cast("Mapping[str, object]", orjson.loads(body))
        variables = cast("Mapping[str, object]", asked.get("variables") or {})
        result = self._service.answer(cast("str", asked["query"]), variables)
        return _response(orjson.dumps(result.formatted))


def _response(body: bytes) -> bytes:
    return _HEAD % len(body) + body


class Connection(asyncio.Protocol):
    """One keep-alive connection of a gateway."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._parser = httptools.HttpRequestParser(self)
        self._body = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._transport is not None:
            self._transport.write(self._answers.to(bytes(self._body)))
        self._body.clear()


async def main() -> None:
    loop = asyncio.get_running_loop()
    counts = dict.fromkeys(SUBGRAPHS, 0)
    for name, port in zip(SUBGRAPHS, map(int, sys.argv[1:]), strict=True):
        answers = Answers(SubgraphService(name), counts, name)
        await loop.create_server(lambda answers=answers: Connection(answers), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
