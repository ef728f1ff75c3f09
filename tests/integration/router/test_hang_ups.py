"""Clients that leave before they have sent everything, or before they have read everything: nobody's error."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.types import ASGIApp, Receive, Scope, Send

from kernel.subgraph import GraphQLRequest, JsonObject
from router.app import create_app
from router.execution.transport.in_process import InProcessTransport
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, MemorySubgraph, World
from tests.factories.served import free_socket, served

_SDLS = {
    "fast": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! name: String }',
    "slow": 'type Product @key(fields: "id") { id: ID! stock: Int }',
}
_DEFERRED = b'{"query":"{ product { name ...@defer { stock } } }"}'
_HEAD = b"POST /graphql HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"


class _Slow:
    """A subgraph that never answers, and tells when nobody waits for it any more."""

    def __init__(self) -> None:
        self.is_left = asyncio.Event()

    async def execute(self, _request: GraphQLRequest, _headers: Mapping[str, str]) -> JsonObject:
        try:
            await asyncio.Event().wait()
        finally:
            self.is_left.set()
        raise AssertionError


class _Watched:
    """An application of which a test learns how its one request ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.outcome: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            self.outcome.set_result(error)
            raise
        self.outcome.set_result(None)


class _Shop:
    """A router on a port, with a subgraph that is slow."""

    def __init__(self, port: int, watched: _Watched, slow: _Slow, fast: MemorySubgraph) -> None:
        self.port = port
        self.slow = slow
        self.fast = fast
        self.ended = watched.outcome


@pytest.fixture(name="shop")
async def _shop() -> AsyncIterator[_Shop]:
    product = {"__typename": "Product", "id": "1", "name": "Chair"}
    graph = FederatedGraph(World(entities={"Product": [product]}, computed={"Query.product": lambda _: product}), _SDLS)
    slow = _Slow()
    transport = InProcessTransport({**graph.subgraphs, "slow": slow})
    watched = _Watched(create_app(RouterSettings(), graph.supergraph_sdl, transport))
    bound = free_socket()
    async with served(watched, bound):
        yield _Shop(bound.getsockname()[1], watched, slow, graph.subgraphs["fast"])


def _count(status: int) -> float:
    labels = {"service": "router", "method": "POST", "status": str(status)}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0


def _tracebacks(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING]


_HALVES = {
    "a body of known length": b"Content-Length: 90\r\n\r\n" + _DEFERRED,
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n5\r\n{   \n\r\n",
    "half a chunk": b"Transfer-Encoding: chunked\r\n\r\n5\r\n{ ",
    "nothing of a body": b"Content-Length: 90\r\n\r\n",
}


@pytest.mark.parametrize("is_reset", [False, True], ids=["closes", "resets"])
@pytest.mark.parametrize("half", _HALVES.values(), ids=_HALVES)
async def test_a_client_that_leaves_within_its_request_is_no_error(shop, caplog, half: bytes, is_reset: bool):
    before = _count(499), _count(500)
    _, writer = await asyncio.open_connection("127.0.0.1", shop.port)
    writer.write(_HEAD + half)
    await writer.drain()

    if is_reset:
        writer.transport.abort()
    else:
        writer.close()

    async with asyncio.timeout(10):
        assert await shop.ended is None
    assert (_count(499), _count(500)) == (before[0] + 1, before[1])
    assert shop.fast.requests == []
    assert _tracebacks(caplog) == []


@pytest.mark.parametrize("is_reset", [False, True], ids=["closes", "resets"])
async def test_a_client_that_leaves_between_two_parts_of_its_answer_is_no_error(shop, caplog, is_reset: bool):
    before = _count(200), _count(500)
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.port)
    writer.write(_HEAD + b"Accept: multipart/mixed\r\nContent-Length: %d\r\n\r\n%s" % (len(_DEFERRED), _DEFERRED))
    await reader.readuntil(b'"hasNext":true}')

    if is_reset:
        writer.transport.abort()
    else:
        writer.close()

    async with asyncio.timeout(10):
        await shop.slow.is_left.wait()
        assert await shop.ended is None
    assert (_count(200), _count(500)) == (before[0] + 1, before[1])
    assert _tracebacks(caplog) == []
