"""Encryption at rest of what the BFF keeps in Redis, and the keys derived from the one configured secret."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel import base64url

KEY_BYTES = 32
_NONCE_BYTES = 12


class Unsealable(Exception):
    """The bytes were not sealed by us for this place, or were changed."""


class Sealer:
    """AES-256-GCM with a random nonce; the place of storage is authenticated, so entries cannot be swapped.

    Everything new is sealed with `key`; what one of `also_accepted` sealed can still be opened, so that keys can be
    changed while people are signed in.
    """

    def __init__(self, key: bytes, *also_accepted: bytes) -> None:
        keys = (key, *also_accepted)
        self._aeads = [AESGCM(_derived(each, b"retailflow session sealing")) for each in keys]
        self._signing_keys = [_derived(each, b"retailflow form token") for each in keys]

    def seal(self, plain: bytes, place: str) -> bytes:
        """Nonce and ciphertext of `plain`, readable only for the same `place`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aeads[0].encrypt(nonce, plain, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for `place`.

        Raises:
            Unsealable: another key, another place, or changed bytes.
        """
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for aead in self._aeads:
            try:
                return aead.decrypt(nonce, ciphertext, place.encode())
            except (InvalidTag, ValueError):
                continue
        raise Unsealable

    def form_token(self, session_id: str) -> str:
        """The anti-forgery token of a session's HTML forms."""
        return _form_token(self._signing_keys[0], session_id)

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Whether `token` is the form token of the session, compared in constant time."""
        expected = [_form_token(key, session_id).encode() for key in self._signing_keys]
        matches = [hmac.compare_digest(token.encode(), each) for each in expected]
        return any(matches)


def decode_key(text: str) -> bytes:
    """A 256-bit key written in base64url.

    Raises:
        ValueError: not base64url, or not 32 bytes.
    """
    try:
        key = base64url.decode(text)
    except ValueError:
        raise ValueError("the session key is not base64url") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"the session key must be {KEY_BYTES} bytes, not {len(key)}")
    return key


def _form_token(key: bytes, session_id: str) -> str:
    return hmac.new(key, session_id.encode(), hashlib.sha256).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
