"""Answers as they may come over a connection: whole, in pieces, too large, broken; no socket is opened."""

import asyncio
from collections.abc import Sequence

import pytest

from router.execution.transport.connection import AnswerTooLarge, Connection, HttpAnswer
from router.execution.transport.expiry import Expiries

_MAX_BYTES = 100
_OK = b"HTTP/1.1 200 OK\r\n"
_FIVE = b"Content-Length: 5\r\n\r\nhello"
_CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class _Transport(asyncio.Transport):
    """Where a connection writes to; it is closed from this side only."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.unsent_bytes = 0
        self.end = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.unsent_bytes

    def abort(self) -> None:
        self.end = "at once"

    def close(self) -> None:
        self.end = "in order"


def _opened() -> tuple[Connection, _Transport]:
    connection, transport = Connection(Expiries(), asyncio.get_running_loop()), _Transport()
    connection.connection_made(transport)
    return connection, transport


def _asked(connection: Connection, *, seconds: float = 60) -> asyncio.Task[HttpAnswer]:
    expires = asyncio.get_running_loop().time() + seconds
    return asyncio.create_task(connection.exchange(b"POST", _MAX_BYTES, expires))


async def _answer(connection: Connection, parts: Sequence[bytes], *, closes: bool = False) -> HttpAnswer:
    asked = _asked(connection)
    await asyncio.sleep(0)
    for part in parts:
        connection.data_received(part)
    if closes:
        connection.connection_lost(None)
    return await asked


_WHOLE = {
    "a body of known length": (_OK + _FIVE, False),
    "a body in chunks": (_OK + _CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", False),
    "chunks with a trailer": (_OK + _CHUNKED + b"5\r\nhello\r\n0\r\nx-digest: 7\r\n\r\n", False),
    "a body that the end of the connection ends": (_OK + b"\r\nhello", True),
    "a body behind interim answers": (
        b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Go\r\n\r\n" + _OK + _FIVE,
        False,
    ),
}


@pytest.mark.parametrize("is_in_pieces", [False, True])
@pytest.mark.parametrize(("wire", "closes"), _WHOLE.values(), ids=_WHOLE)
async def test_an_answer_is_whole_however_it_comes(wire: bytes, closes: bool, is_in_pieces: bool):
    connection, transport = _opened()
    parts = [wire[at : at + 1] for at in range(len(wire))] if is_in_pieces else [wire]

    answer = await _answer(connection, parts, closes=closes)

    assert (answer.status, answer.content) == (200, b"hello")
    assert connection.is_reusable is not closes
    assert transport.sent == [b"POST"]


async def test_an_answer_has_its_own_headers_in_lower_case():
    connection, _ = _opened()
    interim = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"

    answer = await _answer(connection, [interim + _OK + b"X-Shelf: Seven\r\n" + _FIVE])

    assert answer.headers == [(b"x-shelf", b"Seven"), (b"content-length", b"5")]


@pytest.mark.parametrize("is_in_pieces", [False, True])
async def test_trailers_are_no_headers(is_in_pieces: bool):
    connection, _ = _opened()
    wire = _OK + _CHUNKED + b"5\r\nhello\r\n0\r\nContent-Encoding: gzip\r\nSet-Cookie: a=1\r\n\r\n"

    answer = await _answer(connection, [wire[at : at + 1] for at in range(len(wire))] if is_in_pieces else [wire])

    assert answer.headers == [(b"transfer-encoding", b"chunked")]


@pytest.mark.parametrize("piece", [b"x-shelf: 7\r\n", b"x" * 12], ids=["many", "one"])
async def test_trailers_are_bounded_as_heads_are(piece: bytes):
    connection, _ = _opened()

    with pytest.raises(ValueError, match="trailers of the answer are too large"):
        await _answer(connection, [_OK + _CHUNKED + b"5\r\nhello\r\n0\r\nx: ", *[piece] * 6_000])

    assert not connection.is_reusable


async def test_a_body_may_come_in_more_chunks_than_a_head_has_bytes():
    connection, _ = _opened()
    chunks = [b"".join((b"1;", b"x" * 1_000, b"\r\n")), b"a", b"\r\n"] * _MAX_BYTES

    answer = await _answer(connection, [_OK + _CHUNKED, *chunks, b"0\r\n\r\n"])

    assert answer.content == b"a" * _MAX_BYTES


async def test_a_body_in_many_tiny_chunks_is_whole():
    connection, _ = _opened()
    body = bytes(range(256)) * 5
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in body)
    asked = asyncio.create_task(connection.exchange(b"POST", len(body), asyncio.get_running_loop().time() + 60))
    await asyncio.sleep(0)

    connection.data_received(_OK + _CHUNKED + chunks + b"0\r\n\r\n")

    assert (await asked).content == body


async def test_an_interim_answer_has_no_length():
    connection, _ = _opened()

    answer = await _answer(connection, [b"HTTP/1.1 103 X\r\nContent-Length: 101\r\n\r\n", _OK + _FIVE])

    assert answer.content == b"hello"


async def test_an_answer_that_overtakes_its_request_is_the_last_one():
    connection, transport = _opened()
    transport.unsent_bytes = 1

    answer = await _answer(connection, [_OK + _FIVE])

    assert answer.content == b"hello"
    assert not connection.is_reusable


@pytest.mark.parametrize(("unsent_bytes", "end"), [(0, "in order"), (1, "at once")])
async def test_what_is_unsent_does_not_keep_a_connection_open(unsent_bytes: int, end: str):
    connection, transport = _opened()
    transport.unsent_bytes = unsent_bytes

    connection.close()

    assert transport.end == end


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_does_not_wait_for_one(status: int):
    connection, _ = _opened()

    answer = await _answer(connection, [b"HTTP/1.1 %d X\r\n\r\n" % status])

    assert (answer.status, answer.content) == (status, b"")


_LAST = {
    "it says so": _OK + b"Connection: close\r\n" + _FIVE,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + _FIVE,
    "another answer behind the answer": _OK + _FIVE + _OK + b"Content-Length: 6\r\n\r\nforged",
    "a half answer behind the answer": _OK + _FIVE + _OK,
}


@pytest.mark.parametrize("wire", _LAST.values(), ids=_LAST)
async def test_no_request_follows_on_a_connection_that_cannot_be_trusted_with_it(wire: bytes):
    connection, _ = _opened()

    answer = await _answer(connection, [wire])

    assert answer.content == b"hello"
    assert not connection.is_reusable


async def test_one_connection_serves_requests_one_after_the_other():
    connection, _ = _opened()

    answers = [await _answer(connection, [_OK + b"Content-Length: 1\r\n\r\n%d" % number]) for number in range(3)]

    assert [answer.content for answer in answers] == [b"0", b"1", b"2"]
    assert connection.is_reusable


@pytest.mark.parametrize("told", [[b"max=3"] * 3, [b"max=3", b"max=2", b"max=1"], [b"max=9", b"max=8", b"max=0"]])
async def test_a_connection_takes_so_many_requests_as_the_server_says(told: list[bytes]):
    connection, _ = _opened()

    are_reusable: list[bool] = []
    for value in told:
        await _answer(connection, [_OK + b"Keep-Alive: timeout=5, " + value + b"\r\n" + _FIVE])
        are_reusable.append(connection.is_reusable)

    assert are_reusable == [True, True, False]


@pytest.mark.parametrize(("told", "seconds", "is_reusable"), [(b"3", 2, True), (b"1", 0, False), (b"0", -1, False)])
async def test_a_connection_is_left_before_its_server_leaves_it(told: bytes, seconds: float, is_reusable: bool):
    connection, _ = _opened()

    await _answer(connection, [_OK + b"Keep-Alive: timeout=" + told + b"\r\n" + _FIVE])

    assert (connection.idle_seconds, connection.is_reusable) == (seconds, is_reusable)


async def test_what_nobody_asked_for_ends_the_connection():
    connection, _ = _opened()
    await _answer(connection, [_OK + _FIVE])

    connection.data_received(_OK + _FIVE)

    assert not connection.is_reusable


_BROKEN: dict[str, tuple[bytes, bool, type[Exception]]] = {
    "half a body": (_OK + b"Content-Length: 9\r\n\r\nhello", True, ConnectionResetError),
    "chunks without an end": (_OK + _CHUNKED + b"5\r\nhello\r\n", True, ConnectionResetError),
    "half a head": (_OK, True, ConnectionResetError),
    "nothing": (b"", True, ConnectionResetError),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", False, ValueError),
    "two lengths": (_OK + b"Content-Length: 4\r\n" + _FIVE, False, ValueError),
    "a length beside chunks": (
        _OK + b"Content-Length: 5\r\n" + _CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
        False,
        ValueError,
    ),
    "a length and a chunked body that is not the last coding": (
        _OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        True,
        ValueError,
    ),
    "a coding that only looks like chunks": (
        _OK + b"Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        True,
        ConnectionResetError,
    ),
    "a length that is a sum": (_OK + b"Content-Length: +5\r\n\r\nhello", False, ValueError),
    "a blank before the colon": (_OK + b"Content-Length : 5\r\n\r\nhello", False, ValueError),
    "a header folded over two lines": (_OK + b"x-shelf: 7\r\n set-cookie: a=1\r\n" + _FIVE, False, ValueError),
    "a line feed within a header": (_OK + b"x-shelf: 7\nset-cookie: a=1\r\n" + _FIVE, False, ValueError),
    "a carriage return within a header": (_OK + b"x-shelf: 7\rset-cookie: a=1\r\n" + _FIVE, False, ValueError),
    "a null within a header": (_OK + b"x-shelf: 7\0\r\n" + _FIVE, False, ValueError),
    "another protocol": (b"HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n", False, ValueError),
    "a head without an end": (_OK + b"x-long: " + b"x" * 70_000, False, ValueError),
    "interim answers without an end": (b"HTTP/1.1 103 X\r\n\r\n" * 5_000, False, ValueError),
    "too long a body": (_OK + b"Content-Length: 101\r\n\r\n", False, AnswerTooLarge),
    "too long a chunk": (_OK + _CHUNKED + b"65\r\n" + b"x" * 101, False, AnswerTooLarge),
    "too much until the end of the connection": (_OK + b"\r\n" + b"x" * 101, False, AnswerTooLarge),
}


@pytest.mark.parametrize(("wire", "closes", "error"), _BROKEN.values(), ids=_BROKEN)
async def test_an_answer_that_is_none_ends_the_connection(wire: bytes, closes: bool, error: type[Exception]):
    connection, _ = _opened()

    with pytest.raises(error):
        await _answer(connection, [wire], closes=closes)

    assert not connection.is_reusable


async def test_an_answer_that_takes_too_long_is_not_waited_for():
    connection, _ = _opened()

    with pytest.raises(TimeoutError):
        await _asked(connection, seconds=0.001)

    assert not connection.is_reusable


async def test_a_request_that_is_given_up_leaves_a_connection_nobody_uses():
    connection, _ = _opened()
    asked = _asked(connection)
    await asyncio.sleep(0)

    asked.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not connection.is_reusable


async def test_a_closed_connection_sends_nothing():
    connection, transport = _opened()
    connection.connection_lost(None)

    with pytest.raises(ConnectionResetError):
        await _asked(connection)

    assert transport.sent == []


async def test_a_body_that_a_reset_ends_is_not_whole():
    connection, _ = _opened()
    asked = _asked(connection)
    await asyncio.sleep(0)
    connection.data_received(_OK + b"\r\nhello")

    connection.connection_lost(ConnectionAbortedError())

    with pytest.raises(ConnectionAbortedError):
        await asked


async def test_nothing_is_waited_for_after_an_answer():
    expiries = Expiries()
    connection = Connection(expiries, asyncio.get_running_loop())
    connection.connection_made(_Transport())

    await _answer(connection, [_OK + _FIVE])

    assert expiries._waits == {}
