"""The connections that reads use: opened when needed, closed when idle, and never the ORM's."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg
import orjson
from sqlalchemy import URL
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    ReadConnection: TypeAlias = PoolConnectionProxy[asyncpg.Record]
    _Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    ReadConnection, _Connection, _Pool = object, asyncpg.Connection, object

_ACQUIRE_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 60.0
_ROLLBACK_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 5.0
# every shape of every listing may be prepared on every connection
_PREPARED_STATEMENTS: Final = 256
_JSONB_VERSION: Final = b"\x01"


class _TidyConnection(_Connection):
    """A reader ends its transaction itself, and sets nothing that outlives one: no reset, so no further round trip."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class ReadPool:
    """At most `size` connections of one login role."""

    def __init__(self, url: URL, *, size: int, application_name: str, timeout_seconds: float) -> None:
        self._url = url
        self._size = size
        self._settings = {
            "application_name": application_name,
            "jit": "off",
            "statement_timeout": f"{timeout_seconds * 1000:.0f}ms",
        }
        self._opening = asyncio.Lock()
        self._pool: _Pool | None = None

    async def acquire(self) -> "ReadConnection":
        """A connection of one's own; give it back with `release`.

        Raises:
            TimeoutError: all are taken.
        """
        pool = self._pool or await self._open()
        return await pool.acquire(timeout=_ACQUIRE_SECONDS)

    async def release(self, connection: "ReadConnection") -> None:
        """End its transaction and give it back."""
        try:
            await connection.execute("ROLLBACK", timeout=_ROLLBACK_SECONDS)
        except BaseException as error:
            # half way through something, such a connection never goes back; a lost one has left by itself
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()
            if not isinstance(error, Exception):
                raise
        finally:
            if self._pool is not None:
                await self._pool.release(connection)

    async def close(self) -> None:
        """Close every connection; those still in use are cut off after a moment."""
        pool = self._pool
        if pool is not None:
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await pool.close()
            except TimeoutError:
                pool.terminate()
            # only now: a read under way gives its connection back meanwhile
            self._pool = None

    async def _open(self) -> "_Pool":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    min_size=0,
                    max_size=self._size,
                    max_inactive_connection_lifetime=_IDLE_SECONDS,
                    connection_class=_TidyConnection,
                    init=_decode_json,
                    statement_cache_size=_PREPARED_STATEMENTS,
                    max_cached_statement_lifetime=0,
                    server_settings=self._settings,
                    **_address(self._url),
                )
            return self._pool


def _address(url: URL) -> Mapping[str, Any]:
    """The same address that SQLAlchemy makes of the URL."""
    _, address = PGDialect_asyncpg().create_connect_args(url)
    return address


async def _decode_json(connection: "_Connection") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: _JSONB_VERSION + orjson.dumps(value),
        decoder=lambda stored: orjson.loads(stored[len(_JSONB_VERSION) :]),
        format="binary",
    )
