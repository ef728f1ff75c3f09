from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kernel.database import Database, Transaction
from kernel.identity import Principal
from kernel.ids import uuid7
from subgraphs.identity.events import UserDeleted
from subgraphs.identity.model import Tenant
from tests.factories.databases import ProvisionedDatabase, behind_the_api


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("identity_app")
    yield database
    await database.close()


async def test_an_error_of_the_database_does_not_repeat_what_was_sent_to_it(database: Database):
    async with behind_the_api(database, uuid7()) as session:
        with pytest.raises(DBAPIError) as failure:
            await session.execute(text("SELECT 1 / 0, CAST(:email AS text)"), {"email": "ada@example.org"})

    assert "ada@example.org" not in str(failure.value)


async def test_a_fact_of_an_aggregate_that_is_otherwise_unchanged_and_forgotten_is_published(database: Database):
    principal = Principal("ada", uuid7(), frozenset())
    user_id = uuid7()
    async with database.transaction(principal) as tx:
        tx.session.add(Tenant.create(tx.tenant_id, slug=f"t-{tx.tenant_id}", name="T", currency="GBP"))

    async with database.transaction(principal) as tx:
        await record_and_forget(tx, user_id)

    async with behind_the_api(database, tx.tenant_id) as session:
        query = text("SELECT envelope::jsonb #>> '{data,userId}' FROM outbox WHERE subject = :subject")
        assert (await session.scalars(query, {"subject": UserDeleted.subject})).all() == [str(user_id)]


async def record_and_forget(tx: Transaction, user_id: UUID) -> None:
    tenant = (await tx.session.scalars(select(Tenant))).one()
    tenant.record(UserDeleted(user_id=user_id))
