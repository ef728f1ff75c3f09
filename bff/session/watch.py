"""Answers that take their time end when what they were begun under has ended: session, till, access token.

One look at Redis in each fraction of a second is for all answers under way in this process together.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from redis.asyncio import Redis

from bff.session.model import epoch_seconds
from bff.session.redis_access import failing_closed
from bff.session.refusals import RateLimited
from kernel.errors import DomainError, Unavailable
from kernel.telemetry import counter, gauge, get_logger

log = get_logger(__name__)
_OPEN: Final = gauge("bff_answers_under_way", "Streams and answers in parts that a BFF passes on")
_ENDED: Final = counter("bff_answers_ended_total", "Streams and answers in parts that a BFF ended", ("reason",))

_LOOK_SECONDS: Final = 0.4
_ANSWER_SECONDS: Final = 0.5
_JUDGED_SECONDS: Final = 1.0
# so long nobody may have looked: what cannot be known is taken for ended
_BLIND_SECONDS: Final = 1.5
_COME_AGAIN_SECONDS: Final = 10
# more than the hash that names a session
_COMPARED: Final = 128


class Ending(StrEnum):
    """Why an answer was ended."""

    SESSION_ENDED = "session_ended"
    GROUNDS_UNKNOWN = "grounds_unknown"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - no secret
    PROCESS_ENDS = "process_ends"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What must hold for an answer to go on.

    Attributes:
        session_id: whose answers are counted together.
        keys: keys of Redis that must be there, and what they must hold unless that is None.
        holds: what else must be true; raises `Unavailable` if that cannot be known.
        until: when the access token that the answer was asked with expires, in seconds since the epoch.
    """

    session_id: str
    keys: Mapping[str, bytes | None]
    until: int
    holds: Callable[[], Awaitable[bool]] | None = None


@dataclass(eq=False, slots=True)
class Watched:
    """An answer under way; `over` is set when it has to end, and then `ending` says why."""

    grounds: Grounds
    is_counted: bool
    over: asyncio.Event = field(default_factory=asyncio.Event)
    ending: Ending | None = None

    def end(self, ending: Ending) -> None:
        """Let it end, for the first reason that comes up."""
        if self.ending is None:
            self.ending = ending
            self.over.set()
            _ENDED.labels(ending.value).inc()


class Watch:
    """All answers under way in one process."""

    def __init__(self, redis: Redis, *, streams_per_session: int, streams_per_replica: int) -> None:
        self._redis = redis
        self._per_session = streams_per_session
        self._per_replica = streams_per_replica
        self._watched: set[Watched] = set()
        self._looking: asyncio.Task[None] | None = None
        self._seen_at = 0.0

    def begin(self, grounds: Grounds) -> Watched:
        """Watch over an answer that ends by itself."""
        return self._added(Watched(grounds, is_counted=False))

    def begin_stream(self, grounds: Grounds) -> Watched:
        """Watch over an answer that may never end by itself.

        Raises:
            RateLimited: the session, or this process, has as many as it may have.
        """
        streams = [one for one in self._watched if one.is_counted]
        of_session = sum(one.grounds.session_id == grounds.session_id for one in streams)
        if of_session >= self._per_session or len(streams) >= self._per_replica:
            raise RateLimited("too many event streams are open", retry_after_seconds=_COME_AGAIN_SECONDS)
        return self._added(Watched(grounds, is_counted=True))

    def leave(self, watched: Watched | None) -> None:
        """The answer has ended, or nobody is there to read it."""
        if watched is not None and watched in self._watched:
            self._watched.remove(watched)
            _OPEN.dec()

    async def close(self) -> None:
        """End all."""
        for watched in list(self._watched):
            watched.end(Ending.PROCESS_ENDS)
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _added(self, watched: Watched) -> Watched:
        self._watched.add(watched)
        _OPEN.inc()
        if self._looking is None or self._looking.done():
            # whoever begins an answer has just been let in on what Redis says
            self._seen_at = time.monotonic()
            self._looking = asyncio.create_task(self._look_on())
            self._looking.add_done_callback(self._stopped)
        return watched

    def _stopped(self, looking: asyncio.Task[None]) -> None:
        if looking.cancelled() or looking.exception() is None:
            return
        # nobody looks any more
        log.error("watch_failed", exc_info=looking.exception())
        for watched in self._watched:
            watched.end(Ending.GROUNDS_UNKNOWN)

    async def _look_on(self) -> None:
        while self._watched:
            await asyncio.sleep(_LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        now = epoch_seconds()
        for watched in self._watched:
            if watched.grounds.until <= now:
                watched.end(Ending.TOKEN_EXPIRED)
        living = [watched for watched in self._watched if watched.ending is None]
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                kept = await self._kept({key for watched in living for key in watched.grounds.keys})
        except (Unavailable, TimeoutError):
            if time.monotonic() - self._seen_at > _BLIND_SECONDS:
                for watched in living:
                    watched.end(Ending.GROUNDS_UNKNOWN)
            return
        self._seen_at = time.monotonic()
        for watched in living:
            if not all(_is_kept(kept[key], wanted) for key, wanted in watched.grounds.keys.items()):
                watched.end(Ending.SESSION_ENDED)
        await asyncio.gather(*(_judge(watched) for watched in living))

    async def _kept(self, keys: Iterable[str]) -> Mapping[str, bytes | None]:
        """What each key holds; of long values, as sessions are, the beginning."""
        asked = list(keys)
        if not asked:
            return {}
        with failing_closed():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key in asked:
                    pipeline.getrange(key, 0, _COMPARED - 1)
                found = cast("list[bytes]", await pipeline.execute())
        # an absent key reads as empty
        return {key: value or None for key, value in zip(asked, found, strict=True)}


def _is_kept(found: bytes | None, wanted: bytes | None) -> bool:
    return found is not None and (wanted is None or found == wanted)


async def _judge(watched: Watched) -> None:
    if watched.grounds.holds is None or watched.ending is not None:
        return
    try:
        async with asyncio.timeout(_JUDGED_SECONDS):
            if not await watched.grounds.holds():
                watched.end(Ending.SESSION_ENDED)
    except (DomainError, TimeoutError):
        watched.end(Ending.GROUNDS_UNKNOWN)
