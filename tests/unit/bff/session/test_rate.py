"""Rates as settings write them."""

import pytest

from bff.session.rate import Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/minute", Rate(600, 60)),
        ("1 per second", Rate(1, 1)),
        ("5/30 second", Rate(5, 30)),
        ("100 per 2 hours", Rate(100, 7200)),
    ],
)
def test_rates_are_written_as_limits_writes_them(text: str, rate: Rate):
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "many", "600", "0/minute", "-1/minute", "600/fortnight"])
def test_what_is_no_rate_is_refused(text: str):
    with pytest.raises(ValueError, match=r"couldn't parse|no granularity|lets nobody in"):
        Rate.parse(text)
