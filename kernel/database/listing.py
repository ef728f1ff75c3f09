"""What can be read of a table or a join, as SQLAlchemy expressions; its SQL is written once per shape and kept."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ClauseElement,
    ColumnElement,
    FromClause,
    Select,
    any_,
    bindparam,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.sql.visitors import iterate

from kernel.database.row import Row, RowT, columns_of, narrowed

AnyRowT = TypeVar("AnyRowT", bound=Row)
Expression: TypeAlias = ColumnElement[Any] | InstrumentedAttribute[Any]
_DIALECT: Final = PGDialect_asyncpg()
# clients choose what they select, so one listing may have many shapes
_MOST_SHAPES: Final = 256


@dataclass(frozen=True, slots=True)
class Shape(Generic[RowT]):
    """A statement ready to be sent: its text, the names of its parameters in order, and the class of its rows."""

    sql: str
    parameters: tuple[str, ...]
    constants: Mapping[str, object]
    row: type[RowT]

    def arguments(self, given: Mapping[str, object]) -> list[object]:
        """The values of the parameters, in the order of the text."""
        return [given[name] if name in given else self.constants[name] for name in self.parameters]


class Listing(Generic[RowT]):
    """Rows that can be read, and what may narrow them.

    Args:
        row: what is read; each of its columns is the attribute of the same name of `source`, unless in `columns`.
        source: a mapped class, a table, a join or a function that gives a table.
        conditions: each applies when all its named parameters are given, and always when it has none.
        columns: expressions for columns of the row that `source` does not have.
        order_by: the order of rows that are not read as pages.
        group_by: for rows of aggregates.
    """

    def __init__(
        self,
        row: type[RowT],
        source: type[DeclarativeBase] | FromClause,
        *conditions: ColumnElement[bool],
        columns: Mapping[str, Expression] | None = None,
        order_by: Sequence[Expression] = (),
        group_by: Sequence[Expression] = (),
    ) -> None:
        self.row = row
        self.columns: Mapping[str, ColumnElement[Any]] = _expressions(row, source, columns or {})
        self._source: FromClause = source if isinstance(source, FromClause) else inspect(source).local_table
        self._order_by = order_by
        self._group_by = group_by
        self._conditions = [(_parameters(condition), condition) for condition in conditions]
        everywhere = [_parameters(each) for each in (self._source, *self.columns.values())]
        self._parameters = frozenset[str]().union(*everywhere, *(names for names, _ in self._conditions))
        self._shapes: dict[Hashable, Shape[Any]] = {}

    def rows(self, columns: frozenset[str], given: Mapping[str, object]) -> Shape[RowT]:
        """The statement that reads these columns, narrowed by what is given."""
        return self.shape(
            ("rows", columns, frozenset(given)),
            lambda: self.written(
                self.select(self.expressions(columns), given).order_by(*self._order_by).group_by(*self._group_by),
                columns,
            ),
        )

    def count(self, given: Mapping[str, object], by: str | None = None) -> Shape[Row]:
        """The statement that counts the rows, or the rows per value of one column."""
        keys = [self.columns[by]] if by is not None else []
        return self.shape(
            ("count", by, frozenset(given)),
            lambda: write(self.select([*keys, func.count()], given).group_by(*keys), Row),
        )

    def shape(self, key: Hashable, write_statement: Callable[[], Shape[AnyRowT]]) -> Shape[AnyRowT]:
        """The statement kept under `key`, written when it is not there."""
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _MOST_SHAPES:
                del self._shapes[next(iter(self._shapes))]
            shape = self._shapes[key] = write_statement()
        return shape

    def select(self, expressions: Iterable[ColumnElement[Any]], given: Iterable[str]) -> Select[Any]:
        """SELECT these expressions, with the conditions that `given` names.

        Raises:
            TypeError: no condition has a parameter of that name.
        """
        names = frozenset(given)
        if not names <= self._parameters:
            raise TypeError(f"{self.row.__name__} is not narrowed by {', '.join(sorted(names - self._parameters))}")
        applied = [condition for parameters, condition in self._conditions if parameters <= names]
        return select(*expressions).select_from(self._source).where(*applied)

    def expressions(self, columns: frozenset[str]) -> list[ColumnElement[Any]]:
        """What to select for these columns, in the order of the row.

        Raises:
            TypeError: the row has no column of that name.
        """
        if not columns <= self.columns.keys():
            raise TypeError(f"{self.row.__name__} has no {', '.join(sorted(columns - self.columns.keys()))}")
        return [expression.label(name) for name, expression in self.columns.items() if name in columns]

    def written(self, statement: Select[Any], columns: frozenset[str]) -> Shape[RowT]:
        """The statement with rows that have these columns, selected in the order of the row."""
        return write(statement, narrowed(self.row, [name for name in self.columns if name in columns]))


def one_of(attribute: Expression) -> ColumnElement[bool]:
    """The condition that `attribute` is in a list: one statement for any number of values.

    The parameter has the attribute's name in the plural: `one_of(Product.id)` takes `ids`.
    """
    return attribute == any_(bindparam(plural_of(attribute), type_=ARRAY(attribute.type)))


def plural_of(attribute: Expression) -> str:
    """The name of `one_of`'s parameter."""
    return f"{attribute.key}s"


def write(statement: Select[Any], row: type[AnyRowT]) -> Shape[AnyRowT]:
    """The statement as text for asyncpg; anonymous parameters are constants of it."""
    compiled = statement.compile(dialect=_DIALECT)
    constants = {name: compiled.params[name] for bound, name in compiled.bind_names.items() if bound.unique}
    return Shape(compiled.string, tuple(compiled.positiontup or ()), constants, row)


def _expressions(
    row: type[Row], source: type[DeclarativeBase] | FromClause, given: Mapping[str, Expression]
) -> dict[str, ColumnElement[Any]]:
    own = source.c if isinstance(source, FromClause) else inspect(source).columns
    return {name: _plain(given[name]) if name in given else own[name] for name in columns_of(row)}


def _plain(expression: Expression) -> ColumnElement[Any]:
    return expression.expression if isinstance(expression, InstrumentedAttribute) else expression


def _parameters(clause: ClauseElement) -> frozenset[str]:
    """Those of the clause that are named; values that stand in it have generated names."""
    return frozenset(part.key for part in iterate(clause) if isinstance(part, BindParameter) and not part.unique)
