"""Tenants that take turns on two connections, cancelled and failing at any moment, see their own rows only."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import Float, Integer, bindparam, func, select, text

from kernel.clock import utcnow
from kernel.database import Database, Listing, ReadFailed, Row
from kernel.graphql import RequestContext
from kernel.identity import Principal
from kernel.ids import uuid7
from subgraphs.identity.model import AccountState, User
from tests.factories.databases import ProvisionedDatabase, behind_the_api


class UserRow(Row):
    tenant_id: UUID
    fence: str


class AnswerRow(Row):
    answer: int


class FenceRow(Row):
    fence: str


USERS = Listing(UserRow, User, columns={"fence": func.current_setting("app.tenant")})
ANSWERS = Listing(
    AnswerRow,
    func.pg_sleep(bindparam("seconds", type_=Float)).table_valued("slept", name="nap"),
    columns={"answer": 1 / bindparam("divisor", type_=Integer)},
)
FENCES = Listing(FenceRow, select(func.current_setting("app.tenant").label("fence")).subquery("setting"))
SEEN = select(User.tenant_id, func.current_setting("app.tenant")).distinct()


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app", pool_size=2)
    yield database
    await database.close()


def a_user(tenant: UUID) -> User:
    id = uuid7()  # noqa: A001 - the column's name
    return User(
        tenant_id=tenant,
        id=id,
        keycloak_id=str(id),
        email=f"{id}@example.test",
        display_name="Ada",
        roles=[],
        store_ids=[],
        account_state=AccountState.IN_STEP,
        membership_slot=0,
        is_active=True,
        created_at=utcnow(),
        version=1,
    )


async def settle(database: Database) -> UUID:
    """A tenant with one user."""
    tenant = uuid7()
    async with behind_the_api(database, tenant) as session:
        session.add(a_user(tenant))
    return tenant


async def operate(database: Database, tenant: UUID, seen: Counter[str], chance: random.Random) -> None:
    """A few reads of one operation; some fail, some let the transaction go."""
    context = RequestContext(database, Principal("ada", tenant, frozenset()))
    try:
        for _ in range(chance.randint(1, 4)):
            match chance.randrange(6):
                case 0:
                    with pytest.raises(ReadFailed):
                        await context.reader.value(ANSWERS, "answer", seconds=0.0, divisor=0)
                case 1:
                    await context.reader.release()
                case 2:
                    await context.reader.value(ANSWERS, "answer", seconds=0.001, divisor=1)
                case _:
                    rows = await context.reader.rows(USERS, ("tenant_id", "fence"))
                    own = {(row.tenant_id, row.fence) for row in rows} == {(tenant, str(tenant))}
                    seen["own" if own else "foreign"] += 1
    finally:
        await context.close()


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_sees_rows_of_another_and_no_connection_is_lost(database: Database, seed: int):
    chance = random.Random(seed)
    tenants = [await settle(database) for _ in range(3)]
    seen: Counter[str] = Counter()

    async def client() -> None:
        for _ in range(50):
            task = asyncio.create_task(operate(database, chance.choice(tenants), seen, chance))
            for _ in range(chance.choice((0, 0, 1, 2))):
                for _ in range(chance.randrange(60)):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() or task.exception() is None

    await asyncio.gather(*(client() for _ in range(16)))

    assert seen["foreign"] == 0
    assert seen["own"] > 0
    async with asyncio.timeout(10), database.reader(tenants[0]) as one, database.reader(tenants[1]) as other:
        for reader in (one, other):
            assert await reader.value(FENCES, "fence") == str(reader.tenant_id)


class Broken(Exception):
    """What a use case may raise at any moment."""


async def write(database: Database, tenant: UUID, seen: Counter[str], chance: random.Random) -> None:
    """One write with savepoints that are rolled back: that undoes what was set after them (security.md P6)."""
    async with database.transaction(Principal("ada", tenant, frozenset())) as tx:
        for _ in range(chance.randint(0, 3)):
            with suppress(Broken):
                async with tx.session.begin_nested():
                    tx.session.add(a_user(tenant))
                    await tx.session.flush()
                    if chance.random() < 0.6:
                        raise Broken
        found = (await tx.session.execute(SEEN)).all()
        seen["foreign" if {tuple(row) for row in found} - {(tenant, str(tenant))} else "own"] += 1
        match chance.randrange(50):
            case 0:
                return
            case 1 | 2 | 3 | 4 | 5:
                # aborts the transaction in the server, too
                await tx.session.execute(text("SELECT 1 / 0"))
            case 6 | 7 | 8 | 9:
                async with asyncio.timeout(0.001):
                    await tx.session.execute(text("SELECT pg_sleep(0.01)"))
            case _:
                raise Broken


async def look(database: Database, _tenant: UUID, seen: Counter[str], _chance: random.Random) -> None:
    """Whoever takes a connection finds no tenant on it."""
    async with database._sessions() as session:
        left = await session.scalar(text("SELECT current_setting('app.tenant', true)"))
    seen["foreign" if left else "unset"] += 1


async def test_t5_two_tenants_in_64_tasks_on_two_connections_see_their_own_rows(database: Database):
    requests = int(os.environ.get("RETAILFLOW_TENANT_REQUESTS", "1280"))
    chance = random.Random(requests)
    tenants = [await settle(database) for _ in range(2)]
    seen: Counter[str] = Counter()

    async def client(tenant: UUID) -> None:
        for _ in range(requests // 64):
            work = chance.choices((operate, write, look), weights=(4, 4, 1))[0]
            task = asyncio.create_task(work(database, tenant, seen, chance))
            if chance.random() < 0.2:
                for _ in range(chance.randrange(200)):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and task.exception() is not None:
                seen[type(task.exception()).__name__] += 1

    await asyncio.gather(*(client(tenants[number % 2]) for number in range(64)))

    assert seen["foreign"] == 0
    assert seen["own"] > requests / 4
    assert seen["unset"] > requests / 20
    assert seen.keys() - {"own", "foreign", "unset"} <= {"Broken", "DBAPIError", "TimeoutError"}
    for tenant in tenants:
        async with database.reader(tenant) as reader:
            assert {row.tenant_id for row in await reader.rows(USERS, ("tenant_id",))} == {tenant}
