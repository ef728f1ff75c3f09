"""Server-side sessions in Redis: sealed, indexed by the provider's session and subject, ended at once everywhere.

Every change that can race (sign-in against logout, refresh against logout) is one Lua script.
"""

import secrets
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis

from bff.session.model import SESSION_JSON, Session, epoch_seconds
from bff.session.redis_access import failing_closed, hashed
from bff.session.sealing import Sealer, Unsealable
from kernel.telemetry import get_logger

log = get_logger(__name__)

_SESSION_ID_BYTES: Final = 32
_MAX_SESSION_ID_LENGTH: Final = 64
_JTI_SECONDS: Final = 900
_SHOWN: Final = 100

# KEYS: session, then pairs (index, tombstone).
# ARGV: sealed, seconds, member, index seconds, ID token's iat, now, oldest start that can live
_START: Final = """
for i = 3, #KEYS, 2 do
  local ended = redis.call('GET', KEYS[i])
  if ended and tonumber(ended) >= tonumber(ARGV[5]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
for i = 2, #KEYS, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[7])
  redis.call('ZADD', KEYS[i], ARGV[6], ARGV[3])
  if redis.call('TTL', KEYS[i]) < tonumber(ARGV[4]) then redis.call('EXPIRE', KEYS[i], ARGV[4]) end
end
return 1
"""

# KEYS: jti, then pairs (index, tombstone). ARGV: jti seconds, iat, tombstone seconds, prefix of session keys
_LOGOUT: Final = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return -1 end
local ended = 0
for i = 2, #KEYS, 2 do
  local before = redis.call('GET', KEYS[i + 1])
  if not before or tonumber(before) < tonumber(ARGV[2]) then
    redis.call('SET', KEYS[i + 1], ARGV[2], 'EX', ARGV[3])
  end
  for _, member in ipairs(redis.call('ZRANGE', KEYS[i], 0, -1)) do
    ended = ended + redis.call('DEL', ARGV[4] .. member)
  end
  redis.call('DEL', KEYS[i])
end
return ended
"""

# KEYS: session. ARGV: sealed, the most milliseconds it may live from now on. It lives no longer than it would have.
_REPLACE: Final = """
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', math.min(left, ARGV[2]))
return 1
"""

_UNLOCK: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class ReplayedToken(Exception):
    """A logout token with this `jti` was already accepted."""


class SessionEndedMeanwhile(Exception):
    """The provider ended the session while it was being started here."""


@dataclass(frozen=True, slots=True)
class LogoutOrder:
    """What a verified logout token asks for: the end of one provider session, or of all sessions of a subject."""

    issuer: str
    jti: str
    issued_at: int
    provider_session_id: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class LivingSession:
    """A session and the handle by which its person names it."""

    handle: str
    session: Session


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions live, in seconds."""

    idle: int
    absolute: int


