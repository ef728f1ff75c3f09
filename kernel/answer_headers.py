"""Headers a subgraph sends with its answer: the same call in process and over HTTP."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_PRESENT: Final[ContextVar[list[tuple[str, str]] | None]] = ContextVar("answer_headers", default=None)
# RFC 9110 §5.5: a server writes it as it is, so a line break in it would begin a header, or another answer
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def send_header(name: str, value: str) -> None:
    """Add a header to the present answer; `name` is lower case. Nobody may be interested.

    Raises:
        ValueError: the value is more than a line, or not Latin-1.
    """
    if not _VALUE.fullmatch(value):
        raise ValueError(f"not the value of a header: {name}")
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
