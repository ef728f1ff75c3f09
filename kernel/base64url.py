"""Bytes as text for URLs, headers and variables: base64url without padding (RFC 4648 §5)."""

import base64
import binascii


def encode(content: bytes) -> str:
    """The text of these bytes."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of this text, with or without padding; the letters of plain base64 are understood, too.

    Raises:
        ValueError: it is not base64url.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None
