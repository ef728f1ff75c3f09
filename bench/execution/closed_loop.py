"""A closed-loop HTTP load of N keep-alive connections that costs little itself, and what processes used meanwhile."""

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What one round gave: requests answered, seconds it took, the middle and late answer times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of all its descendants, those that ended and were waited for included."""
    stats = _stats()
    return _used(pid, stats)


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


def _stats() -> dict[int, list[str]]:
    """Process id → the fields of /proc/PID/stat from the state on."""
    found: dict[int, list[str]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            found[int(file.parent.name)] = file.read_text().rpartition(")")[2].split()
    return found


def _used(pid: int, stats: Mapping[int, list[str]]) -> float:
    own = sum(int(ticks) for ticks in stats[pid][11:15]) / TICKS
    return own + sum(_used(child, stats) for child, fields in stats.items() if int(fields[1]) == pid)
