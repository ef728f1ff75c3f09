"""The pool of one database role, and transactions fenced to one tenant."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from kernel.database.read_pool import ReadPool
from kernel.database.reading import Reader
from kernel.database.statement_count import note_statement
from kernel.database.transaction import EventSink, Transaction
from kernel.identity import Principal

_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)")


class Database:
    """One login role's connections: up to `pool_size` for the ORM and `read_pool_size` for readers.

    Opens nothing until first used; `close` on shutdown.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 6,
        read_pool_size: int | None = None,
        read_timeout_seconds: float = 10,
        application_name: str = "retailflow",
    ) -> None:
        # a DSN as PostgreSQL writes it is accepted too
        driver_url = make_url(url).set(drivername="postgresql+asyncpg")
        self._engine: AsyncEngine = create_async_engine(
            driver_url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # errors are logged, and parameters are people's names and payment tokens
            hide_parameters=True,
            connect_args={"server_settings": {"application_name": application_name, "jit": "off"}},
        )
        self._read_pool = ReadPool(
            driver_url,
            size=read_pool_size or pool_size,
            application_name=application_name,
            timeout_seconds=read_timeout_seconds,
        )
        event.listen(self._engine.sync_engine, "before_cursor_execute", _note_statement)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False, autoflush=True)

    async def close(self) -> None:
        """Close every connection."""
        await self._read_pool.close()
        await self._engine.dispose()

    async def ping(self) -> None:
        """Raise unless the database answers."""
        async with self._sessions() as session:
            await session.execute(text("SELECT 1"))

    @asynccontextmanager
    async def transaction(
        self, principal: Principal, *, causation_id: UUID | None = None
    ) -> AsyncGenerator[Transaction]:
        """One write: state, events and idempotency record commit together or not at all.

        Raises:
            Unauthenticated: the principal has no tenant.
        """
        async with self._sessions() as session, session.begin():
            tx = Transaction(session, principal, causation_id=causation_id)
            await session.execute(_SET_TENANT, {"tenant": str(tx.tenant_id)})
            sink = EventSink(session)
            yield tx
            await sink.write_outbox(tx)

    def reader(self, tenant_id: UUID) -> Reader:
        """Reads of one tenant; close it after use, for example with `async with`."""
        return Reader(self._read_pool, tenant_id)

    @asynccontextmanager
    async def across_tenants(self) -> AsyncGenerator[AsyncSession]:
        """A transaction without tenant: useful only to a `<context>_worker` role and its few tables."""
        async with self._sessions() as session, session.begin():
            yield session


def _note_statement(
    _connection: object, _cursor: object, statement: str, _parameters: object, _context: object, _many: object
) -> None:
    note_statement(statement)
