"""Transactional outbox: events are rows of the same transaction; a relay carries them to the bus (X-01).

The table is called `outbox` in each context's own schema and is found through the role's search_path.
Rows stay after publishing: they are the replayable log.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, Uuid, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.clock import utcnow
from kernel.events import Actor, Envelope, Event
from kernel.ids import uuid7
from kernel.telemetry import current_request_id, outgoing_headers

if TYPE_CHECKING:
    from kernel.database.transaction import Transaction

# no schema here: each role's search_path leads to its own context's table
outbox_table = Table(
    "outbox",
    MetaData(),
    Column("tenant_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(always=True)),
    Column("subject", Text, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
)


async def append_to_outbox(tx: "Transaction", events: Sequence[Event]) -> None:
    """Insert one row per event, in the order they were raised."""
    now = utcnow()
    envelopes = [_envelope(tx, event, now) for event in events]
    rows = [
        {
            "tenant_id": envelope.tenant_id,
            "id": envelope.id,
            "subject": envelope.subject,
            "envelope": envelope.to_json(),
            "created_at": now,
        }
        for envelope in envelopes
    ]
    await tx.session.execute(insert(outbox_table), rows)


def _envelope(tx: "Transaction", event: Event, now: datetime) -> Envelope:
    principal = tx.principal
    return Envelope(
        id=uuid7(),
        subject=event.subject,
        tenant_id=tx.tenant_id,
        occurred_at=now,
        key=event.key,
        correlation_id=current_request_id() or str(uuid7()),
        causation_id=tx.causation_id,
        actor=Actor(service=principal.client_id) if principal.is_service else Actor(user_id=principal.subject),
        traceparent=outgoing_headers().get("traceparent"),
        data=event.model_dump(mode="json", by_alias=True),
    )


async def unpublished(session: AsyncSession, limit: int) -> Sequence[tuple[UUID, UUID, int, str]]:
    """Lock the oldest rows no relay has published: (tenant_id, id, seq, envelope JSON)."""
    query = (
        select(outbox_table.c.tenant_id, outbox_table.c.id, outbox_table.c.seq, outbox_table.c.envelope)
        .where(outbox_table.c.published_at.is_(None))
        .order_by(outbox_table.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.tenant_id, row.id, row.seq, row.envelope) for row in await session.execute(query)]


async def mark_published(session: AsyncSession, seqs: Sequence[int]) -> None:
    """Remember that the bus has these events, which were unpublished until now."""
    marked = update(outbox_table).where(outbox_table.c.published_at.is_(None), outbox_table.c.seq.in_(seqs))
    await session.execute(marked.values(published_at=utcnow()))
