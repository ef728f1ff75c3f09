"""Proof Key for Code Exchange, S256 only (RFC 7636)."""

import hashlib
import secrets

from kernel import base64url

CHALLENGE_METHOD = "S256"


def new_verifier() -> str:
    """A fresh code verifier: 64 URL-safe characters, 384 random bits."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of `verifier`: base64url of its SHA-256, without padding."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
