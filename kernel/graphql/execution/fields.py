"""Declares fields of a Strawberry type by where they come from: a column of its row, a function of it, a relation.

A *view* is a Strawberry type with one private attribute, `row`: whatever the type is read from (a database row, a key).

    @strawberry.type
    class Variant:
        row: strawberry.Private[VariantRow]
        sku: str = column(description="Stock keeping unit.")
        price: Money = computed(lambda row: Money.of(row.price), reads=("price", "currency"))
        product: "Product | None" = relation(load_products, key="product_id", to=lambda row: Product(row=row))
"""

import asyncio
import inspect
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Protocol, TypeAlias, cast, overload
from weakref import WeakKeyDictionary

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.federation.params import FederationFieldParams
from typing_extensions import Unpack

from kernel.graphql.execution.selection import selected_columns
from kernel.graphql.execution.sources import (
    SOURCE,
    ArgumentsT,
    Batch,
    Column,
    Computed,
    ContextT,
    KeyT,
    Load,
    LoadedT,
    Reads,
    Relation,
    ValueT,
)


def reads(*names: str) -> dict[object, object]:
    """Metadata of an ordinary resolver on a view: the attributes of `row` it reads.

    Like `@strawberry.field(metadata=reads("on_hand"))`.
    """
    return {SOURCE: Reads(frozenset(names))}


class FieldOptions(FederationFieldParams, total=False):
    """What any field may have: its description, federation's directives, and its name where Python's is another one."""

    description: str
    graphql_name: str


def column(name: str | None = None, **options: Unpack[FieldOptions]) -> Any:
    """A field that is an attribute of the row, of the same name unless `name` says otherwise."""
    source = Column(frozenset() if name is None else frozenset({name}), name)

    def read_named(self: _View) -> Any:
        return getattr(self.row, str(name))

    def read(self: _View, info: strawberry.Info) -> Any:
        return getattr(self.row, info.python_name)

    return _field(read if name is None else read_named, source, options)


def computed(
    read: Callable[[Any], ValueT],
    *,
    reads: Iterable[str],
    **options: Unpack[FieldOptions],
) -> ValueT:
    """A field that is a pure function of the row; `reads` names the attributes it looks at."""

    def resolve(self: _View) -> Any:
        return read(self.row)

    return _field(resolve, Computed(frozenset(reads), read), options)


@overload
def relation(
    load: Load[ContextT, ArgumentsT, KeyT, LoadedT],
    *,
    key: str | Callable[[Any], KeyT | None],
    to: Callable[[LoadedT], ValueT],
    reads: Iterable[str] | None = None,
    missing: Callable[[], LoadedT],
    to_reads: Iterable[str] = (),
    arguments: Callable[..., ArgumentsT] | None = None,
    **options: Unpack[FieldOptions],
) -> ValueT: ...


@overload
def relation(
    load: Load[ContextT, ArgumentsT, KeyT, LoadedT],
    *,
    key: str | Callable[[Any], KeyT | None],
    to: Callable[[LoadedT], ValueT],
    reads: Iterable[str] | None = None,
    to_reads: Iterable[str] = (),
    arguments: Callable[..., ArgumentsT] | None = None,
    **options: Unpack[FieldOptions],
) -> ValueT | None: ...


def relation(
    load: Load[ContextT, ArgumentsT, KeyT, LoadedT],
    *,
    key: str | Callable[[Any], KeyT | None],
    to: Callable[[LoadedT], ValueT],
    reads: Iterable[str] | None = None,
    missing: Callable[[], LoadedT] | None = None,
    to_reads: Iterable[str] = (),
    arguments: Callable[..., ArgumentsT] | None = None,
    **options: Unpack[FieldOptions],
) -> ValueT | None:
    """A field read in one call of `load` for all parents of a level, however many.

    Relations of one level with the same `load` and equal arguments share the call.

    Args:
        load: keys, each once, to what was found.
        key: the key of one row, an attribute or a function; None means there is nothing to read.
        to: what was found, as the graph shows it.
        reads: the attributes of the row that `key` looks at, if it is a function.
        missing: stands for what was not found; without it that is null.
        to_reads: attributes of what was found that `to` itself looks at; they are always among `Batch.columns`.
        arguments: its keyword parameters are the field's arguments; what it returns (hashable) is `Batch.arguments`.
        options: of any field.
    """
    if isinstance(key, str):
        key, reads = attrgetter(key), (key,)
    if reads is None:
        raise TypeError("a relation whose key is a function must say what that reads")
    source: Relation[Any, KeyT, LoadedT, ValueT] = Relation(
        frozenset(reads), load, key, to, frozenset(to_reads), arguments, missing
    )
    return _field(_one_by_one(source), source, options)


class _View(Protocol):
    row: Any


def _field(resolver: Callable[..., object], source: Reads, options: FieldOptions) -> Any:
    return field_of(resolver, options, {SOURCE: source})


def field_of(
    resolver: Callable[..., object], options: FieldOptions, metadata: dict[object, object] | None = None
) -> Any:
    """Strawberry's field with these options."""
    make = cast("Callable[..., Any]", strawberry.federation.field)
    given: dict[str, object] = {**options}
    return make(resolver=resolver, name=given.pop("graphql_name", None), metadata=metadata, **given)


def _one_by_one(source: Relation[Any, Any, Any, Any]) -> Callable[..., object]:
    """The relation as a resolver of one object, for executors that know no batches."""

    async def resolve(self: _View, info: strawberry.Info, **given: object) -> object:
        arguments = source.arguments_of(given)
        key = source.key(self.row)
        if key is None:
            return source.value_of({}, None)
        return source.value_of(
            {key: await load_one(source.load, key, info, arguments=arguments, to_reads=source.to_reads)}, key
        )

    own = [
        inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info),
    ]
    given = inspect.signature(source.arguments).parameters.values() if source.arguments is not None else ()
    resolve.__signature__ = inspect.Signature([*own, *given])
    return resolve


async def load_one(
    load: Load[Any, ArgumentsT, KeyT, LoadedT],
    key: KeyT,
    info: strawberry.Info[Any, Any],
    *,
    arguments: ArgumentsT,
    to_reads: Iterable[str] = (),
) -> LoadedT | None:
    """What `load` finds by one key, in one call for all that ask in the same turn of the event loop."""
    collecting = _collecting(load, info.context, arguments)
    collecting.columns.update(selected_columns(info), to_reads)
    return await collecting.loader.load(key)


@dataclass(slots=True)
class _Collecting:
    """A batch that still collects keys and columns."""

    columns: set[str]
    loader: DataLoader[Any, Any]


_PendingKey: TypeAlias = tuple[int, int, object]
#: loop → batches that still collect; a batch leaves before it is read, so nothing is kept or cached
_pending: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_PendingKey, _Collecting]]] = WeakKeyDictionary()


def _collecting(load: Load[Any, Any, Any, Any], context: object, arguments: object) -> _Collecting:
    batches = _pending.setdefault(asyncio.get_running_loop(), {})
    # the loader below holds context and load, so their addresses are not given to others meanwhile
    pending_key = (id(context), id(load), arguments)
    if pending_key in batches:
        return batches[pending_key]

    async def read(keys: Sequence[Hashable]) -> list[object]:
        columns = batches.pop(pending_key).columns
        found = await load(Batch(context, frozenset(columns), arguments), list(dict.fromkeys(keys)))
        return [found.get(key) for key in keys]

    batches[pending_key] = _Collecting(set(), DataLoader[Any, Any](read, cache=False))
    return batches[pending_key]
