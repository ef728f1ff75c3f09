"""The payloads of one answer after the first, as they become ready."""

from collections.abc import Callable
from typing import Self

from kernel.subgraph import JsonObject
from router.execution.incremental.delivery import Delivery
from router.execution.incremental.formats import IncrementalFormat, later_payload
from router.execution.incremental.parts import PartsRun


class LaterPayloads:
    """An asynchronous iterator; whoever stops before its end calls `aclose`, which cancels the outstanding fetches.

    Args:
        run: the run whose first part is done.
        delivery: what was announced with the first payload.
        incremental: the format the client reads.
        finishing: called with every payload before it is given out.
    """

    def __init__(
        self,
        run: PartsRun,
        delivery: Delivery,
        incremental: IncrementalFormat,
        finishing: Callable[[JsonObject], JsonObject],
    ) -> None:
        self._run = run
        self._delivery = delivery
        self._incremental = incremental
        self._finishing = finishing
        self._has_next = True
        self._is_first = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> JsonObject:
        while self._has_next:
            # what was fetched along with the first part needs no further one to finish
            if not self._is_first:
                self._delivery.finish(*await self._run.finished.get())
            self._is_first = False
            while not self._run.finished.empty():
                self._delivery.finish(*self._run.finished.get_nowait())
            release = self._delivery.release()
            self._has_next = release.has_next
            if not self._has_next:
                await self.aclose()
            payload = later_payload(release, self._incremental)
            if payload is not None:
                return self._finishing(payload)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Stop; there are no more payloads."""
        self._has_next = False
        await self._run.cancel()
