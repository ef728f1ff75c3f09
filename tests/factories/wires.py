"""Subgraphs behind real sockets that answer as a test says, byte by byte if need be."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson

from kernel.subgraph import GraphQLRequest
from router.app import create_router, http_transport
from router.gateway import Router
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, MemorySubgraph

Respond = Callable[["Wire", bytes, asyncio.StreamWriter], Awaitable[None]]


def http_answer(content: bytes, *, status: int = 200, **headers: str) -> bytes:
    """An HTTP/1.1 answer as bytes; the length is right unless the test gives another."""
    told = {"content-type": "application/json", "content-length": str(len(content))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + content


def says(content: bytes, *, status: int = 200, **headers: str) -> Respond:
    """Answers with these bytes."""

    async def respond(_wire: "Wire", _body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer(content, status=status, **headers))

    return respond


class Wire:
    """One subgraph on a port of its own; it answers from the graph unless `respond` is set."""

    def __init__(self, subgraph: MemorySubgraph) -> None:
        self._subgraph = subgraph
        self.respond: Respond | None = None
        self.requests: list[tuple[Mapping[str, str], Any]] = []
        self.connections = 0
        self.extra: dict[str, str] = {}
        self.url = ""
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[Any]] = set()

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=context)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/graphql"

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        self.stop()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        await asyncio.wait([task])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                headers = await _headers(reader)
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append((headers, orjson.loads(body)))
                await (self.respond or _graph)(self, body, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    async def graph_answer(self, body: bytes) -> bytes:
        asked = orjson.loads(body)
        return orjson.dumps(await self._subgraph.execute(GraphQLRequest(asked["query"], asked.get("variables")), {}))


async def _graph(wire: Wire, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(http_answer(await wire.graph_answer(body), **wire.extra))


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.lower(): value.strip() for name, _, value in pairs}


@asynccontextmanager
async def listening(wire: Wire, context: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Serve a wire on a free port of the loopback interface."""
    await wire.start(context)
    try:
        yield wire
    finally:
        await wire.close()


class WiredGraph:
    """A federated graph whose subgraphs are reached over sockets."""

    def __init__(self, graph: FederatedGraph, wires: Mapping[str, Wire], settings: RouterSettings) -> None:
        self.graph = graph
        self.wires = wires
        self.urls = {name: wire.url for name, wire in wires.items()}
        self.router: Router = create_router(settings, graph.supergraph_sdl, http_transport(settings, self.urls))

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> Any:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await self.router.execute(GraphQLRequest(query, variables), told)).body


@asynccontextmanager
async def wired(graph: FederatedGraph, **settings: Any) -> AsyncIterator[WiredGraph]:
    """The router over its subgraphs' sockets."""
    async with AsyncExitStack() as stack:
        wires = {name: await stack.enter_async_context(listening(Wire(sub))) for name, sub in graph.subgraphs.items()}
        running = WiredGraph(graph, wires, RouterSettings(**settings))
        stack.push_async_callback(running.router.close)
        yield running
