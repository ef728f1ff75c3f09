"""Identifiers: UUIDv7 inside (RFC 9562 §5.7), opaque global ids outside (C-06)."""

import base64
import binascii
import os
import random
import time
from dataclasses import dataclass
from uuid import UUID

from kernel.errors import BadUserInput


def uuid7() -> UUID:
    """A time-ordered UUID: 48 bits of Unix milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10))
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def uuid7_text() -> str:
    """A UUIDv7 as text for what is looked up in logs: it can be guessed, and costs no system call."""
    version_and_random = 0x7000 | random.getrandbits(12)
    variant_and_random = 0x8000 | random.getrandbits(14)
    text = f"{time.time_ns() // 1_000_000:012x}"
    return f"{text[:8]}-{text[8:]}-{version_and_random:x}-{variant_and_random:x}-{random.getrandbits(48):012x}"


@dataclass(frozen=True, slots=True)
class GlobalId:
    """An opaque `ID!` of the graph: base64url of `Type:uuid`, without padding."""

    type_name: str
    uuid: UUID

    def encode(self) -> str:
        """The text clients see."""
        return encode_global_id(self.type_name, self.uuid)

    @classmethod
    def decode(cls, text: str, *, expected_type: str, field: tuple[str, ...] = ("id",)) -> "GlobalId":
        """Read an id a client sent.

        Raises:
            BadUserInput: not an id of ours, or an id of another type than `expected_type`.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            type_name, _, raw = base64.urlsafe_b64decode(padded).decode("ascii").partition(":")
            uuid = UUID(raw)
        except (binascii.Error, UnicodeError, ValueError):
            raise BadUserInput(f"{text[:64]!r} is not a valid id", field=field) from None
        if type_name != expected_type:
            raise BadUserInput(f"expected an id of type {expected_type}, got one of type {type_name[:64]}", field=field)
        return cls(type_name, uuid)


def encode_global_id(type_name: str, uuid: UUID) -> str:
    """The opaque id of `uuid` as a `type_name`."""
    # what base64.urlsafe_b64encode does in three calls: a page of a list has a hundred ids
    text = binascii.b2a_base64(f"{type_name}:{uuid}".encode(), newline=False).decode("ascii")
    return text.rstrip("=").replace("+", "-").replace("/", "_")
