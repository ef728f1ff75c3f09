"""Proof Key for Code Exchange, S256 only (RFC 7636)."""

import base64
import hashlib
import secrets

CHALLENGE_METHOD = "S256"


def new_verifier() -> str:
    """A fresh code verifier: 64 URL-safe characters, 384 random bits."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of `verifier`: base64url of its SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
