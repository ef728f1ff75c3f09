"""Tenants that take turns on two connections, cancelled and failing at any moment, see their own rows only."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import Float, Integer, bindparam, func, select

from kernel.clock import utcnow
from kernel.database import Database, Listing, ReadFailed, Row
from kernel.graphql import RequestContext
from kernel.identity import Principal
from kernel.ids import uuid7
from subgraphs.identity.model import User
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


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app", pool_size=2)
    yield database
    await database.close()


async def settle(database: Database) -> UUID:
    """A tenant with one user."""
    tenant = uuid7()
    user = User(
        tenant_id=tenant,
        id=uuid7(),
        keycloak_id="ada",
        email="ada@example.test",
        display_name="Ada",
        roles=[],
        is_active=True,
        created_at=utcnow(),
        version=1,
    )
    async with behind_the_api(database, tenant) as session:
        session.add(user)
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
                    own = [(row.tenant_id, row.fence) for row in rows] == [(tenant, str(tenant))]
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
