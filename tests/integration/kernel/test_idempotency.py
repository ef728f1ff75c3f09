import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.database import Database, Transaction
from kernel.errors import BadUserInput, IdempotencyKeyReused, Refusal
from kernel.idempotency import IdempotencyKey, run_once
from kernel.identity import Principal
from kernel.ids import uuid7
from tests.factories.databases import ProvisionedDatabase, behind_the_api


@dataclass(frozen=True, slots=True)
class Sell:
    quantity: int


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app", pool_size=20)
    yield database
    await database.close()


@pytest.fixture
def principal() -> Principal:
    return Principal("ada", uuid7(), frozenset({"cashier"}))


async def sell_once(  # noqa: PLR0917 - one line per test
    database: Database, principal: Principal, key: str, command: Sell, made: list[UUID]
) -> UUID:
    async with database.transaction(principal) as tx:

        async def effect() -> UUID:
            sale = uuid7()
            made.append(sale)
            return sale

        return await run_once(tx, IdempotencyKey("sell", key), command, effect, UUID)


async def test_fifty_concurrent_calls_with_one_key_have_one_effect_and_one_answer(
    database: Database, principal: Principal
):
    made: list[UUID] = []

    answers = await asyncio.gather(*(sell_once(database, principal, "k", Sell(1), made) for _ in range(50)))

    assert len(made) == 1
    assert set(answers) == {made[0]}


async def test_the_same_key_with_another_command_is_refused_and_changes_nothing(
    database: Database, principal: Principal
):
    made: list[UUID] = []
    await sell_once(database, principal, "k", Sell(1), made)

    with pytest.raises(IdempotencyKeyReused):
        await sell_once(database, principal, "k", Sell(2), made)

    assert len(made) == 1


async def test_keys_of_two_tenants_or_two_principals_do_not_meet(database: Database, principal: Principal):
    made: list[UUID] = []
    others = [Principal("ada", uuid7(), principal.roles), Principal("bob", principal.tenant_id, principal.roles)]

    for caller in [principal, *others]:
        await sell_once(database, caller, "k", Sell(1), made)

    assert len(made) == 3


async def test_a_refusal_frees_the_key(database: Database, principal: Principal):
    async def refuse(_tx: Transaction) -> UUID:
        raise Refusal("sold out", code="SOLD_OUT")

    async def attempt() -> None:
        async with database.transaction(principal) as tx:
            await run_once(tx, IdempotencyKey("sell", "k"), Sell(1), lambda: refuse(tx), UUID)

    with pytest.raises(Refusal):
        await attempt()
    made: list[UUID] = []
    await sell_once(database, principal, "k", Sell(1), made)

    assert len(made) == 1


@pytest.mark.parametrize("key", ["", "x" * 129])
async def test_a_key_must_have_1_to_128_characters(database: Database, principal: Principal, key: str):
    with pytest.raises(BadUserInput):
        await sell_once(database, principal, key, Sell(1), [])


async def test_a_rolled_back_savepoint_does_not_open_the_tenant_fence(database: Database, principal: Principal):
    async with database.transaction(principal) as tx:
        async with tx.session.begin_nested() as savepoint:
            await savepoint.rollback()
        tenant = (await tx.session.execute(text("SELECT current_setting('app.tenant')"))).scalar_one()

    assert tenant == str(principal.tenant_id)


async def test_a_connection_returned_to_the_pool_has_no_tenant(provisioned_database: ProvisionedDatabase):
    database = provisioned_database.connect("identity_app", pool_size=1)
    async with behind_the_api(database, uuid7()) as session:
        await session.execute(text("SELECT 1"))

    async with database.across_tenants() as session:
        tenant = (await session.execute(text("SELECT NULLIF(current_setting('app.tenant', true), '')"))).scalar_one()
        visible = (await session.execute(text('SELECT count(*) FROM "user"'))).scalar_one()
    await database.close()

    assert tenant is None
    assert visible == 0
