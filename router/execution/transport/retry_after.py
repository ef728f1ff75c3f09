"""When a subgraph that is busy wants to be asked again (RFC 9110 §10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from kernel.clock import utcnow

#: Too Many Requests (RFC 6585 §4) and Service Unavailable
BUSY_STATUSES: Final = frozenset({429, 503})
_MAX_DIGITS: Final = 9


def seconds_until(retry_after: str) -> float | None:
    """The seconds a `Retry-After` asks to wait; None where it is not one."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:_MAX_DIGITS])
    try:
        moment = _aware(parsedate_to_datetime(text))
        return max(0.0, (moment - utcnow()).total_seconds())
    except (ValueError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
