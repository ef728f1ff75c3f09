"""Keyset paging for Relay connections (C-08): cursors are positions in a sort order, never offsets."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar, cast, overload
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from kernel.database.listing import Listing, Shape
from kernel.database.row import RowT
from kernel.errors import BadUserInput

NodeT = TypeVar("NodeT")
ParentT = TypeVar("ParentT")
MAX_PAGE = 100
_SIZE: Final = "page_size"
_PARENTS: Final = "page_parents"
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

    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    is_descending: bool = False

    @property
    def name(self) -> str:
        """Of the column, as rows have it."""
        return str(self.column.key)


@dataclass(frozen=True, slots=True)
class Page(Generic[NodeT]):
    """One page in the client's order, with a cursor per node."""

    nodes: Sequence[NodeT]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool

    @classmethod
    def empty(cls) -> "Page[NodeT]":
        """Of a list without items."""
        return cls([], [], has_next=False, has_previous=False)


class _Cursors(Sequence[str]):
    """Cursors of rows, made when they are looked at."""

    def __init__(self, rows: Sequence[object], order: Sequence[SortKey]) -> None:
        self._rows = rows
        self._order = order

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return _Cursors(self._rows[index], self._order)
        return _encode(self._rows[index], self._order)


class PageRead(Generic[RowT]):
    """Reads pages of a listing by their position in an order.

    Args:
        listing: what is read.
        columns: of the rows; those of the order are read too, for cursors are made of them.
        order: ends with a unique column.
        arguments: which page.
    """

    def __init__(
        self, listing: Listing[RowT], columns: Iterable[str], order: Sequence[SortKey], arguments: PageArguments
    ) -> None:
        self._listing = listing
        self._columns = frozenset(columns).union(key.name for key in order)
        self._order = order
        self._arguments = arguments

    def shape(self, given: Mapping[str, object]) -> Shape[RowT]:
        """The statement of one page, and of one row more that shows whether another page follows."""

        def write() -> Shape[RowT]:
            statement = self._listing.select(self._listing.expressions(self._columns), given)
            return self._listing.written(self._on_page(statement), self._columns)

        return self._listing.shape(("page", self._columns, frozenset(given), self._position()), write)

    def shape_by(self, parent: str) -> Shape[RowT]:
        """The statement of the same page of each parent's own list: each is found by itself, however long they are."""
        columns = self._columns | {parent}

        def write() -> Shape[RowT]:
            key = self._listing.columns[parent]
            keys = func.unnest(bindparam(_PARENTS, type_=ARRAY(key.type)))
            parents = keys.table_valued("key").render_derived(name="parents")
            own = self._listing.select(self._listing.expressions(columns), ()).where(key == parents.c.key)
            page = self._on_page(own).lateral("page")
            in_order = [_in_direction(page.c[each.name], self._goes_down(each)) for each in self._order]
            statement = select(*page.c).select_from(parents.join(page, true())).order_by(*in_order)
            return self._listing.written(statement, columns)

        return self._listing.shape(("pages", parent, columns, self._position()), write)

    def values(self, parents: Sequence[object] | None = None) -> dict[str, object]:
        """The parameters of the page.

        Raises:
            BadUserInput: the cursor is not one of this list.
        """
        values: dict[str, object] = {_SIZE: self._arguments.size + 1}
        if self._arguments.cursor is not None:
            types = [self._listing.columns[key.name].type for key in self._order]
            for position, value in enumerate(_decode(self._arguments.cursor, types)):
                values[_place(position)] = value
        if parents is not None:
            values[_PARENTS] = parents
        return values

    def page(self, rows: list[RowT]) -> Page[RowT]:
        """The page these rows are; the row more is taken off."""
        arguments = self._arguments
        has_more = len(rows) > arguments.size
        shown = rows[: arguments.size]
        if arguments.is_backward:
            shown.reverse()
        return Page(
            nodes=shown,
            cursors=_Cursors(shown, self._order),
            has_next=arguments.cursor is not None if arguments.is_backward else has_more,
            has_previous=has_more if arguments.is_backward else arguments.cursor is not None,
        )

    def pages(self, rows: Iterable[RowT], parent: str, parents: Sequence[ParentT]) -> dict[ParentT, Page[RowT]]:
        """Parent → its page, for every one of `parents`."""
        lists: dict[ParentT, list[RowT]] = {key: [] for key in parents}
        for row in rows:
            lists[getattr(row, parent)].append(row)
        return {key: self.page(own) for key, own in lists.items()}

    def _position(self) -> tuple[object, ...]:
        keys = tuple((key.name, key.is_descending) for key in self._order)
        return (keys, self._arguments.is_backward, self._arguments.cursor is not None)

    def _goes_down(self, key: SortKey) -> bool:
        return key.is_descending != self._arguments.is_backward

    def _on_page(self, statement: Select[Any]) -> Select[Any]:
        columns = [self._listing.columns[key.name] for key in self._order]
        downwards = [self._goes_down(key) for key in self._order]
        if self._arguments.cursor is not None:
            places = [bindparam(_place(position), type_=each.type) for position, each in enumerate(columns)]
            statement = statement.where(_after(columns, places, downwards))
        in_order = [_in_direction(each, goes_down) for each, goes_down in zip(columns, downwards, strict=True)]
        return statement.order_by(*in_order).limit(bindparam(_SIZE, type_=Integer))


def _place(position: int) -> str:
    return f"page_after_{position}"


def _in_direction(expression: ColumnElement[Any], goes_down: bool) -> ColumnElement[Any]:  # noqa: FBT001
    return expression.desc() if goes_down else expression.asc()


def _after(
    columns: Sequence[ColumnElement[Any]], places: Sequence[ColumnElement[Any]], downwards: Sequence[bool]
) -> ColumnElement[bool]:
    """Rows beyond the place; compared as a whole when all keys go one way, because an index can find that."""
    if len(set(downwards)) == 1:
        whole = tuple_(*columns)
        return whole < tuple_(*places) if downwards[0] else whole > tuple_(*places)
    clause: ColumnElement[bool] = false()
    for position, (each, place) in enumerate(zip(columns, places, strict=True)):
        step = each < place if downwards[position] else each > place
        ties = [before == at for before, at in zip(columns[:position], places, strict=False)]
        clause = or_(clause, and_(*ties, step))
    return clause


def _encode(row: object, order: Sequence[SortKey]) -> str:
    values = [getattr(row, key.name) for key in order]
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).rstrip(b"=").decode()


def _decode(cursor: str, types: Sequence[TypeEngine[Any]]) -> list[SortValue]:
    try:
        decoded: object = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        raw = cast("list[object]", decoded) if isinstance(decoded, list) else []
        return [_typed(value, kind) for value, kind in zip(raw, types, strict=True)]
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise BadUserInput("is not a cursor of this list", field=("after",)) from None


def _typed(value: object, kind: TypeEngine[Any]) -> SortValue:
    """The value, if a row could have it: what the database cannot even read is no fault of ours."""
    python_type = kind.python_type
    if python_type is datetime:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    if python_type is UUID:
        return UUID(str(value))
    if not isinstance(value, str | int) or isinstance(value, bool) or not isinstance(value, python_type):
        raise TypeError(value)
    is_readable = "\0" not in value if isinstance(value, str) else abs(value) < _bound(kind)
    if not is_readable:
        raise ValueError(value)
    return value


def _bound(kind: TypeEngine[Any]) -> int:
    return 2**63 if isinstance(kind, BigInteger) else 2**31
