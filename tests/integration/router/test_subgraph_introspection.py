"""The SDL of running subgraphs: what each kind of bad answer is called."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from kernel.caller_proof import CallerCheck
from router.command_line.failure import SourceErrorCode, SourcesUnreadable
from router.command_line.graph_file import ListedSubgraph, SdlLocation
from router.command_line.sdl_sources import read_sources
from router.composition import SubgraphSource
from tests.factories.served import free_socket, served, url_of

SDL = "type Query { a: Int }"
Answer = Callable[[Request], Response]


def application(answer: Answer) -> Callable[..., object]:
    async def app(scope, receive, send) -> None:
        if scope["type"] == "http":
            await answer(Request(scope, receive))(scope, receive, send)

    return app


def ask(url: str, *, timeout_seconds: float = 5, **headers: str) -> list[SubgraphSource]:
    location = SdlLocation(subgraph_url=url, introspection_headers=headers)
    listed = ListedSubgraph(name="stock", url="http://stock.test", location=location, folder=Path())
    return read_sources([listed], timeout_seconds=timeout_seconds)


async def refusal(answer: Answer, *, timeout_seconds: float = 5) -> tuple[SourceErrorCode, str]:
    """The code and the message, the subgraph's address written URL."""
    async with served(application(answer)) as url:
        with pytest.raises(SourcesUnreadable) as caught:
            await asyncio.to_thread(ask, url, timeout_seconds=timeout_seconds)
    (error,) = caught.value.errors
    assert error.subgraphs == ("stock",)
    return error.code, error.message.replace(url, "URL")


def sdl_answer(sdl: str) -> JSONResponse:
    return JSONResponse({"data": {"_service": {"sdl": sdl}}})


async def test_a_running_subgraph_is_asked_with_the_headers_of_the_list():
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(f"{request.method} {request.headers['authorization']} {request.headers['content-type']}")
        return sdl_answer(SDL)

    async with served(application(answer)) as url:
        sources = await asyncio.to_thread(ask, url, authorization="Bearer t")

    assert sources == [SubgraphSource("stock", "http://stock.test", SDL)]
    assert seen == ["POST Bearer t application/json"]


async def forever() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


async def flood() -> AsyncIterator[bytes]:
    for _ in range(17):
        yield bytes(1_048_576)


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (
            lambda _: HTMLResponse("<html>\n <h1>It works</h1></html>"),
            SourceErrorCode.SUBGRAPH_ANSWER_INVALID,
            'URL answers 200 (text/html) without _service { sdl }: "<html> <h1>It works</h1></html>"',
        ),
        (
            lambda _: Response(status_code=204),
            SourceErrorCode.SUBGRAPH_ANSWER_INVALID,
            'URL answers 204 (application/octet-stream) without _service { sdl }: ""',
        ),
        (
            lambda _: RedirectResponse("/elsewhere"),
            SourceErrorCode.SUBGRAPH_ANSWER_INVALID,
            'URL answers 307 to /elsewhere (application/octet-stream) without _service { sdl }: ""',
        ),
        (
            lambda _: JSONResponse({"data": {"_service": {"sdl": None}}}),
            SourceErrorCode.SUBGRAPH_ANSWER_INVALID,
            'URL answers 200 (application/json) without _service { sdl }: "{"data":{"_service":{"sdl":null}}}"',
        ),
        (
            lambda _: JSONResponse({"errors": [{"message": "Cannot query field '_service'."}]}, 400),
            SourceErrorCode.SUBGRAPH_ANSWER_INVALID,
            "URL refuses _service { sdl }: Cannot query field '_service'.",
        ),
        (
            lambda _: StreamingResponse(flood(), media_type="application/json"),
            SourceErrorCode.SUBGRAPH_ANSWER_INVALID,
            "URL answers more than 16777216 bytes",
        ),
        (lambda _: sdl_answer(" "), SourceErrorCode.SDL_EMPTY, "the SDL of URL is empty"),
    ],
    ids=["html", "nothing", "redirect", "null", "refusal", "flood", "empty"],
)
async def test_an_answer_without_sdl_is_told_with_what_came_instead(answer, code, message):
    assert await refusal(answer) == (code, message)


async def test_a_subgraph_that_does_not_finish_is_given_up():
    code, message = await refusal(lambda _: StreamingResponse(forever()), timeout_seconds=0.1)

    assert (code, message) == (SourceErrorCode.SUBGRAPH_TIMED_OUT, "URL does not answer within 0.1 s")


async def test_a_subgraph_that_is_not_there_is_told():
    with free_socket() as bound:
        # bound, but nobody listens
        url = url_of(bound)
        with pytest.raises(SourcesUnreadable) as caught:
            await asyncio.to_thread(ask, url)

    (error,) = caught.value.errors
    assert error.code is SourceErrorCode.SUBGRAPH_UNREACHABLE
    assert error.message.startswith(f"{url} cannot be asked: ")


async def test_a_subgraph_that_asks_for_a_proof_gets_one(tmp_path: Path):
    key = "k" * 43
    (tmp_path / "key").write_text(f"{key}\n")

    async def app(scope, receive, send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            CallerCheck("stock", [key]).require(request.headers, await request.body())
            await sdl_answer(SDL)(scope, receive, send)

    async with served(app) as url:
        location = SdlLocation(subgraph_url=url, caller_key_file="key")
        listed = ListedSubgraph(name="stock", url="http://stock.test", location=location, folder=tmp_path)
        sources = await asyncio.to_thread(read_sources, [listed])

    assert sources == [SubgraphSource("stock", "http://stock.test", SDL)]


def test_a_missing_or_weak_key_is_told_without_asking(tmp_path: Path):
    (tmp_path / "weak").write_text("hush")
    for name in ("weak", "missing"):
        location = SdlLocation(subgraph_url="http://127.0.0.1:9", caller_key_file=name)
        listed = ListedSubgraph(name="stock", url="http://stock.test", location=location, folder=tmp_path)

        with pytest.raises(SourcesUnreadable) as refused:
            read_sources([listed])

        (error,) = refused.value.errors
        assert (error.code, "hush" in error.message) == (SourceErrorCode.CONFIG_INVALID, False)
