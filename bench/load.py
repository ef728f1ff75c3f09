"""A closed-loop load generator: N clients, each sends its next request when the last one is answered."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run gave; times in milliseconds."""

    clients: int
    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def row(self) -> str:
        return (
            f"{self.clients:>8} {self.requests:>9} {self.per_second:>10.1f} "
            f"{self.p50:>9.1f} {self.p95:>9.1f} {self.p99:>9.1f}"
        )


HEADER = f"{'clients':>8} {'requests':>9} {'per s':>10} {'p50 ms':>9} {'p95 ms':>9} {'p99 ms':>9}"


async def measure(clients: int, seconds: float, request: Callable[[int], Awaitable[float | None]]) -> Measurement:
    """Run `request(client number)` in a loop per client. A returned number replaces the measured seconds."""
    deadline = time.perf_counter() + seconds
    times: list[float] = []

    async def client(number: int) -> None:
        while time.perf_counter() < deadline:
            started = time.perf_counter()
            own = await request(number)
            times.append(own if own is not None else time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    elapsed = time.perf_counter() - started
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Measurement(clients, len(times), elapsed, cuts[49] * 1000, cuts[94] * 1000, cuts[98] * 1000)
