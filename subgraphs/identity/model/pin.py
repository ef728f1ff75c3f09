"""A person's PIN for tills: what may be one, how it is kept, and when it is locked."""

import os
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate
from subgraphs.identity.errors import WeakPin
from subgraphs.identity.events import PinLocked, PinReset, PinSet
from subgraphs.identity.model.tables import IdentityTable

MAX_FAILURES: Final = 5
_LENGTHS: Final = range(4, 9)
# the columns of a keypad, up and down
_KEYPAD: Final = frozenset({"2580", "0852", "1470", "0741", "3690", "0963"})
# OWASP's least cost of Argon2id
_MEMORY_KIB: Final = 19 * 1024
_ITERATIONS: Final = 2
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


class PinSecrets:
    """Makes and checks what is stored of PINs: Argon2id with a key that is not in the database.

    Four digits are guessed in seconds by who has the table; without the key the table says nothing.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._nobodys = self.stored("0000", b"nobody")

    def stored(self, pin: str, owner: bytes) -> str:
        """What is kept of `pin`; it is of no use for another owner."""
        return self._derivation(os.urandom(_SALT_BYTES)).derive_phc_encoded(owner + b"\0" + pin.encode())

    def is_right(self, pin: str, owner: bytes, stored: str | None) -> bool:
        """Whether `pin` is the one stored. Without one it takes just as long, and the answer is no."""
        material = owner + b"\0" + pin.encode()
        try:
            Argon2id.verify_phc_encoded(material, stored or self._nobodys, secret=self._key)
        except InvalidKey:
            return False
        return stored is not None

    def _derivation(self, salt: bytes) -> Argon2id:
        return Argon2id(
            salt=salt,
            length=_HASH_BYTES,
            iterations=_ITERATIONS,
            lanes=1,
            memory_cost=_MEMORY_KIB,
            secret=self._key,
        )


@dataclass(frozen=True, slots=True)
class PinOwner:
    """Whose PIN: the subject of the person's tokens, in one tenant."""

    tenant_id: UUID
    subject: str

    @property
    def as_bytes(self) -> bytes:
        """What the stored PIN is bound to."""
        return f"{self.tenant_id}\n{self.subject}".encode()


class Pin(Aggregate, IdentityTable):
    """The PIN of one person; the subject may be no user of the tenant yet."""

    __tablename__ = "pin"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    stored: Mapped[str] = mapped_column(Text)
    failures: Mapped[int] = mapped_column()
    locked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def first(cls, owner: PinOwner, stored: str) -> "Pin":
        """A person's first PIN, or the first after a reset."""
        pin = cls(tenant_id=owner.tenant_id, subject=owner.subject, failures=0)
        pin.change(stored)
        return pin

    @property
    def is_locked(self) -> bool:
        """Whether only a reset helps."""
        return self.locked_at is not None

    def change(self, stored: str) -> None:
        """Replace what is stored."""
        self.stored = stored
        self.set_at = utcnow()
        self.failures = 0
        self.record(PinSet(keycloak_id=self.subject, tenant_id=self.tenant_id))

    def note_attempt(self, *, succeeded: bool) -> None:
        """Count a failure, and lock at the fifth in a row; a success counts from the start again."""
        if succeeded:
            self.failures = 0
            return
        self.failures += 1
        if self.failures >= MAX_FAILURES and self.locked_at is None:
            self.locked_at = utcnow()
            self.record(PinLocked(keycloak_id=self.subject, tenant_id=self.tenant_id))

    def note_reset(self) -> None:
        """Tell that the PIN is being taken away."""
        self.record(PinReset(keycloak_id=self.subject, tenant_id=self.tenant_id))


def require_strong(pin: str, *field: str) -> None:
    """Refuse PINs that are tried first.

    Raises:
        WeakPin: not 4 to 8 digits, one block repeated, digits in a row, or a column of the keypad.
    """
    if not (pin.isascii() and pin.isdecimal() and len(pin) in _LENGTHS):
        raise WeakPin("a PIN is 4 to 8 digits", field=field)
    if _is_repeated(pin) or _is_in_a_row(pin) or pin in _KEYPAD:
        raise WeakPin("this PIN is too easy to guess", field=field)


def _is_repeated(pin: str) -> bool:
    return any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1) if len(pin) % size == 0)


def _is_in_a_row(pin: str) -> bool:
    steps = {(int(later) - int(earlier)) % 10 for earlier, later in pairwise(pin)}
    return steps in ({1}, {9})
