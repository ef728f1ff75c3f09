"""The SDL of listed subgraphs: from files, from the file itself, or asked of the running subgraphs."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
import orjson

from kernel.caller_proof import PROOF_HEADER, CallerProver
from kernel.subgraph import JsonValue
from router.command_line.failure import SourceError, SourceErrorCode, SourcesUnreadable
from router.command_line.graph_file import ListedSubgraph
from router.composition import SubgraphSource

_QUESTION: Final = b'{"query":"query SubgraphSdl { _service { sdl } }","operationName":"SubgraphSdl"}'
_MAX_BYTES: Final = 16 * 1_048_576
_SHOWN: Final = 60


class _Unusable(Exception):
    def __init__(self, code: SourceErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_sources(subgraphs: Sequence[ListedSubgraph], *, timeout_seconds: float = 10) -> list[SubgraphSource]:
    """What composition takes, in the order of the list.

    Raises:
        SourcesUnreadable: with the reason of every subgraph whose SDL is not to be had.
    """
    answers = asyncio.run(_all(subgraphs, timeout_seconds))
    failures = [answer for answer in answers if isinstance(answer, SourceError)]
    if failures:
        raise SourcesUnreadable(failures)
    return [answer for answer in answers if isinstance(answer, SubgraphSource)]


async def _all(subgraphs: Sequence[ListedSubgraph], timeout_seconds: float) -> list[SubgraphSource | SourceError]:
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        return await asyncio.gather(*(_one(session, subgraph) for subgraph in subgraphs))


async def _one(session: aiohttp.ClientSession, subgraph: ListedSubgraph) -> SubgraphSource | SourceError:
    try:
        sdl = await _sdl(session, subgraph)
    except _Unusable as unusable:
        return SourceError(unusable.code, unusable.message, subgraphs=(subgraph.name,))
    if not sdl.strip():
        return SourceError(SourceErrorCode.SDL_EMPTY, f"{_place(subgraph)} is empty", subgraphs=(subgraph.name,))
    return SubgraphSource(subgraph.name, subgraph.url, sdl)


def _place(subgraph: ListedSubgraph) -> str:
    location = subgraph.location
    if location.file is not None:
        return str(subgraph.folder / location.file)
    return f"the SDL of {location.subgraph_url}" if location.subgraph_url else "sdl"


async def _sdl(session: aiohttp.ClientSession, subgraph: ListedSubgraph) -> str:
    location = subgraph.location
    if location.file is not None:
        return _from_file(subgraph.folder / location.file)
    if location.subgraph_url is not None:
        return await _from_subgraph(session, location.subgraph_url, _headers(subgraph))
    return location.sdl or ""


def _from_file(path: Path) -> str:
    try:
        # an editor's byte order mark is no part of the SDL
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8: {error.reason} at byte {error.start}"
        raise _Unusable(SourceErrorCode.SDL_NOT_UTF8, message) from error
    except OSError as error:
        raise _Unusable(SourceErrorCode.SDL_UNREADABLE, f"{path} cannot be read: {error.strerror}") from error


def _headers(subgraph: ListedSubgraph) -> dict[str, str]:
    headers = {name.lower(): value for name, value in subgraph.location.introspection_headers.items()}
    headers["content-type"] = "application/json"
    if subgraph.location.caller_key_file is not None:
        path = subgraph.folder / subgraph.location.caller_key_file
        try:
            prover = CallerProver(subgraph.name, path.read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            raise _Unusable(SourceErrorCode.CONFIG_INVALID, f"{path} holds no key of a caller: {error}") from error
        headers[PROOF_HEADER] = prover.proof(headers, _QUESTION)
    return headers


async def _from_subgraph(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> str:
    try:
        # a redirected POST would arrive as a GET: better to say so
        async with session.post(url, data=_QUESTION, headers=headers, allow_redirects=False) as response:
            return _read_answer(url, response, await _body(url, response))
    except TimeoutError as error:
        message = f"{url} does not answer within {session.timeout.total:g} s"
        raise _Unusable(SourceErrorCode.SUBGRAPH_TIMED_OUT, message) from error
    except (aiohttp.ClientError, ValueError) as error:
        raise _Unusable(SourceErrorCode.SUBGRAPH_UNREACHABLE, f"{url} cannot be asked: {error}") from error


async def _body(url: str, response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise _Unusable(SourceErrorCode.SUBGRAPH_ANSWER_INVALID, f"{url} answers more than {_MAX_BYTES} bytes")
    return bytes(body)


def _read_answer(url: str, response: aiohttp.ClientResponse, body: bytes) -> str:
    try:
        answer: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    match answer:
        case {"data": {"_service": {"sdl": str(sdl)}}}:
            return sdl
        case {"errors": [{"message": str(message)}, *_]}:
            reason = f"refuses _service {{ sdl }}: {message}"
        case _:
            beginning = " ".join(body[: 4 * _SHOWN].decode(errors="replace").split())[:_SHOWN]
            reason = f'answers {_status(response)} without _service {{ sdl }}: "{beginning}"'
    raise _Unusable(SourceErrorCode.SUBGRAPH_ANSWER_INVALID, f"{url} {reason}")


def _status(response: aiohttp.ClientResponse) -> str:
    is_redirect = response.status in {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.TEMPORARY_REDIRECT}
    target = f" to {response.headers.get('location', 'nowhere')}" if is_redirect else ""
    return f"{response.status}{target} ({response.content_type})"
