"""How long the BFF waits for the router: for a whole answer, or for each part of one that comes in parts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest

from bff.session.graphql_proxy import HttpUpstream, UpstreamAnswer

_SECONDS = 10.0
_WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n"
_PARTS = b'HTTP/1.1 200 OK\r\ncontent-type: multipart/mixed; boundary="-"\r\ntransfer-encoding: chunked\r\n\r\n'


class _Clock:
    """The loop's time, which the test may move on."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._time() + self._ahead

    def pass_by(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture(name="clock")
async def _clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    loop = asyncio.get_running_loop()
    clock = _Clock(loop.time)
    monkeypatch.setattr(loop, "time", clock)
    return clock


class _Router:
    """Says what it is told to, when it is told to."""

    def __init__(self) -> None:
        self.says: asyncio.Queue[bytes] = asyncio.Queue()
        self.was_asked = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.was_asked.set()
        while said := await self.says.get():
            writer.write(said)
        writer.close()


@asynccontextmanager
async def _upstream() -> AsyncIterator[tuple[HttpUpstream, _Router]]:
    router = _Router()
    server = await asyncio.start_server(router.answer, "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
        yield HttpUpstream(url, http, timeout_seconds=_SECONDS), router
        router.says.put_nowait(b"")


def _chunk(text: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(text), text)


@pytest.mark.parametrize("said", [b"", _WHOLE, _WHOLE + b'{"data"'], ids=["nothing", "headers", "half an answer"])
async def test_a_whole_answer_that_does_not_come_in_time_is_a_coded_error(clock: _Clock, said: bytes):
    async with _upstream() as (upstream, router):
        asked = asyncio.create_task(upstream.post(b"{}", {}))
        await router.was_asked.wait()
        if said:
            router.says.put_nowait(said)
        clock.pass_by(_SECONDS + 1)

        answer = await asked

    assert (answer.status, answer.body) == (
        504,
        b'{"errors":[{"message":"the graph took too long","extensions":{"code":"UPSTREAM_TIMEOUT"}}]}',
    )


async def test_an_answer_in_parts_may_take_longer_than_the_limit_if_no_part_does(clock: _Clock):
    async with _upstream() as (upstream, router):
        router.says.put_nowait(_PARTS + _chunk(b"part"))
        async with _parts(await upstream.post(b"{}", {})) as parts:
            came = [await anext(parts)]
            for _ in range(4):
                waiting = asyncio.create_task(_next(parts))
                await asyncio.sleep(0)
                clock.pass_by(_SECONDS - 1)
                router.says.put_nowait(_chunk(b"part"))
                came.append(await waiting)

    assert came == [b"part"] * 5


async def test_a_part_that_does_not_come_in_time_ends_the_answer(clock: _Clock):
    async with _upstream() as (upstream, router):
        router.says.put_nowait(_PARTS + _chunk(b"part"))
        async with _parts(await upstream.post(b"{}", {})) as parts:
            came = [await anext(parts)]
            waiting = asyncio.create_task(_next(parts))
            await asyncio.sleep(0)
            clock.pass_by(_SECONDS + 1)

            came.append(await waiting)

    assert came == [b"part", None]


@asynccontextmanager
async def _parts(answer: UpstreamAnswer) -> AsyncIterator[AsyncIterator[bytes]]:
    assert not isinstance(answer.body, bytes)
    async with aclosing(answer.body) as parts:
        yield aiter(parts)


async def _next(parts: AsyncIterator[bytes]) -> bytes | None:
    return await anext(parts, None)
