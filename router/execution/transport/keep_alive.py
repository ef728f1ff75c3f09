"""`Keep-Alive` of an answer: how long a server keeps an idle connection, and for how many requests (RFC 2068 §19.7.1).

It is a hint, of which only what is a number counts.
"""

import math
from functools import lru_cache
from typing import Final, NamedTuple

# what a request takes to get there, and a busy server to notice it: others leave a second, too (Node.js)
MARGIN_SECONDS: Final = 1.0
_MAX_DIGITS: Final = 9


class KeepAlive(NamedTuple):
    """For how many seconds a connection may be idle, and how many requests it takes; infinite where nothing is said."""

    idle_seconds: float = math.inf
    requests: float = math.inf


UNLIMITED: Final = KeepAlive()


# a server sends the same value each time, or counts down
@lru_cache(maxsize=512)
def keep_alive(told: bytes) -> KeepAlive:
    """What a header promises, less the margin; of several values the smallest."""
    found = {b"timeout": math.inf, b"max": math.inf}
    for parameter in told.lower().split(b","):
        name, _, value = (part.strip() for part in parameter.partition(b"="))
        value = value.strip(b'"')
        if name in found and value.isdigit() and len(value) <= _MAX_DIGITS:
            found[name] = min(found[name], int(value))
    return KeepAlive(found[b"timeout"] - MARGIN_SECONDS, found[b"max"])
