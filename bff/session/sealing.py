"""Encryption at rest of what the BFF keeps in Redis, and the keys derived from the one configured secret."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12


class Unsealable(Exception):
    """The bytes were not sealed by us for this place, or were changed."""


class Sealer:
    """AES-256-GCM with a random nonce; the place of storage is authenticated, so entries cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(_derived(key, b"retailflow session sealing"))
        self._signing_key = _derived(key, b"retailflow form token")

    def seal(self, plain: bytes, place: str) -> bytes:
        """Nonce and ciphertext of `plain`, readable only for the same `place`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for `place`.

        Raises:
            Unsealable: another key, another place, or changed bytes.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable from error

    def form_token(self, session_id: str) -> str:
        """The anti-forgery token of a session's HTML forms."""
        return hmac.new(self._signing_key, session_id.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Whether `token` is the form token of the session, compared in constant time."""
        return hmac.compare_digest(token.encode(), self.form_token(session_id).encode())


def decode_key(text: str) -> bytes:
    """A 256-bit key written in base64url.

    Raises:
        ValueError: not base64url, or not 32 bytes.
    """
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("the session key is not base64url") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"the session key must be {KEY_BYTES} bytes, not {len(key)}")
    return key


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
