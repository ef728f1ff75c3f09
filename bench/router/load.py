"""A closed-loop HTTP load: so many keep-alive connections, each sends its next request when the last is answered."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import cast

import httptools


@dataclass(frozen=True, slots=True)
class Load:
    """What one round gave; answer times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p95: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


async def drive(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    """Send `request` again and again on each connection; answers under way at the end are waited for."""
    times: list[float] = []
    started = time.perf_counter()
    clients = [await _connected(port, request, started + seconds, times) for _ in range(connections)]
    await asyncio.gather(*(client.done for client in clients))
    elapsed = time.perf_counter() - started
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Load(len(times), elapsed, cuts[49] * 1000, cuts[94] * 1000)


async def answer_of(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    client = await _connected(port, request, 0.0, [])
    await client.done
    return bytes(client.body)


async def _connected(port: int, request: bytes, deadline: float, times: list[float]) -> "_Client":
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: _Client(request, deadline, times), "127.0.0.1", port)
    return client


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes, deadline: float, times: list[float]) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self.body = bytearray()
        self._request = request
        self._deadline = deadline
        self._times = times
        self._started = 0.0
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def on_message_begin(self) -> None:
        self.body.clear()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._times.append(now - self._started)
        if self._parser.get_status_code() != 200:
            self.done.set_exception(RuntimeError(self.body.decode(errors="replace")[:500]))
        elif now >= self._deadline:
            self.done.set_result(None)
        else:
            self._send()
            return
        if self._transport is not None:
            self._transport.close()

    def _send(self) -> None:
        if self._transport is not None:
            self._started = time.perf_counter()
            self._transport.write(self._request)
