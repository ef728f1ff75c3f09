"""Requests and connections to one URL, over real sockets."""

import asyncio
import contextlib
import gc
import socket
import weakref
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.execution.transport.addresses import Address, Addresses
from router.execution.transport.expiry import Expiries
from router.execution.transport.origin import KEEP_ALIVE_SECONDS, Origin
from tests.factories.federation import FederatedGraph, World
from tests.factories.wires import Respond, Wire, http_answer, listening

_ASKED = b'{"query":"{ places }"}'
_SENT = {"content-type": "application/json"}


@pytest.fixture(name="wire")
async def _wire() -> AsyncIterator[Wire]:
    graph = FederatedGraph(World(computed={"Query.places": lambda _: 3}), {"stock": "type Query { places: Int }"})
    async with listening(Wire(graph.subgraphs["stock"])) as wire:
        yield wire


def _origin(url: str, addresses: Addresses | None = None, *, keep_alive_seconds: float = KEEP_ALIVE_SECONDS) -> Origin:
    return Origin(url, _SENT, Expiries(), addresses or Addresses(), keep_alive_seconds=keep_alive_seconds)


async def _post(origin: Origin, headers: dict[str, str] | None = None) -> bytes:
    expires = asyncio.get_running_loop().time() + 30
    return (await origin.post(headers or {}, _ASKED, max_bytes=1_000, expires=expires)).content


class _Headers(dict[str, str]):
    """Headers of which a test can tell whether they are still there."""


async def _ended(origin: Origin) -> None:
    origin.close()
    await asyncio.sleep(0)


async def test_a_request_has_the_headers_of_its_url_and_its_own(wire: Wire):
    url = wire.url.replace("http://", "http://till:s%40fe@") + "/a shelf?of=books"
    origin = _origin(url)

    content = await _post(origin, {"x-shelf": "7", "content-type": "text/plain", "authorization": "Bearer x"})

    await _ended(origin)
    [(headers, body)] = wire.requests
    assert content == b'{"data":{"places":3}}'
    assert body == {"query": "{ places }"}
    assert headers == {
        "host": wire.url.removeprefix("http://").removesuffix("/graphql"),
        "content-type": "application/json",
        "authorization": "Basic dGlsbDpzQGZl",
        "x-shelf": "7",
        "content-length": str(len(_ASKED)),
    }


@pytest.mark.parametrize("value", ["a\r\nx-admin: yes", "a\nx-admin: yes", "a\rb", "a\0b"])
async def test_a_header_that_is_more_than_a_line_is_not_sent(wire: Wire, value: str):
    origin = _origin(wire.url)

    with pytest.raises(ValueError, match="a header is no line"):
        await _post(origin, {"x-shelf": value})

    await _ended(origin)
    assert (wire.requests, wire.connections) == ([], 0)


@pytest.mark.parametrize("url", ["", "stock:4000", "/graphql", "ftp://stock/graphql", "http://", "http://stock:port/"])
def test_another_url_than_an_http_servers_is_refused(url: str):
    with pytest.raises(ValueError, match=r"not the URL of an HTTP server|Port could not be cast"):
        _origin(url)


async def test_requests_at_the_same_time_have_a_connection_each_and_those_after_them_none_of_their_own(wire: Wire):
    origin = _origin(wire.url)

    await asyncio.gather(*(_post(origin) for _ in range(3)))
    await asyncio.gather(*(_post(origin) for _ in range(3)))

    await _ended(origin)
    assert (len(wire.requests), wire.connections) == (6, 3)


async def test_a_connection_that_was_idle_for_too_long_is_not_used(wire: Wire):
    origin = _origin(wire.url, keep_alive_seconds=0)

    await _post(origin)
    await _post(origin)

    await _ended(origin)
    assert (len(wire.requests), wire.connections) == (2, 2)


async def test_an_answer_that_ends_with_its_connection_is_whole(wire: Wire):
    async def respond(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer(b'{"data":{}}', content_length=""))
        writer.write_eof()

    wire.respond = respond
    origin = _origin(wire.url)

    contents = [await _post(origin), await _post(origin)]

    await _ended(origin)
    assert (contents, wire.connections) == ([b'{"data":{}}'] * 2, 2)


