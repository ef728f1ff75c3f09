"""Who is signed in at a till, and who of them stands there now; in Redis, ended at once on every replica."""

import secrets
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bff.session.redis_access import failing_closed, hashed
from bff.session.sealing import Sealer, Unsealable

_KEPT_AWAKE_SECONDS: Final = 600
_CODE_SECONDS: Final = 300
# without letters and digits that look alike
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 10


@dataclass(frozen=True, slots=True)
class SignedInHere:
    """Somebody who signed in at this till today, with the session that holds that person's own tokens."""

    session_id: str
    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """What a manager prepared: the till that redeems the code is enrolled in the manager's name."""

    session_id: str
    store_id: str
    name: str


_HERE: TypeAdapter[SignedInHere] = TypeAdapter(SignedInHere)
_CODE: TypeAdapter[EnrolmentCode] = TypeAdapter(EnrolmentCode)


class Tills:
    """One session at a time is open at a till; the others wait for their PIN.

    Every method raises `kernel.errors.Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis, sealer: Sealer, *, lock_seconds: int, kept_seconds: int) -> None:
        self._redis = redis
        self._sealer = sealer
        self._lock_seconds = lock_seconds
        self._kept_seconds = kept_seconds

    async def open(self, device_id: str, person: SignedInHere) -> None:
        """Let this person work at the till, and nobody else until the next PIN."""
        people, here = _people(device_id), hashed(person.subject)
        sealed = self._sealer.seal(_HERE.dump_json(person), f"{people}:{here}")
        with failing_closed():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.hset(people, here, sealed)
                pipeline.expire(people, self._kept_seconds)
                pipeline.set(_open(device_id), hashed(person.session_id), ex=self._lock_seconds)
                await pipeline.execute()

    async def is_open(self, device_id: str, session_id: str) -> bool:
        """Whether this session is the one at work; being asked keeps it so."""
        with failing_closed():
            held = await cast("Awaitable[bytes | None]", self._redis.getex(_open(device_id), ex=self._lock_seconds))
        return held is not None and held.decode() == hashed(session_id)

    async def at_work(self, device_id: str) -> SignedInHere | None:
        """Who is at work; asking keeps nobody there."""
        with failing_closed():
            held = await cast("Awaitable[bytes | None]", self._redis.get(_open(device_id)))
        if held is None:
            return None
        people = await self.people(device_id)
        return next((person for person in people if hashed(person.session_id) == held.decode()), None)

    def key_at_work(self, device_id: str, session_id: str) -> tuple[str, bytes]:
        """The key of Redis that says who is at work, and what it holds while it is this session."""
        return _open(device_id), hashed(session_id).encode()

    async def is_still_open(self, device_id: str, session_id: str) -> bool:
        """Whether this session is the one at work; being asked keeps nothing."""
        name, wanted = self.key_at_work(device_id, session_id)
        with failing_closed():
            return await cast("Awaitable[bytes | None]", self._redis.get(name)) == wanted

    async def lock(self, device_id: str) -> None:
        """From now on the next one needs a PIN."""
        with failing_closed():
            await self._redis.delete(_open(device_id))

    async def people(self, device_id: str) -> list[SignedInHere]:
        """Who signed in here and was not forgotten; some of their sessions may have ended."""
        key = _people(device_id)
        with failing_closed():
            stored = await cast("Awaitable[Mapping[bytes, bytes]]", self._redis.hgetall(key))
        opened = [self._opened(key, field, sealed) for field, sealed in stored.items()]
        return sorted((person for person in opened if person is not None), key=lambda person: person.name)

    async def person(self, device_id: str, subject: str) -> SignedInHere | None:
        """Who of them has this subject."""
        return next((person for person in await self.people(device_id) if person.subject == subject), None)

    async def forget(self, device_id: str, subject: str) -> None:
        """This person signs in again before the next PIN."""
        with failing_closed():
            await self._redis.hdel(_people(device_id), hashed(subject))

    async def forget_all(self, device_id: str) -> None:
        """The till is as it was before anybody signed in."""
        with failing_closed():
            await self._redis.delete(_people(device_id), _open(device_id))

    async def must_wake(self, device_id: str) -> bool:
        """True once in ten minutes: those who wait must not idle out while the till is in use."""
        with failing_closed():
            taken = await cast(
                "Awaitable[object]", self._redis.set(_awake(device_id), b"1", nx=True, ex=_KEPT_AWAKE_SECONDS)
            )
        return bool(taken)

    async def write_code(self, prepared: EnrolmentCode) -> tuple[str, int]:
        """A code that enrols one till within five minutes, and those minutes in seconds."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        key = _code(code)
        sealed = self._sealer.seal(_CODE.dump_json(prepared), key)
        with failing_closed():
            await cast("Awaitable[object]", self._redis.set(key, sealed, ex=_CODE_SECONDS))
        return code, _CODE_SECONDS

    async def take_code(self, code: str) -> EnrolmentCode | None:
        """What the code stands for; it cannot be taken again."""
        key = _code(code.strip().upper().replace("-", ""))
        with failing_closed():
            sealed = await cast("Awaitable[bytes | None]", self._redis.getdel(key))
        if sealed is None:
            return None
        try:
            return _CODE.validate_json(self._sealer.unseal(sealed, key))
        except (Unsealable, ValueError):
            return None

    def _opened(self, key: str, field: bytes, sealed: bytes) -> SignedInHere | None:
        try:
            return _HERE.validate_json(self._sealer.unseal(sealed, f"{key}:{field.decode()}"))
        except (Unsealable, ValueError):
            return None


def _people(device_id: str) -> str:
    return f"bff:pos:till:{hashed(device_id)}:people"


def _open(device_id: str) -> str:
    return f"bff:pos:till:{hashed(device_id)}:open"


def _awake(device_id: str) -> str:
    return f"bff:pos:till:{hashed(device_id)}:awake"


def _code(code: str) -> str:
    return f"bff:pos:enrolment:{hashed(code)}"
