"""Rows of the read path: asyncpg's records with typed attributes, made without any work in Python per row."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from operator import itemgetter
from typing import Any, TypeVar, cast, get_args, get_type_hints

import asyncpg


class UnselectedColumn(LookupError):
    """A column was looked at that the statement did not select."""


class Row(asyncpg.Record):
    """What a read gives, one attribute per column. Subclasses only annotate.

        class VariantRow(Row):
            id: UUID
            sku: str
            status: VariantStatus

    An enumeration is made of its stored value when it is looked at; everything else is as the driver gives it, JSON
    decoded. Properties may compute more of the columns. There is no constructor: rows come from the database.
    """

    __slots__ = ()


RowT = TypeVar("RowT", bound=Row)


def columns_of(row: type[Row]) -> Mapping[str, object]:
    """Column → its annotated type."""
    return {name: hint for name, hint in get_type_hints(row).items() if not name.startswith("_")}


def narrowed(row: type[RowT], selected: Sequence[str]) -> type[RowT]:
    """`row` for statements that select these columns in this order; the others say so when they are looked at."""
    hints = columns_of(row)
    attributes: dict[str, object] = {
        name: property(_unselected(f"{row.__name__}.{name}")) for name in hints if name not in selected
    }
    for position, name in enumerate(selected):
        attributes[name] = property(_getter(position, hints[name]))
    return cast("type[RowT]", type(row.__name__, (row,), {"__slots__": (), "__module__": row.__module__, **attributes}))


def _getter(position: int, hint: object) -> Callable[[Any], object]:
    kinds = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, Enum)]
    if not kinds:
        return itemgetter(position)
    members: dict[object, Enum | None] = {None: None, **{member.value: member for member in kinds[0]}}
    return lambda row: members[row[position]]


def _unselected(name: str) -> Callable[[object], object]:
    def refuse(_row: object) -> object:
        raise UnselectedColumn(f"{name} was not selected: what reads it must say so")

    return refuse
