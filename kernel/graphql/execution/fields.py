"""Declares fields of a Strawberry type by where they come from: a column of its row, a function of it, a relation.

A *view* is a Strawberry type with one private attribute, `row`: whatever the type is read from (a database row, a key).

    @strawberry.type
    class Variant:
        row: strawberry.Private[VariantRow]
        sku: str = column(description="Stock keeping unit.")
        price: Money = computed(lambda row: Money.of(row.price), reads=("price", "currency"))
        product: "Product | None" = relation(
            load_products, key=lambda row: row.product_id, to=lambda row: Product(row=row), reads=("product_id",)
        )
"""

import asyncio
import inspect
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
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


def column(name: str | None = None, *, description: str | None = None, **options: Unpack[FederationFieldParams]) -> Any:
    """A field that is an attribute of the row, of the same name unless `name` says otherwise."""
    source = Column(frozenset() if name is None else frozenset({name}), name)

    def read_named(self: _View) -> Any:
        return getattr(self.row, str(name))

    def read(self: _View, info: strawberry.Info) -> Any:
        return getattr(self.row, info.python_name)

    return _field(read if name is None else read_named, source, description, options)


def computed(
    read: Callable[[Any], ValueT],
    *,
    reads: Iterable[str],
    description: str | None = None,
    **options: Unpack[FederationFieldParams],
) -> ValueT:
    """A field that is a pure function of the row; `reads` names the attributes it looks at."""

    def resolve(self: _View) -> Any:
        return read(self.row)

    return _field(resolve, Computed(frozenset(reads), read), description, options)


@overload
def relation(
    load: Load[ContextT, ArgumentsT, KeyT, LoadedT],
    *,
    key: Callable[[Any], KeyT | None],
    to: Callable[[LoadedT], ValueT],
    reads: Iterable[str],
    missing: Callable[[], LoadedT],
    to_reads: Iterable[str] = (),
    arguments: Callable[..., ArgumentsT] | None = None,
    description: str | None = None,
    **options: Unpack[FederationFieldParams],
) -> ValueT: ...


@overload
def relation(
    load: Load[ContextT, ArgumentsT, KeyT, LoadedT],
    *,
    key: Callable[[Any], KeyT | None],
    to: Callable[[LoadedT], ValueT],
    reads: Iterable[str],
    to_reads: Iterable[str] = (),
    arguments: Callable[..., ArgumentsT] | None = None,
    description: str | None = None,
    **options: Unpack[FederationFieldParams],
) -> ValueT | None: ...


def relation(
    load: Load[ContextT, ArgumentsT, KeyT, LoadedT],
    *,
    key: Callable[[Any], KeyT | None],
    to: Callable[[LoadedT], ValueT],
    reads: Iterable[str],
    missing: Callable[[], LoadedT] | None = None,
    to_reads: Iterable[str] = (),
    arguments: Callable[..., ArgumentsT] | None = None,
    description: str | None = None,
    **options: Unpack[FederationFieldParams],
) -> ValueT | None:
    """A field read in one call of `load` for all parents of a level, however many.

    Relations of one level with the same `load` and equal arguments share the call.

    Args:
        load: keys, each once, to what was found.
        key: the key of one row; None means there is nothing to read.
        to: what was found, as the graph shows it.
        reads: the attributes of the row that `key` looks at.
        missing: stands for what was not found; without it that is null.
        to_reads: attributes of what was found that `to` itself looks at; they are always among `Batch.columns`.
        arguments: its keyword parameters are the field's arguments; what it returns (hashable) is `Batch.arguments`.
        description: of the field.
        options: federation's, like `requires_scopes`.
    """
    source: Relation[Any, KeyT, LoadedT, ValueT] = Relation(
        frozenset(reads), load, key, to, frozenset(to_reads), arguments, missing
    )
    return _field(_one_by_one(source), source, description, options)


class _View(Protocol):
    row: Any


def _field(
    resolver: Callable[..., object], source: Reads, description: str | None, options: FederationFieldParams
) -> Any:
    make = cast("Callable[..., Any]", strawberry.federation.field)
    return make(resolver=resolver, description=description, metadata={SOURCE: source}, **options)


def _one_by_one(source: Relation[Any, Any, Any, Any]) -> Callable[..., object]:
    """The relation as a resolver of one object, for executors that know no batches."""

    async def resolve(self: _View, info: strawberry.Info, **given: object) -> object:
        arguments = source.arguments_of(given)
        key = source.key(self.row)
        if key is None:
            return source.value_of({}, None)
        collecting = _collecting(source.load, info.context, arguments)
        collecting.columns |= selected_columns(info) | source.to_reads
        return source.value_of({key: await collecting.loader.load(key)}, key)

    own = [
        inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info),
    ]
    given = inspect.signature(source.arguments).parameters.values() if source.arguments is not None else ()
    resolve.__signature__ = inspect.Signature([*own, *given])
    return resolve


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
