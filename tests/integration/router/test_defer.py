"""`@defer` over real sockets: the first part comes before the slow subgraph answers, in both formats, by GET too."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import brotli
import orjson
import pytest

from kernel.answer_headers import send_header
from kernel.subgraph import GraphQLRequest, JsonObject
from router.app import create_app
from router.execution.incremental.formats import IncrementalFormat
from router.execution.response_headers import ResponseHeaderRule, ResponseHeaderRules, Take
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, MemorySubgraph, World
from tests.factories.served import served

_SDLS = {
    "fast": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! name: String }',
    "slow": 'type Product @key(fields: "id") { id: ID! stock: Int }',
}
_QUERY = '{ product { name ...@defer(label: "s") { stock } } }'
_OLDER = "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json;q=0.9"
_CURRENT = "multipart/mixed; incrementalSpec=v0.2, application/json"


class _Slow:
    """A subgraph that answers when it is told to."""

    def __init__(self, subgraph: MemorySubgraph) -> None:
        self._subgraph = subgraph
        self.may_answer = asyncio.Event()
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def execute(self, request: GraphQLRequest, headers: Any) -> JsonObject:
        self.asked.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return await self._subgraph.execute(request, headers)


class _Reader:
    """Reads the parts of a response as they come, by the boundary that ends each."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._is_started = False

    async def part(self) -> Any:
        if not self._is_started:
            assert await self._until(b"\r\n---") == b""
            self._is_started = True
        head, _, body = (await self._until(b"\r\n---")).partition(b"\r\n\r\n")
        assert head == b"\r\nContent-Type: application/json; charset=utf-8"
        return orjson.loads(body)

    async def rest(self) -> bytes:
        return await self._response.content.read()

    async def _until(self, boundary: bytes) -> bytes:
        return (await self._response.content.readuntil(boundary)).removesuffix(boundary)


@asynccontextmanager
async def _running(**settings: Any) -> AsyncIterator[tuple[str, aiohttp.ClientSession, _Slow]]:
    product = {"__typename": "Product", "id": "1", "name": "Chair", "stock": 3}
    graph = FederatedGraph(World(entities={"Product": [product]}, computed={"Query.product": lambda _: product}), _SDLS)
    slow = _Slow(graph.subgraphs["slow"])
    transport = InProcessTransport({**graph.subgraphs, "slow": slow})
    app = create_app(RouterSettings(**settings), graph.supergraph_sdl, transport)
    async with served(app) as url, aiohttp.ClientSession() as session:
        yield f"{url}/graphql", session, slow


def _ungzip() -> Callable[[bytes], bytes]:
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress


def _unbrotli() -> Callable[[bytes], bytes]:
    return brotli.Decompressor().process


