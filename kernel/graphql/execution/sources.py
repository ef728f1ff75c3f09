"""Where a field of a view comes from: what the factories of `fields` declare and both executors read."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from graphql import GraphQLField
from strawberry.types.field import StrawberryField

RowT = TypeVar("RowT")
KeyT = TypeVar("KeyT", bound=Hashable)
LoadedT = TypeVar("LoadedT")
ValueT = TypeVar("ValueT")
ContextT = TypeVar("ContextT")
ArgumentsT = TypeVar("ArgumentsT")
#: key of a field's metadata
SOURCE: Final = "execution"


@dataclass(frozen=True, slots=True)
class Reads:
    """`reads`: the attributes of the row a field looks at. On its own, that of an ordinary resolver."""

    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Column(Reads):
    """The field is `row.<name>`; without a name, the attribute of the row is called as the Python field is."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Computed(Reads, Generic[RowT, ValueT]):
    """The field is `read(row)`: a pure function."""

    read: Callable[[RowT], ValueT]


@dataclass(frozen=True, slots=True)
class Batch(Generic[ContextT, ArgumentsT]):
    """What a relation's loader is given beside the keys.

    `columns`: attributes of the loaded rows that the operation selects (names as in `reads`).
    `arguments`: the field's arguments as `relation(arguments=…)` made them, else None.
    """

    context: ContextT
    columns: frozenset[str]
    arguments: ArgumentsT


Load: TypeAlias = Callable[[Batch[ContextT, ArgumentsT], Sequence[KeyT]], Awaitable[Mapping[KeyT, LoadedT]]]


@dataclass(frozen=True, slots=True, eq=False)
class Relation(Reads, Generic[RowT, KeyT, LoadedT, ValueT]):
    """The field is read for all parents of a level at once: keys in, a mapping out.

    A key that the mapping lacks, and a parent without key, give null, or `to(missing())`. An exception as a value is
    the error of that key alone; an exception raised by `load` is everybody's.
    """

    load: Callable[[Batch[Any, Any], Sequence[KeyT]], Awaitable[Mapping[KeyT, LoadedT]]]
    key: Callable[[RowT], KeyT | None]
    to: Callable[[LoadedT], ValueT]
    to_reads: frozenset[str]
    arguments: Callable[..., object] | None
    missing: Callable[[], LoadedT] | None

    def arguments_of(self, given: Mapping[str, object]) -> object:
        """What `Batch.arguments` is for these Python-named arguments; raises what `arguments` raises."""
        return self.arguments(**given) if self.arguments is not None else None

    def value_of(self, found: Mapping[KeyT, LoadedT | None], key: KeyT | None) -> ValueT | None:
        """The field's value for one parent; raises the exception that stands for its key."""
        loaded = found.get(key) if key is not None else None
        if loaded is None:
            return self.to(self.missing()) if self.missing is not None else None
        if isinstance(loaded, Exception):
            raise loaded
        return self.to(loaded)


def source_of(field: GraphQLField) -> Reads | None:
    """What a field of a view declares: Column, Computed, Relation or only what it reads; None for every other field."""
    source: object = field.extensions.get(SOURCE)
    if source is None:
        definition = strawberry_field(field)
        source = definition.metadata.get(SOURCE) if definition is not None else None
    return source if isinstance(source, Reads) else None


def strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """Strawberry's definition of the field, if Strawberry made it."""
    definition: object = field.extensions.get("strawberry-definition")
    return definition if isinstance(definition, StrawberryField) else None


def column_name(source: Column, field: GraphQLField) -> str | None:
    """The attribute of the row that a column is."""
    definition = strawberry_field(field)
    return source.name or (definition.python_name if definition is not None else None)