async def test_what_is_under_way_when_all_connections_are_closed_fails(wire: Wire):
    is_asked = asyncio.Event()

    async def respond(_wire: Wire, _body: bytes, _writer: asyncio.StreamWriter) -> None:
        is_asked.set()
        await asyncio.Event().wait()

    wire.respond = respond
    origin = _origin(wire.url)
    asked = asyncio.create_task(_post(origin))
    await is_asked.wait()

    origin.close()

    with pytest.raises(ConnectionResetError):
        await asked


async def _resets(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _hangs(_wire: Wire, _body: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _makes_noise(_wire: Wire, _body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")


@pytest.fixture(name="_uncollected")
def _uncollected_fixture() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_uncollected")
@pytest.mark.parametrize("respond", [_resets, _hangs, _makes_noise])
async def test_a_request_that_failed_is_not_kept_until_garbage_is_collected(wire: Wire, respond: Respond):
    wire.respond = respond
    origin = _origin(wire.url)
    headers = _Headers()
    kept = weakref.ref(headers)
    expires = asyncio.get_running_loop().time() + (0.05 if respond is _hangs else 30)

    with contextlib.suppress(OSError, ValueError):
        await origin.post(headers, _ASKED, max_bytes=1_000, expires=expires)
    del headers

    await _ended(origin)
    assert kept() is None


@pytest.mark.usefixtures("_uncollected")
async def test_a_connection_that_ended_is_not_kept_until_garbage_is_collected(wire: Wire):
    origin = _origin(wire.url)
    await _post(origin)
    [kept] = [weakref.ref(connection) for connection in origin._connections]

    await _ended(origin)

    assert kept() is None


async def test_an_answer_that_overtakes_its_request_is_not_followed_by_the_rest_of_it():
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        connections.append(writer)
        writer.write(http_answer(b"%d" % len(connections), status=413))

    connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1_000)
    origin = _origin(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    expires = asyncio.get_running_loop().time() + 30

    first = await origin.post({}, b"x" * 50_000_000, max_bytes=1_000, expires=expires)
    second = await origin.post({}, b"{}", max_bytes=1_000, expires=expires)

    await _ended(origin)
    server.close()
    for writer in connections:
        writer.close()
    assert [first.content, second.content] == [b"1", b"2"]


def _address(port: int) -> Address:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))


@contextlib.contextmanager
def _black_hole() -> Iterator[int]:
    """The port of a server that answers nobody: its queue of connections is full."""
    with contextlib.ExitStack() as sockets:
        server = sockets.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


async def test_an_address_that_does_not_answer_does_not_stand_before_the_next_one(wire: Wire):
    async def look_up(_host: str, port: int) -> list[Address]:
        return [_address(hole), _address(port)]

    with _black_hole() as hole:
        origin = _origin(wire.url.replace("127.0.0.1", "stock.test"), Addresses(look_up))

        content = await _post(origin)

        await _ended(origin)
    assert content == b'{"data":{"places":3}}'


async def test_a_host_that_is_gone_is_looked_up_again(wire: Wire):
    async def look_up(_host: str, port: int) -> list[Address]:
        looked_up.append(port)
        # nothing listens on port 1
        return [_address(1 if len(looked_up) == 1 else port)]

    looked_up: list[int] = []
    origin = _origin(wire.url.replace("127.0.0.1", "stock.test"), Addresses(look_up))
    with pytest.raises(ConnectionRefusedError):
        await _post(origin)

    content = await _post(origin)

    await _ended(origin)
    assert (content, len(looked_up)) == (b'{"data":{"places":3}}', 2)


# the loop that ended has left its sockets to whoever frees them
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_idle_connection_of_another_event_loop_is_not_used():
    def serve() -> None:
        for _ in range(2):
            connection, _ = server.accept()
            connections.append(connection)
            connection.recv(65_536)
            connection.sendall(http_answer(b"{}"))

    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as threads:
        server.settimeout(30)
        serving = threads.submit(serve)
        origin = _origin(f"http://127.0.0.1:{server.getsockname()[1]}/")

        contents = [asyncio.run(_post(origin)) for _ in range(2)]

        serving.result()
    asyncio.run(_ended(origin))
    for connection in connections:
        connection.close()
    gc.collect()
    assert (contents, len(connections)) == ([b"{}", b"{}"], 2)


class _Server:
    """Answers as told, keeps what it is not told to close, and tells when a client has closed a connection."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.is_asked = asyncio.Event()
        self.is_left = asyncio.Event()
        self.connections: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(_ASKED)
                self.is_asked.set()
                writer.write(self._answers.pop(0))
        self.is_left.set()
        writer.close()


@contextlib.asynccontextmanager
async def _serving(*answers: bytes) -> AsyncIterator[tuple[_Server, str]]:
    serving = _Server(*answers)
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0)
    yield serving, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()
    for connection in serving.connections:
        connection.transport.abort()
    await asyncio.sleep(0)


async def test_a_request_that_is_given_up_ends_its_connection():
    async with _serving(b"") as (server, url):
        origin = _origin(url)
        asked = asyncio.create_task(_post(origin))
        await server.is_asked.wait()

        asked.cancel()

        async with asyncio.timeout(10):
            await server.is_left.wait()
        assert asked.cancelled()


async def test_a_request_that_takes_too_long_ends_its_connection():
    async with _serving(b"") as (server, url):
        origin = _origin(url)

        with pytest.raises(TimeoutError):
            await origin.post({}, _ASKED, max_bytes=9, expires=asyncio.get_running_loop().time() + 0.05)

        async with asyncio.timeout(10):
            await server.is_left.wait()


async def test_an_idle_connection_is_closed_though_nobody_asks_again():
    async with _serving(http_answer(b"1")) as (server, url):
        origin = _origin(url, keep_alive_seconds=0.01)

        await _post(origin)

        async with asyncio.timeout(10):
            await server.is_left.wait()
        assert len(server.connections) == 1


async def test_a_connection_whose_server_keeps_it_for_less_is_closed_before_the_others(monkeypatch):
    async with _serving(http_answer(b"1"), http_answer(b"2", keep_alive="timeout=2")) as (server, url):
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "time", lambda: now)
        now = 1_000.0
        origin = _origin(url)

        await _post(origin)
        first = origin._tidies_at
        await _post(origin)

        second = origin._tidies_at
        await _ended(origin)
        assert (first, second, len(server.connections)) == (1_004.0, 1_001.0, 1)


@pytest.mark.parametrize("told", ["timeout=1", "timeout=60, max=1"])
async def test_a_connection_that_the_server_is_about_to_close_is_not_used(told: str):
    async with _serving(http_answer(b"1", keep_alive=told), http_answer(b"2")) as (server, url):
        origin = _origin(url)

        contents = [await _post(origin), await _post(origin)]

        await _ended(origin)
        assert (contents, len(server.connections)) == ([b"1", b"2"], 2)


async def test_a_look_up_that_hangs_is_not_waited_for_longer_than_the_request():
    async def look_up(_host: str, _port: int) -> list[Address]:
        await asyncio.Event().wait()
        return []

    origin = _origin("http://stock.test/", Addresses(look_up))

    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            await origin.post({}, _ASKED, max_bytes=9, expires=asyncio.get_running_loop().time() + 0.05)


async def test_what_comes_behind_an_answer_is_not_the_next_one():
    async with _serving(http_answer(b"1") + http_answer(b"forged"), http_answer(b"2")) as (server, url):
        origin = _origin(url)

        contents = [await _post(origin), await _post(origin)]

        await _ended(origin)
        assert (contents, len(server.connections)) == ([b"1", b"2"], 2)


async def test_an_idle_connection_that_the_server_closed_is_not_used():
    async with _serving(http_answer(b"1"), http_answer(b"2")) as (server, url):
        origin = _origin(url)
        await _post(origin)
        server.connections[0].close()
        await server.is_left.wait()
        # what the server sent comes with the next turns of the loop they share
        for _ in range(5):
            await asyncio.sleep(0)

        content = await _post(origin)

        await _ended(origin)
        assert (content, len(server.connections)) == (b"2", 2)


async def test_a_server_that_does_not_finish_the_handshake_is_not_waited_for():
    async with _serving() as (_, url):
        origin = _origin(url.replace("http:", "https:"))

        async with asyncio.timeout(10):
            with pytest.raises(TimeoutError):
                await origin.post({}, _ASKED, max_bytes=9, expires=asyncio.get_running_loop().time() + 0.05)
        assert origin._connections == set()
