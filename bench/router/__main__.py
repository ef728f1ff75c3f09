"""Our router beside Apollo Gateway, Hive Gateway and an endpoint written by hand: CPU per request, rates, memory.

usage: python -m bench.router [--seconds S] [--rounds R] [--connections N] [--without-node]
All gateways serve the same graph over the same subgraphs and take turns; each has one CPU to itself, load and
subgraphs have the others. Every answer is the same before anything is timed. The median round counts. The first run
installs the other vendors' gateways into .retailflow/ (a few minutes); a run takes about six minutes.
"""

import argparse
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
import uvloop

from bench.execution.closed_loop import Usage, post
from bench.router.candidates import (
    ALONE,
    APOLLO,
    HIVE_JS,
    HIVE_RUST,
    LIMIT,
    OURS,
    OURS_SHARING,
    SHARING,
    Field,
    Gateway,
    opened_field,
)
from bench.router.library import OPERATIONS
from bench.router.load import Load, answer_of, drive
from bench.router.npm import installed_peers

WITHOUT_NODE: Final = frozenset({OURS, OURS_SHARING, LIMIT})
WARM_UP_SECONDS: Final = 3.0


@dataclass(slots=True)
class Measured:
    """One gateway under one operation."""

    gateway: Gateway
    subgraph_requests: int
    rounds: list[tuple[Load, float]] = field(default_factory=list)
    megabytes: float = 0.0

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU per request in the gateway."""
        return statistics.median(seconds / load.requests for load, seconds in self.rounds) * 1000

    @property
    def per_second(self) -> float:
        return statistics.median(load.per_second for load, _ in self.rounds)

    def row(self, ours: "Measured") -> str:
        p50 = statistics.median(load.p50 for load, _ in self.rounds)
        p95 = statistics.median(load.p95 for load, _ in self.rounds)
        figures = f"{self.cpu:>10.2f}{self.per_second:>10.0f}{p50:>10.1f}{p95:>10.1f}{self.megabytes:>10.0f}"
        ratios = f"{self.cpu / ours.cpu:>10.2f}{ours.per_second / self.per_second:>10.2f}"
        return f"{self.gateway.name:<40}{figures}{self.subgraph_requests:>10}{ratios}"


_COLUMNS: Final = (
    f"{'CPU ms':>9}{'per s':>10}{'p50 ms':>9}{'p95 ms':>9}{'MiB':>8}{'fetches':>9}{'CPU/ours':>11}{'our rate':>10}"
)
HEADER: Final = f"{'':<44}{_COLUMNS}"
Results = Mapping[str, Mapping[str, Measured]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to measure."""

    rounds: int
    seconds: float
    connections: int
    warm_up_seconds: float = WARM_UP_SECONDS


async def measured(field_: Field, plan: Plan) -> tuple[Results, Mapping[str, int]]:
    """Operation → gateway → what was measured; and the size of each operation's answer."""
    results: dict[str, dict[str, Measured]] = {}
    sizes: dict[str, int] = {}
    for operation, body in OPERATIONS.items():
        request = post("/graphql", orjson.dumps(body), {"accept": "application/json"})
        sizes[operation] = await _check_answers(field_.gateways.values(), request)
        results[operation] = {name: await _warmed(field_, name, request, plan) for name in field_.gateways}
        for _ in range(plan.rounds):
            for each in results[operation].values():
                usage = Usage(each.gateway.pid)
                load = await _driven(each.gateway, request, plan, plan.seconds)
                each.rounds.append((load, usage.seconds()))
                each.megabytes = max(each.megabytes, _resident_megabytes(each.gateway.pid))
    return results, sizes


async def _check_answers(gateways: Iterable[Gateway], request: bytes) -> int:
    """The size of the answer that all of them give."""
    expected: object = None
    size = 0
    for gateway in gateways:
        answer = await answer_of(gateway.port, request)
        parsed = orjson.loads(answer)
        parsed.pop("extensions", None)
        if expected is None:
            expected, size = parsed, len(answer)
        if parsed != expected or "errors" in parsed:
            raise RuntimeError(f"{gateway.name} answers {answer[:500]!r}")
    return size


async def _warmed(field_: Field, name: str, request: bytes, plan: Plan) -> Measured:
    gateway = field_.gateways[name]
    await _driven(gateway, request, plan, plan.warm_up_seconds)
    before = await field_.subgraph_requests()
    await answer_of(gateway.port, request)
    return Measured(gateway, await field_.subgraph_requests() - before)


async def _driven(gateway: Gateway, request: bytes, plan: Plan, seconds: float) -> Load:
    return await drive(gateway.port, request, connections=plan.connections, seconds=seconds)


def _resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each gateway is loaded in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--without-node", action="store_true", help="only ours and the endpoint written by hand")
    options = parser.parse_args()
    plan = Plan(options.rounds, options.seconds, options.connections)
    if not uvloop.run(_run(plan, is_with_node=not options.without_node)):
        raise SystemExit(1)


async def _run(plan: Plan, *, is_with_node: bool) -> bool:
    peers = installed_peers() if is_with_node else None
    names = [name for name in (*ALONE, *SHARING) if is_with_node or name in WITHOUT_NODE]
    async with opened_field(names, peers) as field_:
        results, sizes = await measured(field_, plan)
    for operation, found in results.items():
        print(f"\n{operation} operation, answer of {sizes[operation]:,} bytes, {plan.connections} connections")
        for reference, group in ((OURS, ALONE), (OURS_SHARING, SHARING)):
            print(HEADER)
            for name in group:
                if name in found:
                    print(found[name].row(found[reference]))
    return _are_targets_reached(results)


def _are_targets_reached(results: Results) -> bool:
    """Print each target that can be judged; a ratio is of CPU per request, which other load on the machine spares."""
    verdicts = [
        *_faster(results["deep"], OURS, {APOLLO: 3.0, HIVE_JS: 3.0, HIVE_RUST: 1.0, LIMIT: 0.6}, "deep"),
        *_faster(results["small"], OURS, {APOLLO: 2.0, HIVE_JS: 2.0, HIVE_RUST: 2.0, LIMIT: 0.6}, "small"),
        *_faster(results["deep"], OURS_SHARING, dict(zip(SHARING[1:], (3.0, 1.0), strict=True)), "deep"),
        *_faster(results["small"], OURS_SHARING, dict.fromkeys(SHARING[1:], 2.0), "small"),
        *_lean(results["deep"]),
    ]
    return all(verdicts)


def _faster(found: Mapping[str, Measured], ours: str, wanted: Mapping[str, float], operation: str) -> list[bool]:
    return [
        _verdict(f"{operation}: CPU of {name} / {ours}", found[name].cpu / found[ours].cpu, factor)
        for name, factor in wanted.items()
        if name in found
    ]


def _lean(found: Mapping[str, Measured]) -> list[bool]:
    ours = found[OURS]
    verdicts = [
        _verdict(f"memory of {name} / {OURS}", found[name].megabytes / ours.megabytes, 3.0)
        for name in (APOLLO, HIVE_JS, HIVE_RUST)
        if name in found
    ]
    if HIVE_RUST in found:
        ratio = found[HIVE_RUST].subgraph_requests / ours.subgraph_requests
        verdicts.append(_verdict(f"subgraph requests of {HIVE_RUST} / {OURS}", ratio, 1.0))
    return verdicts


def _verdict(what: str, ratio: float, wanted: float) -> bool:
    is_reached = ratio >= wanted
    print(f"{what}: {ratio:.2f} (target {wanted:.1f}, {'reached' if is_reached else 'MISSED'})")
    return is_reached


if __name__ == "__main__":
    main()
