"""Inbox: a consumer's effect and the mark "seen" commit together, so each event takes effect once per consumer."""

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import utcnow
from kernel.database.connection import Database
from kernel.events import Envelope, EventHandler
from kernel.identity import Principal
from kernel.telemetry import bound_request, trace_id_of

inbox_table = Table(
    "inbox",
    MetaData(),
    Column("tenant_id", Uuid, primary_key=True),
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)


async def handle_once(database: Database, consumer: str, handler: EventHandler, envelope: Envelope) -> bool:
    """Run `handler` for `envelope` unless `consumer` has seen it; False when it had.

    Logs and further events belong to the request that caused the first event.
    """
    trace_id = trace_id_of(envelope.traceparent)
    with bound_request(request_id=envelope.correlation_id, trace_id=trace_id, tenant=str(envelope.tenant_id)):
        return await _handle(database, consumer, handler, envelope)


async def _handle(database: Database, consumer: str, handler: EventHandler, envelope: Envelope) -> bool:
    principal = consumer_principal(consumer, envelope)
    async with database.transaction(principal, causation_id=envelope.id) as tx:
        mark = (
            insert(inbox_table)
            .values(tenant_id=envelope.tenant_id, consumer=consumer, event_id=envelope.id, seen_at=utcnow())
            .on_conflict_do_nothing()
            .returning(inbox_table.c.event_id)
        )
        if (await tx.session.execute(mark)).scalar_one_or_none() is None:
            return False
        await handler.handle(tx, envelope)
        return True


def consumer_principal(consumer: str, envelope: Envelope) -> Principal:
    """A consumer acts as a service, for the tenant the event belongs to."""
    return Principal(subject=consumer, tenant_id=envelope.tenant_id, roles=frozenset({"service"}), client_id=consumer)
