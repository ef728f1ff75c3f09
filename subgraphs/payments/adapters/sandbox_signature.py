"""How the sandbox provider signs webhooks: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`.

Several v1 may stand there while a secret is being changed. The instant is part of what is signed, so an old message
cannot be sent again much later.
"""

import hashlib
import hmac
from typing import Final

SIGNATURE_HEADER: Final = "x-sandbox-signature"
TOLERANCE_SECONDS: Final = 300


def sign(secret: str, body: bytes, *, at: int) -> str:
    """The header's value; `at` is Unix seconds."""
    return f"t={at},v1={_digest(secret, body, at)}"


def is_genuine(secret: str, header: str, body: bytes, *, now: int) -> bool:
    """True when `header` was made with `secret` for exactly this body, not longer ago than the tolerance."""
    parts = [part.partition("=") for part in header.split(",")]
    instants = [value for name, _, value in parts if name.strip() == "t"]
    digests = [value for name, _, value in parts if name.strip() == "v1"]
    if len(instants) != 1 or not instants[0].isascii() or not instants[0].isdecimal():
        return False
    at = int(instants[0][:20])
    if abs(now - at) > TOLERANCE_SECONDS:
        return False
    expected = _digest(secret, body, at).encode()
    return any(hmac.compare_digest(expected, digest.encode()) for digest in digests)


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
