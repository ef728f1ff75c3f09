"""Runs what walks have queued, level by level.

When a walk is over, everything it queued is dispatched at once, one job for each field. A job completes all its values
in one walk of its own, so the next level again knows all its parents.
"""

import asyncio
import inspect
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, cast

from kernel.graphql.execution.deferred import (
    AsyncSite,
    Awaited,
    DeferredSite,
    Keyed,
    Later,
    Parent,
    RelationSite,
    is_there,
    still_there,
)
from kernel.graphql.execution.runtime import Run, keys_of, settle_in_background
from kernel.graphql.execution.sources import Batch


class Job:
    """What is dispatched for one field, or for relations that share a call."""

    #: whether it awaits one thing, which then starts in the turn of the event loop in which the job does
    is_single = False
    #: turns of the event loop it lets pass at the end, where others gather and wake up as much later
    turns = 0

    @property
    def gathers(self) -> bool:
        """Whether it awaits several things at once."""
        return False

    def begin(self) -> None:
        """Start all that is to be awaited: in the same turn as the other jobs', so that loaders collect from all."""

    async def work(self, run: Run) -> None:
        """Await, and complete all values."""
        raise NotImplementedError

    def cancel(self) -> None:
        """The operation has ended before the job."""


class _Calls(Job):
    """The calls of an async resolver."""

    def __init__(self, site: AsyncSite, entries: list[Awaited]) -> None:
        self._site = site
        self._entries = entries
        self.is_single = len(entries) == 1

    @property
    def gathers(self) -> bool:
        return not self.is_single

    def begin(self) -> None:
        if not self.is_single:
            futures = _started([entry[0] for entry in self._entries])
            self._entries = [(future, *entry[1:]) for future, entry in zip(futures, self._entries, strict=True)]

    async def work(self, run: Run) -> None:
        entries = still_there(run, self._entries) if run.errors else self._entries
        values = await _all([entry[0] for entry in entries])
        await _pass(self.turns)
        self._site.fill(run, entries, values)

    def cancel(self) -> None:
        _cancel([entry[0] for entry in self._entries])


class _Laters(Job):
    """Values at one place that turned out to be awaitable."""

    def __init__(self, laters: Sequence[Later]) -> None:
        self._laters = laters
        self.is_single = len(laters) == 1

    @property
    def gathers(self) -> bool:
        return not self.is_single

    def begin(self) -> None:
        if not self.is_single:
            for later, future in zip(self._laters, _started([one.awaitable for one in self._laters]), strict=True):
                later.awaitable = future

    async def work(self, run: Run) -> None:
        there = [(later, container) for later in self._laters if (container := _container(run, later)) is not None]
        if len(there) < len(self._laters):
            kept = {id(later) for later, _ in there}
            settle_in_background([later.abandon() for later in self._laters if id(later) not in kept])
        values = await _all([later.awaitable for later, _ in there])
        await _pass(self.turns)
        for value, (later, container) in zip(values, there, strict=True):
            if run.errors and _container(run, later) is None:
                later.forget()
                continue
            try:
                container[keys_of(later.path)[-1]] = later.then(run, _raised(value), later.path)
            except Exception as error:  # noqa: BLE001 - part of the answer
                later.shape.fail_later(run, error, later.path)

    def cancel(self) -> None:
        _cancel([later.awaitable for later in self._laters])


class _Reading(Job):
    """One call of a `load` for all sites that share it."""

    def __init__(self, load: Callable[..., Any], arguments: object) -> None:
        self._load = load
        self._arguments = arguments
        self.sites: list[tuple[RelationSite, list[Parent]]] = []

    async def work(self, run: Run) -> None:
        """Keys of all parents, each once and in their order; one call; a value for each parent."""
        sites = [(site, _keyed(run, site, parents)) for site, parents in self.sites]
        columns = sites[0][0].columns.union(*(site.columns for site, _ in sites[1:]))
        keys = list(dict.fromkeys(key for _, keyed in sites for key, _, _ in keyed if key is not None))
        found: Any = _NOTHING
        if keys:
            try:
                found = await self._load(Batch(run.context, columns, self._arguments), keys)
            except Exception as error:  # noqa: BLE001 - the error of each parent
                found = dict.fromkeys(keys, error)
        for site, keyed in sites:
            site.fill(run, keyed, found)


def _keyed(run: Run, site: RelationSite, parents: list[Parent]) -> list[Keyed]:
    if run.errors:
        parents = still_there(run, parents)
    key_of = site.source.key
    try:
        keyed = [(key_of(parent.row), into, path) for parent, into, path in parents]
        hash(tuple([key for key, _, _ in keyed]))
    except Exception:  # noqa: BLE001 - once more, to find the one that failed
        return list(_keyed_one_by_one(run, site, parents))
    return keyed


def _keyed_one_by_one(run: Run, site: RelationSite, parents: Iterable[Parent]) -> Iterable[Keyed]:
    for parent, into, path in parents:
        try:
            key = site.source.key(parent.row)
            hash(key)
            yield key, into, path
        except Exception as error:  # noqa: BLE001 - part of the answer
            site.site.shape.fail_later(run, error, (path, site.site.key, site.site.parent.name))


