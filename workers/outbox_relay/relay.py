"""The relay of all contexts' outboxes. Crashing between publish and commit publishes twice; inboxes absorb that."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

import asyncpg
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.bus import EventBus
from kernel.clock import pause
from kernel.database import Database
from kernel.outbox import mark_published, unpublished
from kernel.telemetry import get_logger

log = get_logger(__name__)
_BATCH: Final = 500
_LOOK_SECONDS: Final = 1.0
_REPLAY_HOURS: Final = 24
_REOPEN = text("""
    UPDATE outbox SET published_at = NULL
    WHERE created_at > now() - make_interval(hours => :hours) AND published_at > :since
""")


class OutboxRelay:
    """`databases` maps context names to their `<context>_worker` role."""

    def __init__(self, databases: Mapping[str, Database], bus: EventBus, listen_url: str) -> None:
        self._databases = databases
        self._bus = bus
        self._listen_url = listen_url
        self._bells: Mapping[str, asyncio.Event] = {name: asyncio.Event() for name in databases}

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(stop))
            for name, database in self._databases.items():
                group.create_task(self._relay(name, database, stop))

    async def relay_once(self, database: Database) -> int:
        """Publish one batch of one context; how many."""
        async with database.across_tenants() as session:
            rows = await unpublished(session, _BATCH)
            if rows:
                await self._bus.publish([envelope for _, _, _, envelope in rows])
                await mark_published(session, [seq for _, _, seq, _ in rows])
        return len(rows)

    async def replay_what_is_missing(self) -> bool:
        """After the bus lost events, mark what it got of the last day as unpublished; inboxes drop what was seen."""
        since = await self._bus.missing_since()
        if since is not None:
            for name, database in self._databases.items():
                async with database.across_tenants() as session:
                    await session.execute(_REOPEN, {"hours": _REPLAY_HOURS, "since": since})
                self._bells[name].set()
        # last: a database that fails on the way is to be asked again
        await self._bus.mark_as_complete()
        return since is not None

    async def _relay(self, name: str, database: Database, stop: asyncio.Event) -> None:
        bell = self._bells[name]
        while not stop.is_set():
            bell.clear()
            try:
                if await self.relay_once(database) == _BATCH:
                    continue
            except (DBAPIError, OSError, RedisError) as error:
                log.warning("outbox_relay_waits", context=name, reason=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), _LOOK_SECONDS)

    async def _listen(self, stop: asyncio.Event) -> None:
        """Ring the bell of the context whose outbox got rows; watch for a bus that lost events."""
        while not stop.is_set():
            connection: asyncpg.Connection[asyncpg.Record] | None = None
            try:
                connection = await asyncpg.connect(self._listen_url)
                await connection.add_listener("outbox", self._ring)
                while not stop.is_set() and not connection.is_closed():
                    await self.replay_what_is_missing()
                    await pause(stop, _LOOK_SECONDS)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, RedisError, DBAPIError) as error:
                log.warning("outbox_bell_unavailable", reason=type(error).__name__)
                await pause(stop, _LOOK_SECONDS)
            finally:
                if connection is not None:
                    await connection.close()

    def _ring(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        bell = self._bells.get(str(payload))
        if bell is not None:
            bell.set()
