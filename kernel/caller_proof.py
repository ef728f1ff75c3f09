"""Calls between our processes carry a proof that they come from inside, beside the user's token.

A subgraph has keys of its own, which only its callers know (router, workers). The proof is
`<version>.<seconds since 1970>.<HMAC-SHA256 in hexadecimal>` over version, time, the subgraph's name, a hash of the
headers that say for whom the call is made (Authorization, x-retail-tenant) and a hash of the body. So it is worth
nothing at another subgraph, with another token, tenant or operation, or after a minute. docs/adr/0014 says what a
replay within that minute can do.
"""

import hmac
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from kernel.identity import TENANT_HEADER

PROOF_HEADER: Final = "x-retail-caller-proof"
PROOF_SECONDS: Final = 60
MIN_KEY_LENGTH: Final = 32
_VERSION: Final = "1"
_PARTS: Final = 3
_MAC_LENGTH: Final = 64
_MAX_TIME_LENGTH: Final = 12


class CallerNotProven(Exception):
    """Nobody has shown that the call comes from inside; `reason` is for logs and metrics, never for the caller."""

    code: Final = "CALLER_NOT_PROVEN"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WeakCallerKey(ValueError):
    """A key that could be guessed."""


class CallerProver:
    """Signs the calls to one subgraph.

    Raises:
        WeakCallerKey: the key is too short.
    """

    __slots__ = ("_key", "_subgraph")

    def __init__(self, subgraph: str, key: str) -> None:
        self._subgraph = subgraph
        self._key = _key_bytes(subgraph, key)

    def proof(self, headers: Mapping[str, str], body: bytes) -> str:
        """The header's value for a request with these headers (names in lower case) and this body."""
        moment = str(int(time.time()))
        mac = hmac.digest(self._key, _signed(moment, self._subgraph, headers, body), sha256)
        return f"{_VERSION}.{moment}.{mac.hex()}"


class CallerCheck:
    """What a subgraph demands of its callers: a proof with one of `keys`, of which there are two while they rotate.

    Raises:
        WeakCallerKey: there is no key, or one is too short.
    """

    def __init__(self, subgraph: str, keys: Sequence[str]) -> None:
        if not keys:
            raise WeakCallerKey(f"{subgraph}: no key for callers")
        self._subgraph = subgraph
        self._keys = [_key_bytes(subgraph, key) for key in keys]

    def require_header(self, headers: Mapping[str, str]) -> None:
        """Refuse who brings no proof at all, before its body is read.

        Raises:
            CallerNotProven: there is none.
        """
        if PROOF_HEADER not in headers:
            raise CallerNotProven("missing")

    def require(self, headers: Mapping[str, str], body: bytes) -> None:
        """Refuse whose proof is not about this request, here and now.

        Raises:
            CallerNotProven: see `reason`: missing, malformed, out_of_time or forged.
        """
        self.require_header(headers)
        moment, mac = _parsed(headers[PROOF_HEADER])
        if abs(time.time() - int(moment)) > PROOF_SECONDS:
            raise CallerNotProven("out_of_time")
        signed = _signed(moment, self._subgraph, headers, body)
        # every key is tried, so that the time taken does not tell which one it was
        matches = [hmac.compare_digest(hmac.digest(key, signed, sha256).hex(), mac) for key in self._keys]
        if not any(matches):
            raise CallerNotProven("forged")


def _key_bytes(subgraph: str, key: str) -> bytes:
    if len(key) < MIN_KEY_LENGTH:
        raise WeakCallerKey(f"{subgraph}: a key for callers must have at least {MIN_KEY_LENGTH} characters")
    return key.encode()


def _parsed(proof: str) -> tuple[str, str]:
    parts = proof.split(".")
    if len(parts) != _PARTS or parts[0] != _VERSION or not proof.isascii():
        raise CallerNotProven("malformed")
    _, moment, mac = parts
    if not moment.isdecimal() or len(moment) > _MAX_TIME_LENGTH or len(mac) != _MAC_LENGTH:
        raise CallerNotProven("malformed")
    return moment, mac


def _signed(moment: str, subgraph: str, headers: Mapping[str, str], body: bytes) -> bytes:
    acting = f"{headers.get('authorization', '')}\n{headers.get(TENANT_HEADER, '')}"
    head = f"retailflow caller {_VERSION}\n{moment}\n{subgraph}\n".encode()
    return head + sha256(_wire_bytes(acting)).digest() + sha256(body).digest()


def _wire_bytes(text: str) -> bytes:
    # as header lines travel: who receives them reads latin-1, whatever they were
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
