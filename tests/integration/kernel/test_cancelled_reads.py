"""A request that is cancelled in the middle of a statement must not spoil the pool for the next one."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.database import Database
from kernel.errors import Unavailable
from kernel.graphql import RequestContext
from kernel.identity import Principal
from kernel.ids import uuid7
from tests.factories.databases import ProvisionedDatabase


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app", pool_size=1)
    yield database
    await database.close()


def context_of(database: Database) -> RequestContext[None]:
    return RequestContext(database, Principal("ada", uuid7(), frozenset()), lambda _context: None)


async def slow_read(context: RequestContext[None], reached: asyncio.Event) -> None:
    async with context.reading() as session:
        reached.set()
        await session.execute(text("SELECT pg_sleep(30)"))


async def test_after_a_cancelled_statement_the_only_connection_serves_again(database: Database):
    for _ in range(3):
        context, reached = context_of(database), asyncio.Event()
        task = asyncio.create_task(slow_read(context, reached))
        await reached.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await context.close()

        async with asyncio.timeout(10), database.reading(uuid7()) as session:
            assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


async def test_closing_waits_for_a_read_under_way_and_refuses_later_ones(database: Database):
    context = context_of(database)

    async def read() -> int:
        async with context.reading() as session:
            return (await session.execute(text("SELECT 1 FROM pg_sleep(0.05)"))).scalar_one()

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    await context.close()

    assert await reading == 1
    with pytest.raises(Unavailable):
        await read()


async def test_a_statement_that_fails_leaves_the_pool_usable(database: Database):
    context = context_of(database)

    async def fail() -> None:
        async with context.reading() as session:
            await session.execute(text("SELECT 1/0"))

    with pytest.raises(DBAPIError):
        await fail()
    await context.close()

    async with database.reading(uuid7()) as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
