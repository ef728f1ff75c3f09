"""A request that is cancelled in the middle of a statement must not spoil the pool for the next one."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Float, Integer, bindparam, func, select, text

from kernel.database import Database, Listing, Reader, ReadFailed, Row
from kernel.errors import Unavailable
from kernel.graphql import RequestContext
from kernel.identity import Principal
from kernel.ids import uuid7
from tests.factories.databases import ProvisionedDatabase


class AnswerRow(Row):
    answer: int


ANSWERS = Listing(
    AnswerRow,
    func.pg_sleep(bindparam("seconds", type_=Float)).table_valued("slept", name="nap"),
    columns={"answer": 1 / bindparam("divisor", type_=Integer)},
)


class ServerRow(Row):
    process: int


SERVERS = Listing(ServerRow, select(func.pg_backend_pid().label("process")).subquery("server"))


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app", pool_size=1)
    yield database
    await database.close()


def context_of(database: Database) -> RequestContext:
    return RequestContext(database, Principal("ada", uuid7(), frozenset()))


async def answer(reader: Reader, *, seconds: float = 0, divisor: int = 1) -> int:
    return await reader.value(ANSWERS, "answer", seconds=seconds, divisor=divisor)


async def assert_serves(database: Database) -> None:
    async with asyncio.timeout(10), database.reader(uuid7()) as reader:
        assert await answer(reader) == 1


@pytest.mark.parametrize("turns", range(12))
async def test_after_a_read_is_cancelled_at_any_moment_the_only_connection_serves_again(database: Database, turns: int):
    for _ in range(3):
        context = context_of(database)
        task = asyncio.create_task(answer(context.reader, seconds=30))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await context.close()

        await assert_serves(database)


async def test_after_a_statement_under_way_is_cancelled_the_only_connection_serves_again(database: Database):
    context = context_of(database)
    assert await answer(context.reader) == 1
    task = asyncio.create_task(answer(context.reader, seconds=30))
    await sleeping(database)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    # the same operation reads on, in another transaction
    assert await answer(context.reader) == 1
    await context.close()
    await assert_serves(database)


async def sleeping(database: Database) -> None:
    """Wait until the server sleeps for somebody; the ORM's connections are others than the readers'."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename = current_user")
    async with asyncio.timeout(10), database.across_tenants() as session:
        while not (await session.execute(query)).scalar_one():
            await session.execute(text("SELECT pg_stat_clear_snapshot()"))


async def test_closing_waits_for_a_read_under_way_and_refuses_later_ones(database: Database):
    context = context_of(database)
    reading = asyncio.create_task(answer(context.reader, seconds=0.05))
    await asyncio.sleep(0)
    await context.close()

    assert await reading == 1
    with pytest.raises(Unavailable):
        await answer(context.reader)


async def test_a_close_that_is_cancelled_while_it_waits_leaves_no_connection_behind(database: Database):
    context = context_of(database)
    reading = asyncio.create_task(answer(context.reader, seconds=0.2))
    await sleeping(database)
    closing = asyncio.create_task(context.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing

    assert await reading == 1

    await assert_serves(database)


async def test_a_statement_that_fails_leaves_the_pool_usable(database: Database):
    context = context_of(database)

    with pytest.raises(ReadFailed, match="DivisionByZeroError"):
        await answer(context.reader, divisor=0)
    await context.close()

    await assert_serves(database)


async def test_a_lost_connection_is_replaced(database: Database):
    context = context_of(database)
    own = await context.reader.value(SERVERS, "process")
    async with database.across_tenants() as session:
        await session.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": own})

    with pytest.raises(ReadFailed):
        await answer(context.reader)
    await context.close()

    await assert_serves(database)


async def test_a_database_that_is_closed_waits_for_reads_under_way(provisioned_database: ProvisionedDatabase):
    database = provisioned_database.connect("identity_app")

    async def read() -> int:
        async with database.reader(uuid7()) as reader:
            return await answer(reader, seconds=0.2)

    reading = asyncio.create_task(read())
    await sleeping(database)

    # well below the time after which connections are cut off
    async with asyncio.timeout(3):
        await database.close()

    assert await reading == 1


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(provisioned_database: ProvisionedDatabase):
    database = provisioned_database.connect("identity_app", read_timeout_seconds=0.05)
    async with database.reader(uuid7()) as reader:
        with pytest.raises(Unavailable):
            await answer(reader, seconds=30)
    await database.close()


async def test_connections_are_opened_when_needed_and_all_closed_at_the_end(provisioned_database: ProvisionedDatabase):
    database = provisioned_database.connect("payments_worker", pool_size=2)
    query = text("SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()")

    async def others() -> int:
        async with database.across_tenants() as session:
            return (await session.execute(query)).scalar_one()

    before = await others()
    async with database.reader(uuid7()) as one, database.reader(uuid7()) as two:
        await asyncio.gather(answer(one), answer(two))
        during = await others()
        third = asyncio.create_task(assert_serves(database))
        await asyncio.sleep(0)
        is_third_waiting = not third.done()
    await third

    assert (before, during, is_third_waiting) == (0, 2, True)
    await database.close()
