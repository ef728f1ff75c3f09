"""An event takes effect once, in the name of the request that caused it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from kernel.clock import utcnow
from kernel.database import Database, Transaction
from kernel.events import Actor, Envelope, EventHandler
from kernel.ids import uuid7
from kernel.inbox import handle_once
from kernel.telemetry import current_request_id, current_trace_id, get_logger
from tests.factories.databases import ProvisionedDatabase, behind_the_api

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
async def database(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    opened = provisioned_database.connect("catalog_app", pool_size=2)
    yield opened
    await opened.close()


async def test_a_handler_works_in_the_name_of_the_first_request_and_only_once(
    database: Database, caplog: pytest.LogCaptureFixture
):
    tenant_id = uuid7()
    fact = Envelope(
        id=uuid7(),
        subject="retail.test.done.v1",
        tenant_id=tenant_id,
        occurred_at=utcnow(),
        key=uuid7(),
        correlation_id="request-of-the-buyer",
        traceparent=f"00-{TRACE}-00f067aa0ba902b7-01",
        actor=Actor(service="test"),
        data={},
    )
    seen: list[tuple[str | None, str | None]] = []

    async def note(_tx: Transaction, _envelope: Envelope) -> None:
        seen.append((current_request_id(), current_trace_id()))
        get_logger(__name__).warning("noted")

    handler = EventHandler(fact.subject, note)

    outcomes = [await handle_once(database, "test", handler, fact) for _ in range(2)]

    assert outcomes == [True, False]
    assert seen == [("request-of-the-buyer", TRACE)]
    assert [record.msg["tenant"] for record in caplog.records if record.name == __name__] == [str(tenant_id)]
    assert (current_request_id(), current_trace_id()) == (None, None)
    async with behind_the_api(database, tenant_id) as session:
        assert (await session.execute(text("SELECT count(*) FROM inbox"))).scalar_one() == 1
