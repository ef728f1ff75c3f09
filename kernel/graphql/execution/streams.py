"""Async iterables as lists: items are completed as they come, what they queue waits until the list has its place."""

import contextlib
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from kernel.graphql.execution.deferred import Later, settle_queued
from kernel.graphql.execution.runtime import PathNode, Run

if TYPE_CHECKING:
    from kernel.graphql.execution.sites import Shape


class Stream:
    """One such list while it is read."""

    __slots__ = ("_error", "_item", "_laters", "_queues", "_run")

    def __init__(self, run: Run, item: "Shape") -> None:
        self._run = run
        self._item = item
        self._queues: list[list[Any]] = [[] for _ in run.queues]
        self._laters: list[Later] = []
        self._error: Exception | None = None

    async def read(self, items: AsyncIterable[Any], path: PathNode) -> list[Any]:
        """The completed items; an error is kept for `adopt`."""
        result: list[Any] = []
        position = self._item.position
        iterator = None
        try:
            iterator = aiter(items)
            async for item in iterator:
                with self:
                    result.append(position(self._run, item, (path, len(result), None)))
        except Exception as error:  # noqa: BLE001 - raised when the list is adopted
            self._error = error
            close: Callable[[], Awaitable[object]] | None = getattr(iterator, "aclose", None)
            if close is not None:
                with contextlib.suppress(Exception):
                    await close()
        return result

    def adopt(self, run: Run, result: list[Any], path: PathNode) -> list[Any]:
        """Queue in the run what the items queued; raises the error that ended the list."""
        del path
        for index, entries in enumerate(self._queues):
            run.queues[index] += entries
        run.laters += self._laters
        if self._error is not None:
            raise self._error
        return result

    def drop(self) -> None:
        """Nobody wants the list any more."""
        settle_queued(self._queues, self._laters)

    def __enter__(self) -> None:
        self._exchange()

    def __exit__(self, *_error: object) -> None:
        self._exchange()

    def _exchange(self) -> None:
        """What is queued goes here, then to the run again."""
        run = self._run
        run.queues, self._queues = self._queues, run.queues
        run.laters, self._laters = self._laters, run.laters
