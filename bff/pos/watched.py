"""Answers in parts end when what they were begun under has ended: the till, or the session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from bff.session.graphql_proxy import AnswerParts

_ASKED_SECONDS: Final = 0.25


class WatchedParts:
    """Passes parts on while `still_holds`; asked four times a second, whether parts come or not."""

    def __init__(self, parts: AnswerParts, still_holds: Callable[[], Awaitable[bool]]) -> None:
        self._parts = parts
        self._still_holds = still_holds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = aiter(self._parts)
        following: asyncio.Task[bytes | None] = asyncio.create_task(_next(parts))
        try:
            while await self._still_holds():
                done, _ = await asyncio.wait({following}, timeout=_ASKED_SECONDS)
                if not done:
                    continue
                part = following.result()
                if part is None:
                    return
                yield part
                following = asyncio.create_task(_next(parts))
        finally:
            following.cancel()

    async def aclose(self) -> None:
        """Take no more of it."""
        await self._parts.aclose()


async def _next(parts: AsyncIterator[bytes]) -> bytes | None:
    return await anext(parts, None)
