"""A closed-loop HTTP load of N keep-alive connections that costs little itself, and what processes used meanwhile."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Load:
    """What one round gave: requests answered, seconds it took, the middle and late answer times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float


class Usage:
    """CPU seconds that a process and all its descendants use from here on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = _times(pid)

    def seconds(self) -> float:
        """What those used that live now; their clocks are exact, while /proc counts ticks of 10 ms."""
        return sum(now - self._before.get(pid, 0.0) for pid, now in _times(self._pid).items())


def peak_megabytes(pid: int) -> float:
    """The most memory that the process and its descendants had, each at its own time."""
    statuses = [Path(f"/proc/{each}/status").read_text() for each in _family(pid)]
    return sum(int(status.partition("VmHWM:")[2].split()[0]) for status in statuses) / 1024


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answer_of(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await _exchange(reader, writer, request)
    finally:
        writer.close()


async def drive(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    """Send `request` again and again on each connection."""
    times: list[float] = []
    deadline = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (started := time.perf_counter()) < deadline:
            await _exchange(reader, writer, request)
            times.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    elapsed = time.perf_counter() - started
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Load(len(times), elapsed, cuts[49] * 1000, cuts[98] * 1000)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


def _times(pid: int) -> dict[int, float]:
    found: dict[int, float] = {}
    for each in _family(pid):
        with contextlib.suppress(OSError):
            # the clock of another process, as clock_getcpuclockid(3) names it
            found[each] = time.clock_gettime((~each << 3) | 2)
    return found


def _family(pid: int) -> list[int]:
    """The process and its descendants."""
    parents: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
    family = [pid]
    for known in family:
        family += [child for child, parent in parents.items() if parent == known]
    return family
