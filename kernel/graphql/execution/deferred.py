"""What cannot be completed in a walk: awaited resolvers, awaitable values and batched relations, level by level.

A walk queues what it meets; when it is over, everything queued is dispatched at once. Each job completes all its values
in one walk of its own, so the next level again knows all its parents.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from kernel.graphql.execution.runtime import PathNode, Run, keys_of, settle_in_background
from kernel.graphql.execution.sources import Batch, Relation

if TYPE_CHECKING:
    from kernel.graphql.execution.sites import Shape, Site

#: completes a field's value: (run, value, path of the field)
Complete: TypeAlias = Callable[[Run, Any, PathNode], Any]
#: (awaitable, the object's dict, the object's path)
Awaited: TypeAlias = tuple[Any, dict[str, Any], PathNode]
#: (source object, the object's dict, the object's path)
Parent: TypeAlias = tuple[Any, dict[str, Any], PathNode]
#: (key of the relation, the object's dict, the object's path)
Keyed: TypeAlias = tuple[Any, dict[str, Any], PathNode]
Job: TypeAlias = Coroutine[Any, Any, None]


class Later:
    """Stands in the result for a value that turned out to be awaitable.

    `then` completes what was awaited; `drop` is called instead when nobody wants it any more.
    """

    __slots__ = ("awaitable", "drop", "path", "shape", "then")

    def __init__(
        self,
        run: Run,
        shape: "Shape",
        awaitable: Any,
        path: PathNode,
        *,
        then: Complete | None = None,
        drop: Callable[[], None] | None = None,
    ) -> None:
        self.shape = shape
        self.awaitable = awaitable
        self.path = path
        self.then = then or shape.complete
        self.drop = drop
        run.laters.append(self)

    async def abandon(self) -> None:
        """Await it all the same, as graphql-core does."""
        try:
            await self.awaitable
        finally:
            if self.drop is not None:
                self.drop()


class DeferredSite:
    """A field known to be awaited; its index is that of its queue."""

    __slots__ = ("complete", "site")

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.complete: Complete = _incomplete


class AsyncSite(DeferredSite):
    """An `async` resolver; the walk has called it for each object."""

    __slots__ = ()

    async def resolve(self, run: Run, entries: list[Awaited]) -> None:
        """Await all, then complete them in order."""
        site = self.site
        if run.errors:
            entries = _still_there(run, entries)
        values = await _all([entry[0] for entry in entries])
        complete, key, parent = self.complete, site.key, site.parent.name
        for value, (_, into, path) in zip(values, entries, strict=True):
            if run.errors and not _is_there(run, into, path):
                continue
            place = (path, key, parent)
            try:
                into[key] = complete(run, value, place)
            except Exception as error:  # noqa: BLE001 - part of the answer
                site.shape.fail_later(run, error, place)


class RelationSite(DeferredSite):
    """A relation; the walk has left the parents."""

    __slots__ = ("arguments", "columns", "source")

    def __init__(
        self,
        site: "Site",
        source: Relation[Any, Any, Any, Any],
        columns: frozenset[str],
        arguments: Callable[[Run], dict[str, Any]] | None,
    ) -> None:
        super().__init__(site)
        self.source = source
        self.columns = columns
        self.arguments = arguments

    def fill(self, run: Run, keyed: list[Keyed], found: Any) -> None:
        """Complete the values of all parents."""
        value_of, complete, name, parent = self.source.value_of, self.complete, self.site.key, self.site.parent.name
        for key, into, path in keyed:
            if run.errors and not _is_there(run, into, path):
                continue
            place = (path, name, parent)
            try:
                into[name] = complete(run, value_of(found, key), place)
            except Exception as error:  # noqa: BLE001 - part of the answer
                self.site.shape.fail_later(run, error, place)


class _Reading:
    """One call of a `load` for all sites that share it."""

    __slots__ = ("_arguments", "_load", "sites")

    def __init__(self, load: Callable[..., Any], arguments: object) -> None:
        self._load = load
        self._arguments = arguments
        self.sites: list[tuple[RelationSite, list[Parent]]] = []

    async def read(self, run: Run) -> None:
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
        parents = _still_there(run, parents)
    key_of = site.source.key
    try:
        keyed = [(key_of(parent.row), into, path) for parent, into, path in parents]
        hash(tuple([key for key, _, _ in keyed]))
    except Exception:  # noqa: BLE001 - once more, to find the one that failed
        return list(_keyed_one_by_one(run, site, parents))
    return keyed


async def settle(run: Run, deferred: Sequence[DeferredSite]) -> None:
    """Work off what the last walk queued, and what that queues in turn."""
    while jobs := _take(run, deferred):
        if len(jobs) == 1:
            await jobs[0]
            continue
        others = [asyncio.ensure_future(_branch(run, deferred, job)) for job in jobs[1:]]
        try:
            await _branch(run, deferred, jobs[0])
            await asyncio.gather(*others)
        except BaseException:
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for job in jobs:
                job.close()
            raise
        return


async def _branch(run: Run, deferred: Sequence[DeferredSite], job: Job) -> None:
    await job
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
                    jobs.append(reading.read(run))
            else:
                jobs.append(cast("AsyncSite", site).resolve(run, entries))
    if run.laters:
        laters, run.laters = run.laters, []
        grouped: dict[int, list[Later]] = {}
        for later in laters:
            grouped.setdefault(id(later.shape), []).append(later)
        jobs += [_resolve_laters(run, group) for group in grouped.values()]
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
            if _is_there(run, into, path):
                site.site.shape.fail_later(run, error, (path, site.site.key, site.site.parent.name))
        return None
    reading = readings.get(shared)
    if reading is not None:
        reading.sites.append((site, parents))
        return None
    reading = readings[shared] = _Reading(site.source.load, arguments)
    reading.sites.append((site, parents))
    return reading


async def _resolve_laters(run: Run, laters: Sequence[Later]) -> None:
    there: list[tuple[Later, Any, str | int]] = []
    gone: list[Later] = []
    for later in laters:
        keys = keys_of(later.path)
        container = run.at(keys[:-1])
        if container is not None and container[keys[-1]] is later:
            there.append((later, container, keys[-1]))
        else:
            gone.append(later)
    settle_in_background([later.abandon() for later in gone])
    values = await _all([later.awaitable for later, _, _ in there])
    for value, (later, container, key) in zip(values, there, strict=True):
        if run.errors and run.at(keys_of(later.path)) is not later:
            if later.drop is not None:
                later.drop()
            continue
        try:
            container[key] = later.then(run, _raised(value), later.path)
        except Exception as error:  # noqa: BLE001 - part of the answer
            later.shape.fail_later(run, error, later.path)


def settle_queued(queues: Sequence[list[Any]], laters: Sequence[Later]) -> None:
    """Nobody wants what was queued; what is under way runs to its end in the background."""
    settle_in_background([entry[0] for entries in queues for entry in entries if inspect.isawaitable(entry[0])])
    settle_in_background([later.abandon() for later in laters])


def _raised(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


async def _all(awaitables: Sequence[Any]) -> Sequence[Any]:
    """The results, or the exceptions in their places; raises only what ends the whole operation."""
    if len(awaitables) == 1:
        try:
            return (await awaitables[0],)
        except Exception as error:  # noqa: BLE001 - part of the answer
            return (error,)
    values = await asyncio.gather(*awaitables, return_exceptions=True)
    for value in values:
        if isinstance(value, BaseException) and not isinstance(value, Exception):
            raise value
    return values


def _is_there(run: Run, into: dict[str, Any], path: PathNode) -> bool:
    """Whether the object is still part of the result, nothing around it having become null."""
    return run.at(keys_of(path)) is into


def _still_there(run: Run, entries: list[Any]) -> list[Any]:
    there = [entry for entry in entries if _is_there(run, entry[1], entry[2])]
    if len(there) < len(entries):
        kept = set(map(id, there))
        settle_in_background([e[0] for e in entries if id(e) not in kept and inspect.isawaitable(e[0])])
    return there


def _keyed_one_by_one(run: Run, site: RelationSite, parents: Iterable[Parent]) -> Iterable[Keyed]:
    for parent, into, path in parents:
        try:
            key = site.source.key(parent.row)
            hash(key)
            yield key, into, path
        except Exception as error:  # noqa: BLE001 - part of the answer
            site.site.shape.fail_later(run, error, (path, site.site.key, site.site.parent.name))


def _incomplete(_run: Run, _value: object, _path: PathNode) -> object:
    raise NotImplementedError


_NOTHING: Final[dict[str, object]] = {}
