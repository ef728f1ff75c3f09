"""Keyset paging for Relay connections (C-08): cursors are positions in a sort order, never offsets."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from kernel.errors import BadUserInput

NodeT = TypeVar("NodeT")
ParentT = TypeVar("ParentT")
MAX_PAGE = 100
SortValue = str | int | datetime | UUID


@dataclass(frozen=True, slots=True)
class PageArguments:
    """`first`/`after` or `last`/`before` as the client gave them; exactly one of `first` and `last`."""

    size: int
    cursor: str | None
    is_backward: bool

    @classmethod
    def of(cls, *, first: int | None, after: str | None, last: int | None, before: str | None) -> "PageArguments":
        """Check the four Relay arguments.

        Raises:
            BadUserInput: none or both of first/last, a size outside 1 to 100, or a cursor of the other direction.
        """
        if (first is None) == (last is None):
            raise BadUserInput("give exactly one of first and last", field=("first",))
        size = first if first is not None else last
        name = "first" if first is not None else "last"
        if size is None or not 1 <= size <= MAX_PAGE:
            raise BadUserInput(f"must be between 1 and {MAX_PAGE}", field=(name,))
        if (first is not None and before is not None) or (last is not None and after is not None):
            raise BadUserInput("after goes with first, before with last", field=(name,))
        return cls(size, after if first is not None else before, is_backward=last is not None)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of the order. The last key of an order must be unique (the id)."""

    column: InstrumentedAttribute[Any]
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[NodeT]):
    """One page in the client's order, with a cursor per node."""

    nodes: Sequence[NodeT]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


async def paginate(
    session: AsyncSession, statement: Select[NodeT], order: Sequence[SortKey], arguments: PageArguments
) -> Page[NodeT]:
    """Read one page of mapped objects with one statement (size + 1 rows)."""
    query = statement.order_by(*(_direction(key, arguments.is_backward) for key in order)).limit(arguments.size + 1)
    if arguments.cursor is not None:
        query = query.where(_beyond(order, _decode(arguments.cursor, order), arguments.is_backward))
    return _page(list((await session.scalars(query)).all()), order, arguments)


async def paginate_each(
    session: AsyncSession,
    statement: Select[NodeT],
    order: Sequence[SortKey],
    arguments: PageArguments,
    *,
    parent: InstrumentedAttribute[Any],
    keys: Sequence[ParentT],
) -> dict[ParentT, Page[NodeT]]:
    """The same page of each parent's own list, with one statement: parent key → page, for every one of `keys`.

    `parent` is the column of the listed objects that names their parent.
    """
    directions = [_direction(key, arguments.is_backward) for key in order]
    place = func.row_number().over(partition_by=parent, order_by=directions).label("place_in_list")
    listed = statement.where(parent.in_(keys)).add_columns(place)
    if arguments.cursor is not None:
        listed = listed.where(_beyond(order, _decode(arguments.cursor, order), arguments.is_backward))
    ranked = listed.subquery()
    entity = aliased(parent.class_, ranked)
    query = select(entity).where(ranked.c.place_in_list <= arguments.size + 1).order_by(ranked.c.place_in_list)
    lists: dict[ParentT, list[NodeT]] = {key: [] for key in keys}
    for row in (await session.scalars(query)).all():
        lists[getattr(row, parent.key)].append(row)
    return {key: _page(rows, order, arguments) for key, rows in lists.items()}


def _page(rows: list[NodeT], order: Sequence[SortKey], arguments: PageArguments) -> Page[NodeT]:
    has_more = len(rows) > arguments.size
    shown = rows[: arguments.size]
    if arguments.is_backward:
        shown.reverse()
    return Page(
        nodes=shown,
        cursors=[_encode(row, order) for row in shown],
        has_next=arguments.cursor is not None if arguments.is_backward else has_more,
        has_previous=has_more if arguments.is_backward else arguments.cursor is not None,
    )


def _direction(key: SortKey, is_backward: bool) -> ColumnElement[object]:  # noqa: FBT001
    return key.column.desc() if key.is_descending != is_backward else key.column.asc()


def _beyond(order: Sequence[SortKey], values: Sequence[SortValue], is_backward: bool) -> ColumnElement[bool]:  # noqa: FBT001
    """Rows after `values`: (a > x) or (a = x and b > y) or …, each key in its own direction."""
    clause: ColumnElement[bool] = false()
    for position, key in enumerate(order):
        goes_down = key.is_descending != is_backward
        step = key.column < values[position] if goes_down else key.column > values[position]
        ties = [earlier.column == value for earlier, value in zip(order[:position], values, strict=False)]
        clause = or_(clause, and_(*ties, step))
    return clause


def _encode(row: object, order: Sequence[SortKey]) -> str:
    values = [getattr(row, key.column.key) for key in order]
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).rstrip(b"=").decode()


def _decode(cursor: str, order: Sequence[SortKey]) -> list[SortValue]:
    try:
        decoded: object = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        raw = cast("list[object]", decoded) if isinstance(decoded, list) else []
        return [_typed(value, key) for value, key in zip(raw, order, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        raise BadUserInput("is not a cursor of this list", field=("after",)) from None


def _typed(value: object, key: SortKey) -> SortValue:
    python_type = key.column.type.python_type
    if python_type is datetime:
        return datetime.fromisoformat(str(value))
    if python_type is UUID:
        return UUID(str(value))
    if not isinstance(value, str | int) or isinstance(value, bool) or not isinstance(value, python_type):
        raise TypeError(value)
    return value
