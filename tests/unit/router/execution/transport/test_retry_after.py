"""`Retry-After` as seconds or a date; anything else says nothing."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from kernel.clock import utcnow
from router.execution.transport import SubgraphUnavailable
from router.execution.transport.answers import read_answer
from router.execution.transport.retry_after import seconds_until

_NO_YEAR = "Fri, 31 Dec 99999999999999 23:59:59 GMT"
_NO_ZONE = "Fri, 31 Dec 2099 23:59:59 +99999999999999"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0.0), (" 120 ", 120.0), ("9" * 5_000, 999_999_999.0), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0)],
)
def test_the_seconds_to_wait(header, seconds):
    assert seconds_until(header) == seconds


def test_a_date_to_wait_for():
    header = format_datetime(utcnow() + timedelta(seconds=100), usegmt=True)

    assert 90 < (seconds_until(header) or 0) <= 100


@pytest.mark.parametrize(
    "header", ["", "soon", "-1", "1.5", "\u0661", "Fri, 99 Foo 1999", "nan", "1e3", _NO_YEAR, _NO_ZONE]
)
def test_what_is_no_time_says_nothing(header):
    assert seconds_until(header) is None


@pytest.mark.parametrize(("status", "expected"), [(429, 7.0), (503, 7.0), (500, None), (404, None), (200, None)])
def test_only_busy_subgraphs_are_asked_for_it(status, expected):
    try:
        told = read_answer("stock", status, b"busy", "7").retry_after
    except SubgraphUnavailable as error:
        told = error.retry_after

    assert told == expected
