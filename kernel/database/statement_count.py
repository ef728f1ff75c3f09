"""Counts SQL statements, so that tests can say what an operation costs."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class StatementCount:
    """SQL statements sent while counting, transaction control excluded."""

    statements: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        """How many, the tenant fence of each transaction included."""
        return len(self.statements)


_counting: ContextVar[StatementCount | None] = ContextVar("statement_count", default=None)


@contextmanager
def count_statements() -> Generator[StatementCount]:
    """Count the SQL statements of this task and those it starts."""
    count = StatementCount()
    token = _counting.set(count)
    try:
        yield count
    finally:
        _counting.reset(token)


def note_statement(sql: str) -> None:
    """A statement is sent."""
    count = _counting.get()
    if count is not None:
        count.statements.append(sql)
