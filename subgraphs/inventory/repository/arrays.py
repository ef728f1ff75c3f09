"""Lists as bind parameters: one cached statement, whatever the number of rows."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, TableValuedAlias, Uuid, any_, column, func, literal
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine


def rows_of(name: str, **columns: tuple[TypeEngine[Any], Sequence[object]]) -> TableValuedAlias:
    """Parallel lists as a table: one statement, whatever the number of rows."""
    arrays = [literal(values, ARRAY(kind)) for kind, values in columns.values()]
    typed = [column(label, kind) for label, (kind, _) in columns.items()]
    return func.unnest(*arrays).table_valued(*typed, name=name).render_derived()


def is_one_of(attribute: InstrumentedAttribute[UUID], values: Iterable[UUID]) -> ColumnElement[bool]:
    """`= ANY(array)`: one cached statement for any number of values."""
    return attribute == any_(literal(sorted(set(values)), ARRAY(Uuid)))
