"""Answers that are passed on as they come, until they end or have to."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Final

import orjson

from bff.session.graphql_proxy import AnswerParts
from bff.session.watch import Ending, Watch, Watched
from kernel.asgi import error_body
from kernel.telemetry import get_logger

log = get_logger(__name__)

_MOST_HELD_BYTES: Final = 4_194_304
_END_OF_EVENT: Final = b"\n\n"
_SAID: Final[Mapping[Ending, tuple[str, str]]] = {
    Ending.SESSION_ENDED: ("UNAUTHENTICATED", "the session has ended"),
    Ending.GROUNDS_UNKNOWN: ("UNAVAILABLE", "whether the session goes on is not known at the moment"),
    Ending.TOKEN_EXPIRED: ("SUBSCRIBE_AGAIN", "rights are checked anew every few minutes: subscribe again"),
    Ending.PROCESS_ENDS: ("SUBSCRIBE_AGAIN", "this server is stopping: subscribe again"),
}


class WatchedParts:
    """Passes an answer in parts on while its grounds hold; one that is cut off lacks its closing boundary."""

    def __init__(self, parts: AnswerParts, watch: Watch, watched: Watched) -> None:
        self._parts = parts
        self._watch = watch
        self._watched = watched

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        parts = aiter(self._parts)
        over = asyncio.create_task(self._watched.over.wait())
        following = asyncio.create_task(_next(parts))
        try:
            while True:
                await asyncio.wait({following, over}, return_when=asyncio.FIRST_COMPLETED)
                if self._watched.ending is not None:
                    log.info("answer_ended", reason=self._watched.ending.value)
                    return
                part = following.result()
                if part is None:
                    return
                yield part
                following = asyncio.create_task(_next(parts))
        finally:
            over.cancel()
            following.cancel()

    async def aclose(self) -> None:
        """Take no more of it."""
        self._watch.leave(self._watched)
        await self._parts.aclose()


class WatchedEvents:
    """The same for a stream of events: whole events only, and a last one that says why it was ended.

    GraphQL over server-sent events, distinct connections: `next` events carry results, `complete` is the last.
    """

    def __init__(self, parts: AnswerParts, watch: Watch, watched: Watched) -> None:
        self._inner = WatchedParts(parts, watch, watched)
        self._watched = watched

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        held = b""
        async with aclosing(aiter(self._inner)) as chunks:
            async for chunk in chunks:
                whole, end, held = (held + chunk).rpartition(_END_OF_EVENT)
                if end:
                    yield whole + end
                elif len(held) > _MOST_HELD_BYTES:
                    log.error("event_too_large", bytes=len(held))
                    return
        if self._watched.ending is not None:
            yield _farewell(self._watched.ending)

    async def aclose(self) -> None:
        """Take no more of it."""
        await self._inner.aclose()


async def _next(parts: AsyncIterator[bytes]) -> bytes | None:
    return await anext(parts, None)


def _farewell(ending: Ending) -> bytes:
    code, message = _SAID[ending]
    return b"event: next\ndata: " + orjson.dumps(error_body(code, message)) + b"\n\nevent: complete\ndata:\n\n"
