"""How long a caller still waits, as told from hop to hop: `x-retail-deadline-ms`, the milliseconds that remain."""

from collections.abc import Mapping
from typing import Final

DEADLINE_HEADER: Final = "x-retail-deadline-ms"
_MAX_DIGITS: Final = 9


def told_seconds(headers: Mapping[str, str]) -> float | None:
    """What the caller leaves, if it says so; header names are lower case."""
    told = headers.get(DEADLINE_HEADER)
    if told is None or not told.isascii() or not told.isdecimal() or len(told) > _MAX_DIGITS:
        return None
    return int(told) / 1000


def told_milliseconds(remaining: float) -> str:
    """The header's value; at least one, for zero would be no request at all."""
    return str(max(1, int(remaining * 1000)))
