"""What a server promises of an idle connection."""

import math

import pytest

from router.execution.transport.keep_alive import MARGIN_SECONDS, KeepAlive, keep_alive


@pytest.mark.parametrize(
    ("told", "seconds", "requests"),
    [
        (b"timeout=5, max=100", 5, 100),
        (b"timeout=5", 5, math.inf),
        (b"Max=7 , TIMEOUT = 2", 2, 7),
        (b'timeout="3"', 3, math.inf),
        (b"timeout=0, max=0", 0, 0),
        (b"timeout=9,timeout=4", 4, math.inf),
        (b"", math.inf, math.inf),
        (b"timeout, max=, 300", math.inf, math.inf),
        (b"timeout=-1, max=1.5", math.inf, math.inf),
        (b"timeout=" + b"9" * 5_000, math.inf, math.inf),
        ("timeout=²".encode("latin-1"), math.inf, math.inf),
    ],
)
def test_only_numbers_count_and_the_smallest_of_them(told: bytes, seconds: float, requests: float):
    assert keep_alive(told) == KeepAlive(seconds - MARGIN_SECONDS, requests)
