"""Redis Streams: one stream per publishing domain, one consumer group per consumer."""

import asyncio
import contextlib
import os
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import orjson
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kernel.bus.port import HandleEvent
from kernel.clock import pause, utcnow
from kernel.events import Envelope, domain_of
from kernel.telemetry import counter, get_logger

log = get_logger(__name__)
_CONSUMED = counter("events_consumed_total", "Events a consumer finished", ("consumer", "outcome"))
_PUBLISHED = counter("events_published_total", "Events given to the bus", ("domain",))
_BATCH: Final = 64
_BLOCK_MILLISECONDS: Final = 500
_ATTEMPTS: Final = 5
_ABANDONED_MILLISECONDS: Final = 15_000
_RECONNECT_SECONDS: Final = 0.5
_MOST_UNREAD: Final = 10_000
_EVER: Final = datetime.fromtimestamp(0, UTC)
# more than Redis loses at once, and than the clocks of two relays differ
_UNCERTAIN: Final = timedelta(seconds=30)
# the world below is away for a while: the event is not to blame
_OUTAGES: Final = (OSError, TimeoutError, RedisConnectionError, OperationalError, InterfaceError, PoolTimeoutError)
# connection lost, out of resources, shutting down, crashed, starting up: the driver has no class of its own for them
_OUTAGE_STATES: Final = ("08", "53", "57P01", "57P02", "57P03")

_Entries = list[tuple[bytes, dict[bytes, bytes]]]


