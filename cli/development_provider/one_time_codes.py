"""Time-based one-time codes (RFC 6238), as an authenticator app shows them: six digits every 30 s."""

import hashlib
import hmac
import secrets
import time
from typing import Final

_PERIOD_SECONDS: Final = 30
_DIGITS: Final = 6
#: a code that has just ended still counts
_PERIODS_BACK: Final = 1


def code_at(secret: bytes, instant: float) -> str:
    """The code of the period `instant` is in (RFC 4226 §5.3 on the period's number)."""
    digest = hmac.digest(secret, (int(instant) // _PERIOD_SECONDS).to_bytes(8), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


class OneTimeCodes:
    """Everybody's secret, made from one of this process: nobody has to keep an app for a demo user."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def current(self, username: str) -> str:
        """The code the person's app would show now."""
        return code_at(self._secret_of(username), time.time())

    def is_good(self, username: str, code: str) -> bool:
        """Whether `code` is the person's code of this period or the last."""
        now = time.time()
        good = (code_at(self._secret_of(username), now - back * _PERIOD_SECONDS) for back in range(_PERIODS_BACK + 1))
        return any(hmac.compare_digest(one.encode(), code.encode()) for one in good)

    def _secret_of(self, username: str) -> bytes:
        return hmac.digest(self._key, username.encode(), hashlib.sha256)
