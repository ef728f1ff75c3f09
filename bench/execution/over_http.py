"""End to end: the shop page of one catalogue subgraph over HTTP with PostgreSQL, CPU per request.

usage: python -m bench.execution.over_http [--seconds S] [--rounds R] [--before FOLDER]
Compares Strawberry + SQLAlchemy's ORM + DataLoaders, the product's own catalog subgraph (in --before's checkout too,
if given) and an endpoint written by hand. The servers take turns; every figure is the median of the rounds.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.execution.closed_loop import Load, Usage, answer_of, drive, peak_megabytes, post
from bench.execution.shop_database import QUERY, Issuer, Shop, opened_issuer, opened_shop
from bench.starting import until_open
from cli.processes.inspection import free_port

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
LESS_THAN_PLAIN = 4
MORE_THAN_BY_HAND = 4
OURS = "RetailFlow"
PLAIN = "Strawberry + ORM + DataLoaders + caches"
PLAIN_TUNED = "the same, garbage collection tuned as ours"
BY_HAND = "by hand: Starlette + asyncpg + orjson"


@dataclass(slots=True)
class Round:
    """One server under load for a while; CPU in seconds."""

    load: Load
    server: float
    database: float


@dataclass(slots=True)
class Candidate:
    """A server process and what was measured of it."""

    name: str
    port: int
    pid: int
    rounds: list[Round] = field(default_factory=list)
    megabytes: float = 0.0

    @property
    def server(self) -> float:
        """Milliseconds of CPU per request in the server."""
        return statistics.median(each.server / each.load.requests for each in self.rounds) * 1000

    @property
    def database(self) -> float:
        """Milliseconds of CPU per request in PostgreSQL."""
        return statistics.median(each.database / each.load.requests for each in self.rounds) * 1000

    @property
    def both(self) -> float:
        """Milliseconds of CPU per request altogether."""
        return self.server + self.database

    def row(self) -> str:
        rate = statistics.median(each.load.requests / each.load.seconds for each in self.rounds)
        p50 = statistics.median(each.load.p50 for each in self.rounds)
        p99 = statistics.median(each.load.p99 for each in self.rounds)
        cpu = f"{self.server:>9.2f}{self.database:>9.2f}{self.both:>9.2f}"
        return f"{self.name:<44}{cpu}{rate:>9.0f}{p50:>9.1f}{p99:>9.1f}{self.megabytes:>9.0f}"


HEADER = f"{'CPU ms per request':<44}" + "".join(
    f"{name:>9}" for name in ("server", "postgres", "both", "per s", "p50 ms", "p99 ms", "peak MB")
)


@asynccontextmanager
async def serving(
    name: str, command: Sequence[str], port: int, *, folder: Path, variables: Mapping[str, str]
) -> AsyncGenerator[Candidate]:
    """A server from the code in `folder`, ready to answer."""
    environment = {**os.environ, "PYTHONPATH": str(folder), **variables}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, process_group=0
    )
    try:
        await until_open(port, process)
        yield Candidate(name, port, process.pid)
    finally:
        # a server of several processes ends as a whole
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


def catalog_variables(shop: Shop, issuer: Issuer) -> dict[str, str]:
    """The environment of the catalog subgraph."""
    return {"RETAILFLOW_CATALOG_DATABASE_URL": shop.database.url("catalog_app"), **issuer.environment()}


async def measure(candidates: Sequence[Candidate], shop: Shop, request: bytes, *, rounds: int, seconds: float) -> None:
    """Warm all, check that they answer the same, then let them take turns."""
    answers = {each.name: await answer_of(each.port, request) for each in candidates}
    if len({orjson.dumps(orjson.loads(answer), option=orjson.OPT_SORT_KEYS) for answer in answers.values()}) != 1:
        raise RuntimeError(f"the answers differ: {answers}")
    print(f"one answer is {len(answers[candidates[0].name])} bytes; {CONNECTIONS} connections, {rounds} x {seconds} s")
    for candidate in candidates:
        await drive(candidate.port, request, connections=CONNECTIONS, seconds=1)
    for _ in range(rounds):
        for candidate in candidates:
            server, database = Usage(candidate.pid), Usage(shop.server.process.pid)
            load = await drive(candidate.port, request, connections=CONNECTIONS, seconds=seconds)
            candidate.rounds.append(Round(load, server.seconds(), database.seconds()))
            candidate.megabytes = peak_megabytes(candidate.pid)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, help="another checkout of the product, measured as well")
    arguments = parser.parse_args()
    async with AsyncExitStack() as stack:
        shop, issuer = await stack.enter_async_context(opened_shop()), stack.enter_context(opened_issuer())

        async def start(name: str, *command: str, folder: Path = ROOT, **variables: str) -> Candidate:
            port = free_port()
            filled = [str(port) if argument == "PORT" else argument for argument in command]
            return await stack.enter_async_context(serving(name, filled, port, folder=folder, variables=variables))

        yardstick = ("-m", "bench.execution.shop_servers")
        place = (shop.superuser_url, str(shop.tenant), "PORT")
        catalog = ("-m", "cli.process", "subgraph", "catalog", "--port", "PORT")
        variables = catalog_variables(shop, issuer)
        plain = await start(PLAIN, *yardstick, "strawberry", *place)
        plain_tuned = await start(PLAIN_TUNED, *yardstick, "tuned-strawberry", *place)
        by_hand = await start(BY_HAND, *yardstick, "handwritten", *place)
        ours = [await start(OURS, *catalog, **variables)]
        if arguments.before:
            ours.append(await start(f"{OURS} before", *catalog, folder=arguments.before.resolve(), **variables))
        headers = {"authorization": f"Bearer {issuer.access_token(shop.tenant)}"}
        request = post("/graphql", orjson.dumps({"query": QUERY}), headers)
        candidates = [plain, plain_tuned, *ours, by_hand]
        await measure(candidates, shop, request, rounds=arguments.rounds, seconds=arguments.seconds)
        fallbacks = await _fallbacks(ours[0].port)
    print(HEADER)
    for candidate in candidates:
        print(candidate.row())
    print(f"operations of {OURS} that were left to graphql-core: {', '.join(fallbacks) or 'none'}")
    for candidate in ours:
        print(f"{candidate.name}: {plain.both / candidate.both:.1f}x less CPU than {PLAIN},")
        print(f"  {plain_tuned.both / candidate.both:.1f}x with tuned garbage collection;", end=" ")
        print(f"{candidate.both / by_hand.both:.1f}x the endpoint by hand")
    is_good = plain.both >= LESS_THAN_PLAIN * ours[0].both and ours[0].both <= MORE_THAN_BY_HAND * by_hand.both
    print(f"targets {LESS_THAN_PLAIN}x less and at most {MORE_THAN_BY_HAND}x: {'reached' if is_good else 'MISSED'}")
    if not is_good:
        raise SystemExit(1)


async def _fallbacks(port: int) -> list[str]:
    metrics = await answer_of(port, b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
    return [line for line in metrics.decode().splitlines() if line.startswith("graphql_fallbacks_total{")]


if __name__ == "__main__":
    asyncio.run(main())
