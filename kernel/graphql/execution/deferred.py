"""What a walk cannot complete and queues: calls of async resolvers, parents of relations, awaitable values."""

import inspect
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from kernel.graphql.execution.plan import not_generated
from kernel.graphql.execution.runtime import PathNode, Run, keys_of, settle_in_background
from kernel.graphql.execution.sources import Relation

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
            self.forget()

    def forget(self) -> None:
        """It was awaited, but there is no place for it any more."""
        if self.drop is not None:
            self.drop()


class DeferredSite:
    """A field known to be awaited; its index is that of its queue."""

    __slots__ = ("complete", "site")

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.complete: Complete = not_generated


class AsyncSite(DeferredSite):
    """An `async` resolver; the walk has called it for each object."""

    __slots__ = ()

    def fill(self, run: Run, entries: list[Awaited], values: Sequence[Any]) -> None:
        """Complete the values of all objects."""
        site, complete = self.site, self.complete
        key, parent = site.key, site.parent.name
        for value, (_, into, path) in zip(values, entries, strict=True):
            if run.errors and not is_there(run, into, path):
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
        failed: dict[int, tuple[Exception, TracebackType | None]] = {}
        for key, into, path in keyed:
            if run.errors and not is_there(run, into, path):
                continue
            place = (path, name, parent)
            try:
                into[name] = complete(run, value_of(found, key), place)
            except Exception as error:  # noqa: BLE001 - part of the answer
                # the same one may fail every parent, and being raised makes its traceback longer each time
                _, error.__traceback__ = failed.setdefault(id(error), (error, error.__traceback__))
                self.site.shape.fail_later(run, error, place)


def settle_queued(queues: Sequence[list[Any]], laters: Sequence[Later]) -> None:
    """Nobody wants what was queued; what is under way runs to its end in the background."""
    settle_in_background([entry[0] for entries in queues for entry in entries if inspect.isawaitable(entry[0])])
    settle_in_background([later.abandon() for later in laters])


def is_there(run: Run, into: dict[str, Any], path: PathNode) -> bool:
    """Whether the object is still part of the result, nothing around it having become null."""
    return run.at(keys_of(path)) is into


def still_there(run: Run, entries: list[Any]) -> list[Any]:
    """The entries whose object is still part of the result; the other awaitables run to their end unobserved."""
    there = [entry for entry in entries if is_there(run, entry[1], entry[2])]
    if len(there) < len(entries):
        kept = set(map(id, there))
        settle_in_background([e[0] for e in entries if id(e) not in kept and inspect.isawaitable(e[0])])
    return there
