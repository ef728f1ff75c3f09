"""Events as they come, for whoever watches: one reader per process, fanned out by tenant and subject.

Nothing is acknowledged and nothing kept: who was away asks for the present state again.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final, Self, cast
from uuid import UUID

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.errors import Unavailable
from kernel.events import Envelope, domain_of
from kernel.telemetry import gauge, get_logger

log = get_logger(__name__)
_WATCHERS = gauge("live_event_watchers", "Open subscriptions to events of the bus")

_BLOCK_MILLISECONDS: Final = 500
_BATCH: Final = 256
_RECONNECT_SECONDS: Final = 0.5
_MOST_WAITING: Final = 64

_Place = tuple[UUID, str]
_Entries = list[tuple[bytes, dict[bytes, bytes]]]
_Pairs = list[tuple[bytes, _Entries]]
_Map = dict[bytes, list[_Entries]]


class Fallen(Unavailable):
    """A watcher took events more slowly than they came."""

    code = "TOO_SLOW"


class Watched:
    """The events of one watcher, from when it began to watch; at most 64 wait for it."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Envelope] = asyncio.Queue(_MOST_WAITING)
        self._has_fallen = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Envelope:
        """The next event.

        Raises:
            Fallen: events were left out, because too many waited.
        """
        if self._has_fallen and self._waiting.empty():
            raise Fallen("events came faster than they were taken: subscribe again")
        return await self._waiting.get()

    def offer(self, envelope: Envelope) -> None:
        """Let it wait for the watcher, unless one before it found no room."""
        if self._has_fallen:
            return
        try:
            self._waiting.put_nowait(envelope)
        except asyncio.QueueFull:
            self._has_fallen = True


class LiveEvents:
    """What is published on the bus from now on; reads of Redis Streams without a group."""

    def __init__(self, redis: Redis, *, prefix: str = "retail.events") -> None:
        self._redis = redis
        self._prefix = prefix
        self._watchers: defaultdict[_Place, set[Watched]] = defaultdict(set)
        self._last_seen: dict[str, str] = {}
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    def at(cls, url: str) -> "LiveEvents":
        """Of the bus in a Redis."""
        return cls(Redis.from_url(url))  # pyright: ignore[reportUnknownMemberType]

    @asynccontextmanager
    async def of(self, tenant_id: UUID, subjects: Iterable[str]) -> AsyncGenerator[Watched]:
        """The tenant's events of these subjects that are published from now on.

        Raises:
            Unavailable: the bus does not answer.
        """
        places = [(tenant_id, subject) for subject in subjects]
        watched = Watched()
        for place in places:
            self._watchers[place].add(watched)
        _WATCHERS.inc()
        try:
            await self._begin({f"{self._prefix}.{domain_of(subject)}" for _, subject in places})
            yield watched
        finally:
            _WATCHERS.dec()
            for place in places:
                self._watchers[place].discard(watched)
                if not self._watchers[place]:
                    del self._watchers[place]

    async def close(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._redis.aclose()

    async def _begin(self, streams: Iterable[str]) -> None:
        for stream in streams:
            if stream not in self._last_seen:
                end = await self._end_of(stream)
                self._last_seen.setdefault(stream, end)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _end_of(self, stream: str) -> str:
        try:
            newest = cast("list[tuple[bytes, object]]", await self._redis.xrevrange(stream, count=1))
        except RedisError as error:
            raise Unavailable("live events are not available") from error
        return newest[0][0].decode() if newest else "0-0"

    async def _read(self) -> None:
        while self._watchers:
            try:
                found = await self._redis.xread(
                    cast("dict[bytes | str | memoryview, int | bytes | str | memoryview]", dict(self._last_seen)),
                    count=_BATCH,
                    block=_BLOCK_MILLISECONDS,
                )
            except RedisError as error:
                log.warning("live_events_interrupted", reason=type(error).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            try:
                self._spread(found)
            except Exception:
                # whoever watches goes on with what comes next
                log.exception("live_events_unreadable")
        # who comes next begins at the end of the streams again
        self._last_seen.clear()
        self._reading = None

    def _spread(self, found: object) -> None:
        # older protocols of Redis answer in pairs; newer ones in a map, with the entries of a stream in one more list
        streams = cast("_Pairs | _Map", found or [])
        for stream, entries in streams.items() if isinstance(streams, dict) else streams:
            flat = [entry for part in entries for entry in part] if isinstance(streams, dict) else entries
            for entry_id, fields in cast("_Entries", flat):
                self._last_seen[stream.decode()] = entry_id.decode()
                self._offer(fields)

    def _offer(self, fields: Mapping[bytes, bytes]) -> None:
        try:
            envelope = Envelope.model_validate_json(fields.get(b"envelope", b""))
        except ValidationError:
            return
        for watched in self._watchers.get((envelope.tenant_id, envelope.subject), ()):
            watched.offer(envelope)
