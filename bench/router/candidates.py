"""The processes that take part: the subgraphs, and one gateway for every way to serve their graph."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.router.library import SUBGRAPHS, subgraph_sdl
from bench.router.load import answer_of
from bench.router.npm import ROOT, Peers
from bench.starting import until_open
from cli.processes.inspection import free_port
from router.composition import SubgraphSource, compose

OURS, OURS_SHARING = "RetailFlow", "RetailFlow, sharing"
APOLLO = "Apollo Gateway"
HIVE_JS, HIVE_JS_SHARING = "Hive Gateway, JavaScript", "Hive Gateway, JavaScript, sharing"
HIVE_RUST, HIVE_RUST_SHARING = "Hive Gateway, Rust", "Hive Gateway, Rust, sharing"
LIMIT = "by hand: Starlette + aiohttp + orjson"

ALONE = (OURS, APOLLO, HIVE_JS, HIVE_RUST, LIMIT)
SHARING = (OURS_SHARING, HIVE_JS_SHARING, HIVE_RUST_SHARING)
_START_SECONDS = 60.0
_COUNTS = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Processors:
    """Which CPUs the gateway has to itself, and which the load and the subgraphs share."""

    gateway: frozenset[int]
    others: frozenset[int]

    @classmethod
    def of_machine(cls) -> "Processors":
        first, *rest = sorted(os.sched_getaffinity(0))
        return cls(frozenset({first}), frozenset(rest or {first}))


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that answers."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Field:
    """Every gateway over the same subgraphs."""

    gateways: Mapping[str, Gateway]
    subgraph_port: int

    async def subgraph_requests(self) -> int:
        """How many operations the subgraphs have answered so far."""
        counts: Mapping[str, int] = orjson.loads(await answer_of(self.subgraph_port, _COUNTS))
        return sum(counts.values())


@asynccontextmanager
async def opened_field(names: Sequence[str], peers: Peers | None) -> AsyncGenerator[Field]:
    """Start the subgraphs and the gateways of these names, each where it belongs; this process is load as well."""
    before = os.sched_getaffinity(0)
    processors = Processors.of_machine()
    os.sched_setaffinity(0, processors.others)
    try:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="router-bench-")))
            ports = [free_port() for _ in SUBGRAPHS]
            servers = ["-m", "bench.router.subgraph_servers", *map(str, ports)]
            await stack.enter_async_context(_running([sys.executable, *servers], ports[0], {}))
            places = _Places(folder, [f"http://127.0.0.1:{port}/graphql" for port in ports], peers)
            places.write()
            os.sched_setaffinity(0, processors.gateway)
            gateways: dict[str, Gateway] = {}
            for name in names:
                port = free_port()
                started = _running(places.command(name, port), port, places.environment(name))
                gateways[name] = Gateway(name, port, await stack.enter_async_context(started))
            os.sched_setaffinity(0, processors.others)
            yield Field(gateways, ports[0])
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class _Places:
    folder: Path
    urls: Sequence[str]
    peers: Peers | None

    @property
    def supergraph(self) -> Path:
        return self.folder / "supergraph.graphql"

    def write(self) -> None:
        sources = [
            SubgraphSource(name=name, url=url, sdl=subgraph_sdl(name))
            for name, url in zip(SUBGRAPHS, self.urls, strict=True)
        ]
        self.supergraph.write_text(compose(sources).supergraph_sdl)
        for name in (OURS, OURS_SHARING):
            shares = str(name == OURS_SHARING).lower()
            self._configuration(name).write_text(f"defaults:\n  shares_queries: {shares}\n")

    def command(self, name: str, port: int) -> list[str]:
        if name in {OURS, OURS_SHARING}:
            serve = ("-m", "router", "serve", "--supergraph", str(self.supergraph), "--port", str(port))
            return [sys.executable, *serve]
        if name == LIMIT:
            return [sys.executable, "-m", "bench.router.by_hand", str(port), *self.urls]
        if self.peers is None:
            raise ValueError(name)
        if name == APOLLO:
            return self.peers.command("apollo.cjs", self.supergraph, port)
        planner = "rust" if name in {HIVE_RUST, HIVE_RUST_SHARING} else "javascript"
        sharing = "shared" if name in SHARING else "alone"
        return self.peers.command("hive.mjs", self.supergraph, port, planner, sharing)

    def environment(self, name: str) -> Mapping[str, str]:
        if name in {OURS, OURS_SHARING}:
            return {"RETAILFLOW_ROUTER_CONFIG_FILE": str(self._configuration(name))}
        return {"NODE_ENV": "production", "APOLLO_TELEMETRY_DISABLED": "true", "HIVE_TELEMETRY_DISABLED": "true"}

    def _configuration(self, name: str) -> Path:
        return self.folder / f"router-{'sharing' if name == OURS_SHARING else 'alone'}.yaml"


@asynccontextmanager
async def _running(command: Sequence[str], port: int, variables: Mapping[str, str]) -> AsyncGenerator[int]:
    """A server that is ready to answer; its pid. It inherits the CPUs of this process."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            await until_open(port, process)
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
