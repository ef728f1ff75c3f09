"""What the modules written by `strawberry_schemas` import: resolvers' bodies, permissions, extensions, loaders."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from kernel.graphql.execution import Batch, reads
from tests.factories.graphql_values import Later, Raising, Sad, Throw, came, fetch

#: in the message of every error that tells of a missing column
UNREAD = "was not read"

__all__ = [
    "UNREAD",
    "Noted",
    "Permitted",
    "PermittedLater",
    "Raising",
    "answer",
    "answer_later",
    "answer_maybe_later",
    "called",
    "came",
    "key_reader",
    "loader",
    "nothing",
    "reads",
]


class Unread(Exception):
    """A column that no field was said to read."""


class Key:
    """What a relation is read by; it carries what the loader will find."""

    def __init__(self, field: str, number: int, value: object) -> None:
        self.identity = (field, number)
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.identity == other.identity and self.value is other.value

    def __hash__(self) -> int:
        return hash(self.identity)

    def __repr__(self) -> str:
        return f"Key{self.identity}"


def answer(source: object, name: str, info: strawberry.Info[Any, Any] | None, given: Mapping[str, object]) -> object:
    """Body of a synchronous resolver."""
    if info is not None:
        info.context.note(info._raw_info, given)
    return came(fetch(_owner(source), name))


async def answer_later(
    source: object, name: str, info: strawberry.Info[Any, Any] | None, given: Mapping[str, object]
) -> object:
    """Body of an asynchronous resolver."""
    found = answer(source, name, info, given)
    await Later(None, info.context.whim(info._raw_info, 3) if info is not None else 1)
    return found


def answer_maybe_later(
    source: object, name: str, info: strawberry.Info[Any, Any] | None, given: Mapping[str, object]
) -> object:
    """Body of a synchronous resolver that sometimes returns an awaitable."""
    later = info is not None and info.context.whim(info._raw_info, 2) == 1
    return answer_later(source, name, info, given) if later else answer(source, name, info, given)


def _owner(source: Any) -> object:
    """A view keeps everything in its row."""
    return source.__dict__.get("row", source) if isinstance(source, Raising) else source


def called(name: str, field: Any) -> Any:
    """The field under a name of GraphQL that Python could not give it."""
    field.graphql_name = name
    return field


def key_reader(name: str) -> Callable[[Any], object]:
    return lambda row: getattr(row, name)


def nothing() -> None:
    """Stands for what was not found."""


def loader(name: str) -> Callable[[Batch[Any, Any], Sequence[Any]], Awaitable[Mapping[Any, Any]]]:
    """Finds what the keys carry, once per key; one loader in sixty fails altogether."""

    async def load(batch: Batch[Any, Any], keys: Sequence[Any]) -> Mapping[Any, Any]:
        if len(set(keys)) != len(keys):
            raise AssertionError("a key is asked for twice")
        batch.context.note_load(name, keys, batch.arguments)
        await Later(None, batch.context.salt % 3)
        if hash((len(name), batch.context.salt)) % 60 == 0:
            raise Sad(f"cannot load {name}")
        found = {key: _found(key.value, batch.columns) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    return load


class Guarded:
    """A row of which only some columns were read: any other is an error."""

    def __init__(self, row: object, columns: frozenset[str]) -> None:
        self._row = row
        self._columns = columns

    def __getattr__(self, name: str) -> object:
        if name not in self._columns and not name.startswith("_"):
            raise Unread(f"{name} {UNREAD}")
        return getattr(self._row, name)


def _found(value: Any, columns: frozenset[str]) -> Any:
    """What a loader that reads `columns` and no more finds."""
    match value:
        case Throw():
            return value.make()
        case list() | tuple() | deque():
            return type(value)(_found(item, columns) for item in value)
        case Later():
            inner = value.value if isinstance(value.value, Throw) else _found(value.value, columns)
            return Later(inner, value.ticks)
        case Raising(row=row):
            view: Any = object.__new__(type(value))
            view.__dict__.update(value.__dict__, row=Guarded(row, columns))
            return view
        case _:
            return value


class Permitted(BasePermission):
    """Refuses one in eight, by path."""

    message = "refused"

    def has_permission(self, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> bool:
        del source
        info.context.note(info._raw_info, ("permission", kwargs))
        return info.context.whim(info._raw_info, 8) != 0


class PermittedLater(BasePermission):
    """The same after a while."""

    message = "refused later"

    async def has_permission(self, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> bool:
        del source, kwargs
        await Later(None, 1)
        return info.context.whim(info._raw_info, 8) != 0


class Noted(FieldExtension):
    """Notes the call and lets it through."""

    def resolve(self, next_: Any, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> Any:
        info.context.note(info._raw_info, ("extension", kwargs))
        return next_(source, info, **kwargs)

    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info[Any, Any], **kwargs: Any) -> Any:
        info.context.note(info._raw_info, ("extension later", kwargs))
        return await next_(source, info, **kwargs)
