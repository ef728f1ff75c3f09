"""Headers a subgraph sends with its answer: the same call in process and over HTTP."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_PRESENT: Final[ContextVar[list[tuple[str, str]] | None]] = ContextVar("answer_headers", default=None)


def send_header(name: str, value: str) -> None:
    """Add a header to the present answer; `name` is lower case. Nobody may be interested."""
    present = _PRESENT.get()
    if present is not None:
        present.append((name, value))


@contextmanager
def sent_headers() -> Generator[list[tuple[str, str]]]:
    """Collect what is sent inside, also by tasks that begin there."""
    found: list[tuple[str, str]] = []
    token = _PRESENT.set(found)
    try:
        yield found
    finally:
        _PRESENT.reset(token)