async def test_the_first_part_arrives_before_the_slow_subgraph_answers():
    async with (
        _running() as (url, session, slow),
        session.post(url, json={"query": _QUERY}, headers={"accept": _CURRENT}) as response,
    ):
        reader = _Reader(response)
        first = await reader.part()

        assert response.status == 200
        assert response.headers["content-type"] == 'multipart/mixed; boundary="-"; incrementalSpec=v0.2'
        assert first == {
            "data": {"product": {"name": "Chair"}},
            "pending": [{"id": "0", "path": ["product"], "label": "s"}],
            "hasNext": True,
        }
        slow.may_answer.set()
        assert await reader.part() == {
            "incremental": [{"id": "0", "data": {"stock": 3}}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        }
        assert await reader.rest() == b"--\r\n"


@pytest.mark.parametrize(("coding", "unpacking"), [("gzip", _ungzip), ("br", _unbrotli)])
async def test_packed_parts_can_be_read_as_soon_as_they_come(tmp_path, coding, unpacking):
    configuration = tmp_path / "router.json"
    configuration.write_text('{"compression": {"minimum_bytes": 1000000}}')
    unpack = unpacking()
    headers = {"accept": _CURRENT, "accept-encoding": coding}
    async with (
        _running(config_file=str(configuration)) as (url, _, slow),
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.post(url, json={"query": _QUERY}, headers=headers) as response,
    ):
        first = b""
        async with asyncio.timeout(10):
            while not first.endswith(b"---"):
                first += unpack(await response.content.readany())
        slow.may_answer.set()
        rest = unpack(await response.content.read())

    assert (response.headers["content-encoding"], response.headers["vary"]) == (coding, "accept-encoding")
    assert first.endswith(b'"hasNext":true}\r\n---')
    assert rest.startswith(b"\r\nContent-Type: application/json")
    assert rest.endswith(b'"hasNext":false}\r\n-----\r\n')


async def test_an_answer_whose_end_is_not_known_yet_may_not_be_stored():
    product = {"__typename": "Product", "id": "1", "name": "Chair", "stock": 3}
    graph = FederatedGraph(World(entities={"Product": [product]}, computed={"Query.product": lambda _: product}), _SDLS)
    fast = graph.subgraphs["fast"]

    async def cachable(request: GraphQLRequest, headers: Any) -> JsonObject:
        send_header("cache-control", "max-age=60, public")
        return await fast.execute(request, headers)

    fast_handler = SimpleNamespace(execute=cachable)
    transport = InProcessTransport({**graph.subgraphs, "fast": fast_handler}, kept_headers=["cache-control"])
    router = Router(graph.supergraph_sdl, transport, RouterSettings())
    router._response_headers = ResponseHeaderRules([ResponseHeaderRule("cache-control", Take.STRICTEST)])

    whole = await router.execute(GraphQLRequest("{ product { name } }"), {})
    parts = await router.execute(GraphQLRequest(_QUERY), {}, incremental=IncrementalFormat.CURRENT)

    assert parts.later is not None
    await parts.later.aclose()
    assert whole.received == [("cache-control", "public, max-age=60")]
    assert parts.received == [("cache-control", "no-store")]


async def test_apollo_clients_get_their_format_by_get_as_well():
    async with _running() as (url, session, slow):
        headers = {"accept": _OLDER, "apollo-require-preflight": "true"}
        async with session.get(f"{url}?{urlencode({'query': _QUERY})}", headers=headers) as response:
            reader = _Reader(response)

            assert response.headers["content-type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'
            assert await reader.part() == {"data": {"product": {"name": "Chair"}}, "hasNext": True}
            slow.may_answer.set()
            assert await reader.part() == {
                "incremental": [{"data": {"stock": 3}, "path": ["product"], "label": "s"}],
                "hasNext": False,
            }
            assert await reader.rest() == b"--\r\n"


@pytest.mark.parametrize(
    ("accept", "query"),
    [
        ("application/json", _QUERY),
        ("application/json, multipart/mixed;q=0", _QUERY),
        (_CURRENT, "{ product { name stock } }"),
        ("multipart/mixed", "{ product { name stock } }"),
    ],
)
async def test_what_cannot_or_need_not_come_in_parts_is_one_document(accept: str, query: str):
    async with _running() as (url, session, slow):
        slow.may_answer.set()

        async with session.post(url, json={"query": query}, headers={"accept": accept}) as response:
            assert response.headers["content-type"] == "application/json; charset=utf-8"
            assert await response.json() == {"data": {"product": {"name": "Chair", "stock": 3}}}


async def test_a_refused_document_is_answered_as_ever():
    async with (
        _running() as (url, session, _),
        session.post(url, json={"query": "{ nope }"}, headers={"accept": _OLDER}) as response,
    ):
        assert response.status == 400
        assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_a_client_that_leaves_ends_the_outstanding_fetch():
    async with _running() as (url, session, slow):
        async with session.post(url, json={"query": _QUERY}, headers={"accept": _CURRENT}) as response:
            await _Reader(response).part()
            await slow.asked.wait()
            response.close()

        await slow.cancelled.wait()
