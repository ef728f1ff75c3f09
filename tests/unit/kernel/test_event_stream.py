"""Event streams are written and read as the GraphQL-over-SSE protocol says, whatever pieces they come in."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import pytest

from kernel.event_stream import EventStream, EventTooLarge, StreamBroken, results_in, wants_events
from kernel.subgraph import JsonObject

RESULT: JsonObject = {"data": {"said": "a\nb"}}


async def results(*given: JsonObject, then_wait: asyncio.Event | None = None) -> AsyncGenerator[JsonObject]:
    for one in given:
        yield one
    if then_wait is not None:
        try:
            await asyncio.Event().wait()
        finally:
            then_wait.set()


async def in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def read(pieces: AsyncIterator[bytes], max_bytes: int = 10_000) -> Sequence[JsonObject]:
    return [result async for result in results_in(pieces, max_bytes=max_bytes)]


async def test_a_stream_begins_with_a_comment_and_ends_with_complete():
    written = [chunk async for chunk in EventStream(results(RESULT))]

    assert written == [b":\n\n", b'event: next\ndata: {"data":{"said":"a\\nb"}}\n\n', b"event: complete\ndata:\n\n"]


async def test_a_silent_stream_is_kept_open_and_closing_it_ends_what_it_comes_from():
    has_ended = asyncio.Event()
    stream = EventStream(results(then_wait=has_ended), keep_alive_seconds=0.01)

    beats = [await anext(stream) for _ in range(3)]
    await stream.aclose()

    assert beats == [b":\n\n"] * 3
    assert has_ended.is_set()
    assert [chunk async for chunk in stream] == []


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
async def test_results_are_read_from_any_pieces(size: int, end: bytes):
    content = b"".join([chunk async for chunk in EventStream(results(RESULT, {"data": None}))])
    # a carriage return and its line feed come together
    whole = content.replace(b"\n", end) if size == 1000 or end == b"\n" else content

    assert await read(in_pieces(whole, size)) == [RESULT, {"data": None}]


async def test_what_comes_after_complete_is_not_read():
    content = b'event: complete\ndata:\n\nevent: next\ndata: {"data": null}\n\n'

    assert await read(in_pieces(content, 100)) == []


@pytest.mark.parametrize("content", [b"event: next\ndata: [1]\n\n", b"event: next\ndata: {\n\n"])
async def test_an_event_without_a_result_is_refused(content: bytes):
    with pytest.raises(ValueError, match=r"JSON|expected|column"):
        await read(in_pieces(content, 100))


async def test_a_stream_that_ends_without_complete_is_broken():
    pieces = results_in(in_pieces(b'event: next\ndata: {"data": null}\n\n', 100), max_bytes=100)

    assert await anext(pieces) == {"data": None}
    with pytest.raises(StreamBroken):
        await anext(pieces)


async def test_a_result_that_json_cannot_hold_is_told():
    written = [chunk async for chunk in EventStream(results({"data": {"count": 2**70}}))]

    assert b'"code":"INTERNAL"' in written[1]


async def test_an_event_has_a_largest_size_before_it_is_whole():
    with pytest.raises(EventTooLarge):
        await read(in_pieces(b"event: next\ndata: " + b"x" * 200, 50), max_bytes=100)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True),
        ("application/json, Text/Event-Stream;q=0.5", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream; q=0.0", False),
        ("*/*", False),
        ("text/*", False),
        (None, False),
    ],
)
def test_only_who_names_the_media_type_wants_events(accept: str | None, wanted: bool):
    assert wants_events(accept) is wanted
