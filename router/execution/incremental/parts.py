"""Runs a plan with deferred parts: every fetch starts when those it waits for are done, whatever part they are in."""

import asyncio

from kernel.subgraph import JsonObject
from kernel.telemetry import get_logger
from router.execution.errors import INTERNAL, graphql_error
from router.execution.executor import Caller, Executor
from router.execution.program import Part, Parts, Program, Work, works_of
from router.execution.response import Response

log = get_logger(__name__)


class PartsRun:
    """One run; `finished` receives each deferred part that is done, with the errors of its fetches.

    All parts write into one response.
    """

    def __init__(self, executor: Executor, caller: Caller, parts: Parts) -> None:
        self._executor = executor
        self._caller = caller
        self._parts = parts
        self._tasks: list[asyncio.Task[None]] = []
        programs = (parts.primary, *(part.program for part in parts.deferred))
        self._arrived = {work.fetch.number: asyncio.Event() for program in programs for work in works_of(program)}
        self.response = Response()
        self.finished: asyncio.Queue[tuple[int, list[JsonObject]]] = asyncio.Queue()

    async def primary(self) -> None:
        """Start everything; returns when the first part of the answer is there."""
        self._tasks = [
            asyncio.create_task(self._deferred(index, part)) for index, part in enumerate(self._parts.deferred)
        ]
        if self._parts.primary is not None:
            await self._run(self._parts.primary, self.response)

    async def cancel(self) -> None:
        """Stop what is still under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deferred(self, index: int, part: Part) -> None:
        response = Response(self.response.answers)
        try:
            if part.program is not None:
                await self._run(part.program, response)
            await self._wait(part.after)
        except Exception:
            log.exception("deferred_part_failed")
            response.errors.append(graphql_error("a deferred part of the answer failed", INTERNAL))
            for work in works_of(part.program):
                self._arrived[work.fetch.number].set()
        self.finished.put_nowait((index, response.errors))

    async def _run(self, program: Program, response: Response) -> None:
        if isinstance(program, Work):
            await self._wait(program.fetch.after)
            await self._executor.fetch(program, self._caller, response)
            self._arrived[program.fetch.number].set()
        elif program.is_parallel:
            await asyncio.gather(*(self._run(step, response) for step in program.steps))
        else:
            for step in program.steps:
                await self._run(step, response)

    async def _wait(self, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            await self._arrived[number].wait()