async def settle(run: Run, deferred: Sequence[DeferredSite]) -> None:
    """Work off what the last walk queued, and what that queues in turn."""
    while jobs := _take(run, deferred):
        if len(jobs) == 1:
            await _alone(jobs[0], run)
            continue
        await _together(run, deferred, jobs)
        return


async def _alone(job: Job, run: Run) -> None:
    try:
        await job.work(run)
    except BaseException:
        job.cancel()
        raise


async def _together(run: Run, deferred: Sequence[DeferredSite], jobs: list[Job]) -> None:
    """All jobs concurrently, each with what follows from it; the first without a task of its own if it needs none."""
    tasks: list[asyncio.Future[None]] = []
    begun = 0 if jobs[0].is_single else 1
    if any(job.gathers for job in jobs):
        for job in jobs:
            job.turns = _TURNS_OF_GATHER if job.is_single else 0
    try:
        jobs[0].begin()
        for job in jobs[begun:]:
            job.begin()
            tasks.append(asyncio.ensure_future(_branch(run, deferred, job)))
        for job in jobs[:begun]:
            await _branch(run, deferred, job)
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in jobs:
            job.cancel()
        raise


async def _branch(run: Run, deferred: Sequence[DeferredSite], job: Job) -> None:
    await _alone(job, run)
    await settle(run, deferred)


def _take(run: Run, deferred: Sequence[DeferredSite]) -> list[Job]:
    """The jobs for everything that is queued: one a site, one a group of relations that share a call."""
    jobs: list[Job] = []
    readings: dict[Hashable, _Reading] = {}
    for index, entries in enumerate(run.queues):
        if entries:
            run.queues[index] = []
            site = deferred[index]
            if isinstance(site, RelationSite):
                reading = _reading(run, site, entries, readings)
                if reading is not None:
                    jobs.append(reading)
            else:
                jobs.append(_Calls(cast("AsyncSite", site), entries))
    if run.laters:
        laters, run.laters = run.laters, []
        grouped: dict[int, list[Later]] = {}
        for later in laters:
            grouped.setdefault(id(later.shape), []).append(later)
        jobs += [_Laters(group) for group in grouped.values()]
    return jobs


def _reading(
    run: Run, site: RelationSite, parents: list[Parent], readings: dict[Hashable, _Reading]
) -> _Reading | None:
    """The reading the site takes part in, if that is a further one."""
    try:
        given = site.arguments(run) if site.arguments is not None else _NOTHING
        arguments = site.source.arguments_of(given)
        shared = (id(site.source.load), hash(arguments), arguments)
    except Exception as error:  # noqa: BLE001 - the error of each parent
        for _, into, path in parents:
            if is_there(run, into, path):
                site.site.shape.fail_later(run, error, (path, site.site.key, site.site.parent.name))
        return None
    reading = readings.get(shared)
    if reading is not None:
        reading.sites.append((site, parents))
        return None
    reading = readings[shared] = _Reading(site.source.load, arguments)
    reading.sites.append((site, parents))
    return reading


def _container(run: Run, later: Later) -> Any:
    """The object or list that the value has its place in; None if that is no longer part of the result."""
    keys = keys_of(later.path)
    container = run.at(keys[:-1])
    return container if container is not None and container[keys[-1]] is later else None


async def _all(awaitables: Sequence[Any]) -> Sequence[Any]:
    """The results, or the exceptions in their places; raises only what ends the whole operation."""
    if len(awaitables) == 1:
        try:
            return (await awaitables[0],)
        except Exception as error:  # noqa: BLE001 - part of the answer
            return (error,)
    values = await asyncio.gather(*_started(awaitables), return_exceptions=True)
    for value in values:
        if isinstance(value, BaseException) and not isinstance(value, Exception):
            raise value
    return values


def _started(awaitables: Sequence[Any]) -> list["asyncio.Future[Any]"]:
    """A future for each, the same for the same awaitable."""
    futures: dict[int, asyncio.Future[Any]] = {}
    for one in awaitables:
        if id(one) not in futures:
            is_ready = inspect.iscoroutine(one) or asyncio.isfuture(one)
            futures[id(one)] = asyncio.ensure_future(one if is_ready else _awaiting(one))
    return [futures[id(one)] for one in awaitables]


async def _pass(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def _awaiting(awaitable: Any) -> Any:
    return await awaitable


def _cancel(awaitables: Iterable[Any]) -> None:
    for one in awaitables:
        if asyncio.isfuture(one):
            one.cancel()
        elif inspect.iscoroutine(one) and inspect.getcoroutinestate(one) == inspect.CORO_CREATED:
            one.close()


def _raised(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


#: from the end of the last of several tasks to the waking of who gathers them
_TURNS_OF_GATHER: Final = 2
_NOTHING: Final[dict[str, object]] = {}