class RedisStreams:
    """`EventBus` on Redis; keys are `retail.events.<domain>`, dead letters go to `retail.events.dead`."""

    def __init__(self, client: Redis, *, prefix: str = "retail.events") -> None:
        self._redis = client
        self._prefix = prefix
        self._member = f"{socket.gethostname()}-{os.getpid()}"
        self._mark = f"{prefix}.epoch"
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        self._run = ""
        self._asked_at = _EVER

    async def publish(self, envelopes: Sequence[str]) -> None:
        """One pipelined XADD per event."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for envelope in envelopes:
                subject = str(orjson.loads(envelope)["subject"])
                pipeline.xadd(self._stream(domain_of(subject)), {"subject": subject, "envelope": envelope})
                _PUBLISHED.labels(domain_of(subject)).inc()
            await pipeline.execute()

    async def ping(self) -> None:
        """Raise unless Redis answers."""
        await self._redis.ping()  # pyright: ignore[reportUnknownMemberType]

    async def missing_since(self) -> datetime | None:
        """See `EventBus.missing_since`: the mark of an earlier relay is gone, or was made in another run of Redis.

        Redis writes its log to the disk once a second, and a replica follows later still: the last it took may be lost.
        """
        self._asked_at = utcnow()
        server = await self._redis.info("server")  # pyright: ignore[reportUnknownMemberType]
        self._run = str(server["run_id"])
        run, _, asked_at = _text(await self._redis.get(self._mark) or "").partition(" ")
        if run == self._run:
            return None
        return datetime.fromisoformat(asked_at) - _UNCERTAIN if asked_at else _EVER

    async def mark_as_complete(self) -> None:
        """Set the mark; Redis loses it no later than what was published after it."""
        await self._redis.set(self._mark, f"{self._run} {self._asked_at.isoformat()}")

    async def trim(self, *, most_unread: int = _MOST_UNREAD) -> None:
        """Drop entries every group has finished; what a group still needs is never dropped.

        Of a stream without any group, about `most_unread` entries are kept; of the dead letters, all.
        """
        pattern = f"{self._prefix}.*"
        keys = cast(
            "AsyncIterator[object]",
            self._redis.scan_iter(match=pattern, _type="stream"),  # pyright: ignore[reportUnknownMemberType]
        )
        async for key in keys:
            stream = _text(key)
            oldest_needed = await self._oldest_needed(stream)
            if oldest_needed is not None:
                await self._redis.xtrim(stream, minid=oldest_needed, approximate=True)
            elif stream != f"{self._prefix}.dead":
                await self._redis.xtrim(stream, maxlen=most_unread, approximate=True)

    async def consume(self, group: str, subjects: frozenset[str], handle: HandleEvent, stop: asyncio.Event) -> None:
        """See `EventBus.consume`."""
        streams = {self._stream(domain_of(subject)) for subject in subjects}
        for stream in streams:
            self._groups[stream].add(group)
        reader = _GroupReader(self, group, subjects, handle=handle, stop=stop)
        while not stop.is_set():
            try:
                await self._ensure_groups(group, streams)
                await reader.read_until_broken(sorted(streams))
            except RedisError as error:
                log.warning("event_bus_unavailable", consumer=group, reason=type(error).__name__)
                await pause(stop, _RECONNECT_SECONDS)

    def _stream(self, domain: str) -> str:
        return f"{self._prefix}.{domain}"

    async def _ensure_groups(self, group: str, streams: set[str]) -> None:
        for stream in streams:
            with contextlib.suppress(ResponseError):  # the group exists
                await self._redis.xgroup_create(stream, group, id="0", mkstream=True)

    async def _oldest_needed(self, stream: str) -> str | None:
        groups = cast("list[dict[str, object]]", await self._redis.xinfo_groups(stream))
        if self._groups[stream] - {_text(group["name"]) for group in groups}:
            # after a loss of memory, a consumer that is busy makes its group later than others
            return "0-0"
        needed: list[tuple[int, int]] = []
        for group in groups:
            summary = cast("dict[str, object]", await self._redis.xpending(stream, _text(group["name"])))
            first_pending = summary.get("min")
            needed.append(_entry_id(_text(first_pending or group["last-delivered-id"])))
        return "{}-{}".format(*min(needed)) if needed else None

    # what a _GroupReader asks of the server

    async def read_new(self, group: str, streams: Sequence[str]) -> list[tuple[str, _Entries]]:
        """Entries nobody of the group has seen."""
        answer = await self._redis.xreadgroup(
            group, self._member, dict.fromkeys(streams, ">"), count=_BATCH, block=_BLOCK_MILLISECONDS
        )
        found = cast("dict[bytes, list[_Entries]] | list[tuple[bytes, _Entries]]", answer or [])
        if isinstance(found, dict):
            return [(_text(stream), [entry for part in parts for entry in part]) for stream, parts in found.items()]
        return [(_text(stream), entries) for stream, entries in found]

    async def take_abandoned(self, group: str, stream: str) -> _Entries:
        """Entries a dead member of the group left unfinished."""
        answer = await self._redis.xautoclaim(
            stream, group, self._member, min_idle_time=_ABANDONED_MILLISECONDS, count=_BATCH
        )
        return cast("_Entries", answer[1])

    async def finish(self, group: str, stream: str, entry_id: bytes) -> None:
        """Acknowledge."""
        await self._redis.xack(stream, group, entry_id)

    async def bury(self, group: str, entry: dict[bytes, bytes], reason: str) -> None:
        """Keep what could not be handled where people can look at it and replay it."""
        envelope = entry.get(b"envelope", b"")
        await self._redis.xadd(f"{self._prefix}.dead", {"consumer": group, "reason": reason, "envelope": envelope})


class _GroupReader:
    """One consumer's loop over its streams."""

    def __init__(
        self,
        bus: RedisStreams,
        group: str,
        subjects: frozenset[str],
        *,
        handle: HandleEvent,
        stop: asyncio.Event,
    ) -> None:
        self._bus = bus
        self._group = group
        self._subjects = frozenset(subject.encode() for subject in subjects)
        self._handle = handle
        self._stop = stop

    async def read_until_broken(self, streams: Sequence[str]) -> None:
        clock = asyncio.get_running_loop().time
        next_rescue = 0.0
        while not self._stop.is_set():
            if clock() >= next_rescue:
                next_rescue = clock() + _ABANDONED_MILLISECONDS / 2000
                for stream in streams:
                    await self._work(stream, await self._bus.take_abandoned(self._group, stream))
            for stream, entries in await self._bus.read_new(self._group, streams):
                await self._work(stream, entries)

    async def _work(self, stream: str, entries: _Entries) -> None:
        for entry_id, fields in entries:
            if self._stop.is_set():
                return
            if fields and fields.get(b"subject") in self._subjects:
                outcome = await self._deliver(fields)
                _CONSUMED.labels(self._group, outcome).inc()
                if outcome == "stopped":
                    return
            await self._bus.finish(self._group, stream, entry_id)

    async def _deliver(self, fields: dict[bytes, bytes]) -> str:
        try:
            envelope = Envelope.model_validate_json(fields.get(b"envelope", b""))
        except ValidationError:
            await self._bus.bury(self._group, fields, "malformed")
            return "dead"
        attempt = 0
        while not self._stop.is_set():
            try:
                await self._handle(envelope)
            except Exception as error:
                if _is_outage(error):
                    log.warning("event_waits", consumer=self._group, event_id=envelope.id, reason=type(error).__name__)
                    await pause(self._stop, _RECONNECT_SECONDS)
                    continue
                attempt += 1
                if attempt >= _ATTEMPTS:
                    log.exception("event_buried", consumer=self._group, event_id=envelope.id, subject=envelope.subject)
                    await self._bus.bury(self._group, fields, type(error).__name__)
                    return "dead"
                await pause(self._stop, 0.02 * 2**attempt)
            else:
                return "done"
        return "stopped"


def _is_outage(error: Exception) -> bool:
    if isinstance(error, DBAPIError) and not isinstance(error, _OUTAGES):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(_OUTAGE_STATES)
    return isinstance(error, _OUTAGES)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _entry_id(text: str) -> tuple[int, int]:
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds), int(sequence)
