"""A stream that goes on only as long as its caller may have it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final, TypeVar

ItemT = TypeVar("ItemT")

_VERIFIED_EVERY_SECONDS: Final = 5.0


async def while_verified(
    source: AsyncGenerator[ItemT], verify: Callable[[], Awaitable[object]]
) -> AsyncGenerator[ItemT]:
    """The items of `source`; `verify` runs before each, and every five seconds without one.

    Whatever `verify` raises ends the stream, and is raised.
    """
    coming: asyncio.Task[list[ItemT]] | None = None
    try:
        while True:
            coming = coming or asyncio.create_task(_next_of(source))
            done, _ = await asyncio.wait([coming], timeout=_VERIFIED_EVERY_SECONDS)
            await verify()
            if not done:
                continue
            items, coming = coming.result(), None
            if not items:
                return
            yield items[0]
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await source.aclose()


async def _next_of(source: AsyncGenerator[ItemT]) -> list[ItemT]:
    """The next item, or none after the last."""
    try:
        return [await anext(source)]
    except StopAsyncIteration:
        return []