class SessionStore:
    """Sessions of one BFF. Redis knows neither cookie values nor tokens in the clear.

    Every method raises `kernel.errors.Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis, sealer: Sealer, lifetimes: Lifetimes, *, namespace: str) -> None:
        self._redis = redis
        self._sealer = sealer
        self._lifetimes = lifetimes
        self._prefix = f"bff:{namespace}"
        self._start = redis.register_script(_START)
        self._logout = redis.register_script(_LOGOUT)
        self._replace = redis.register_script(_REPLACE)
        self._unlock = redis.register_script(_UNLOCK)

    async def ping(self) -> None:
        """Raise unless Redis answers."""
        with failing_closed():
            await self._redis.ping()  # pyright: ignore[reportUnknownMemberType]

    async def start(self, session: Session) -> str:
        """Store a new session and return its id, the cookie's value.

        Raises:
            SessionEndedMeanwhile: a logout token for this sign-in came first.
        """
        session_id = secrets.token_urlsafe(_SESSION_ID_BYTES)
        now = epoch_seconds()
        keys = [self._session_key(session_id), *self._index_keys(session)]
        seconds = session.expires_at(now, self._lifetimes.idle) - now
        sealed = self._sealer.seal(SESSION_JSON.dump_json(session), keys[0])
        too_old = now - self._lifetimes.absolute
        index_seconds = session.ends_at - now
        arguments = [sealed, seconds, hashed(session_id), index_seconds, session.id_token_issued_at, now, too_old]
        with failing_closed():
            started = await self._start(keys=keys, args=arguments)
        if not started:
            raise SessionEndedMeanwhile
        return session_id

    async def find(self, session_id: str | None) -> Session | None:
        """The living session of a cookie's value; being found counts as activity."""
        if not session_id or len(session_id) > _MAX_SESSION_ID_LENGTH:
            return None
        key = self._session_key(session_id)
        with failing_closed():
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.get(key)
                pipeline.pttl(key)
                sealed, milliseconds_left = cast("tuple[bytes | None, int]", tuple(await pipeline.execute()))
        session = self._opened(sealed, key)
        if session is None or session.ends_at <= epoch_seconds():
            return None
        await self._slide(key, session, milliseconds_left // 1000)
        return session

    async def is_alive(self, session_id: str) -> bool:
        """Whether the session lives; asking is no activity."""
        with failing_closed():
            return bool(await self._redis.exists(self._session_key(session_id)))

    async def peek(self, session_id: str) -> Session | None:
        """The living session of a cookie's value; looking at it is no activity."""
        if not session_id or len(session_id) > _MAX_SESSION_ID_LENGTH:
            return None
        key = self._session_key(session_id)
        with failing_closed():
            session = self._opened(await cast("Awaitable[bytes | None]", self._redis.get(key)), key)
        return session if session is not None and session.ends_at > epoch_seconds() else None

    def key_of(self, session_id: str) -> str:
        """The key of Redis that is there for as long as the session lives."""
        return self._session_key(session_id)

    async def replace(self, session_id: str, session: Session) -> bool:
        """Store the refreshed session unless it was ended meanwhile; False if it was. That is no activity, either."""
        key = self._session_key(session_id)
        now = epoch_seconds()
        seconds = max(1, session.expires_at(now, self._lifetimes.idle) - now)
        sealed = self._sealer.seal(SESSION_JSON.dump_json(session), key)
        with failing_closed():
            stored = await self._replace(keys=[key], args=[sealed, seconds * 1000])
        return bool(stored)

    async def end(self, session_id: str | None) -> Session | None:
        """End one session and return what it was; None if it did not live."""
        if not session_id or len(session_id) > _MAX_SESSION_ID_LENGTH:
            return None
        key = self._session_key(session_id)
        with failing_closed():
            sealed = await cast("Awaitable[bytes | None]", self._redis.getdel(key))
            session = self._opened(sealed, key)
            if session is not None:
                await self._forget(session, hashed(session_id))
        return session

    def handle_of(self, session_id: str) -> str:
        """How a session is named to its person: it cannot be used to sign in."""
        return hashed(session_id)

    async def of_person(self, session: Session) -> list[LivingSession]:
        """The living sessions of the session's person, the newest first, a hundred at most."""
        with failing_closed():
            handles = await self._started(session, 0, _SHOWN - 1)
            keys = [self._key_of(handle) for handle in handles]
            kept = await cast("Awaitable[list[bytes | None]]", self._redis.mget(keys)) if keys else []
        opened = [self._opened(sealed, key) for sealed, key in zip(kept, keys, strict=True)]
        return [LivingSession(handle, one) for handle, one in zip(handles, opened, strict=True) if one is not None]

    async def end_of_person(self, session: Session, handles: Sequence[str] | None = None) -> list[Session]:
        """End those of the person's sessions that `handles` name, or all; what they were."""
        ended: list[Session] = []
        with failing_closed():
            theirs = await self._started(session, 0, -1)
            for handle in theirs if handles is None else set(theirs).intersection(handles):
                key = self._key_of(handle)
                one = self._opened(await cast("Awaitable[bytes | None]", self._redis.getdel(key)), key)
                await self._forget(one or session, handle)
                if one is not None:
                    ended.append(one)
        return ended

    async def _started(self, session: Session, first: int, last: int) -> list[str]:
        index = self._index_keys(session)[0]
        newest_first = self._redis.zrange(index, first, last, desc=True)  # pyright: ignore[reportUnknownMemberType]
        found = await cast("Awaitable[list[bytes]]", newest_first)
        return [member.decode() for member in found]

    async def _forget(self, session: Session, handle: str) -> None:
        for index in self._index_keys(session)[::2]:
            await self._redis.zrem(index, handle)

    async def end_by_provider(self, order: LogoutOrder, *, all_of_subject: bool = False) -> int:
        """End what a logout token names and return how many sessions that were.

        Args:
            order: the verified token.
            all_of_subject: end every session of the subject although the token names one session.

        Raises:
            ReplayedToken: the same token was accepted before.
        """
        names: list[tuple[str, str]] = []
        if order.provider_session_id is not None:
            names.append(("sid", order.provider_session_id))
        if order.subject is not None and (all_of_subject or not names):
            names.append(("sub", order.subject))
        keys = [f"{self._prefix}:jti:{hashed(order.issuer, order.jti)}"]
        for kind, value in names:
            keys += self._pair(kind, order.issuer, value)
        arguments = [_JTI_SECONDS, order.issued_at, self._lifetimes.absolute, f"{self._prefix}:session:"]
        with failing_closed():
            ended = cast("int", await self._logout(keys=keys, args=arguments))
        if ended < 0:
            raise ReplayedToken
        return ended

    async def try_lock(self, session_id: str, seconds: int) -> str | None:
        """Claim the right to refresh the session's tokens; the claim's secret, or None if another has it."""
        secret = secrets.token_hex(16)
        key = self._lock_key(session_id)
        with failing_closed():
            taken = await cast("Awaitable[object]", self._redis.set(key, secret, nx=True, ex=seconds))
        return secret if taken else None

    async def unlock(self, session_id: str, secret: str) -> None:
        """Give the claim back, unless it has run out and belongs to another."""
        with failing_closed():
            await self._unlock(keys=[self._lock_key(session_id)], args=[secret])

    async def _slide(self, key: str, session: Session, seconds_left: int) -> None:
        now = epoch_seconds()
        seconds = session.expires_at(now, self._lifetimes.idle) - now
        # a write per request would double the load; a tenth of the idle time is precise enough
        if seconds - seconds_left > self._lifetimes.idle // 10:
            with failing_closed():
                await self._redis.expire(key, seconds)

    def _opened(self, sealed: bytes | None, key: str) -> Session | None:
        if sealed is None:
            return None
        try:
            return SESSION_JSON.validate_json(self._sealer.unseal(sealed, key))
        except (Unsealable, ValueError):
            log.warning("session_unreadable")
            return None

    def _session_key(self, session_id: str) -> str:
        return self._key_of(hashed(session_id))

    def _key_of(self, handle: str) -> str:
        return f"{self._prefix}:session:{handle}"

    def _lock_key(self, session_id: str) -> str:
        return f"{self._prefix}:refreshing:{hashed(session_id)}"

    def _index_keys(self, session: Session) -> list[str]:
        keys = self._pair("sub", session.issuer, session.subject)
        if session.provider_session_id is not None:
            keys += self._pair("sid", session.issuer, session.provider_session_id)
        return keys

    def _pair(self, kind: str, issuer: str, value: str) -> list[str]:
        name = hashed(issuer, value)
        return [f"{self._prefix}:started_by_{kind}:{name}", f"{self._prefix}:ended_{kind}:{name}"]
