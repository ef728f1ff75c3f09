"""The mails to be sent, as rows: due, held by a sender for a minute, or settled. Times are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row

from kernel.database import Database, Transaction

ORDER_CONFIRMATION: Final = "order-confirmation"
LEASE_SECONDS: Final = 60

_NOTE: Final = text("""
    INSERT INTO workers.notification_delivery (tenant_id, event_id, channel, subject_id, state)
    VALUES (:tenant_id, :event_id, :channel, :subject_id, 'PENDING')
    ON CONFLICT DO NOTHING
""")
# a SENDING row whose lease ran out belongs to a sender that died, perhaps after the mail had left
_DUE: Final = """
    (state = 'PENDING' AND next_attempt_at <= now() OR state = 'SENDING' AND lease_until <= now())
"""
_HOLD: Final = """
    UPDATE workers.notification_delivery AS delivery
    SET state = 'SENDING', attempts = attempts + 1, updated_at = now(),
        lease_until = now() + make_interval(secs => :lease_seconds)
"""
_RETURNING: Final = "RETURNING delivery.tenant_id, delivery.event_id, delivery.subject_id, delivery.attempts"
_CLAIM: Final = text(f"""
    {_HOLD} WHERE tenant_id = :tenant_id AND event_id = :event_id AND channel = :channel AND {_DUE} {_RETURNING}
""")
_CLAIM_DUE: Final = text(f"""
    {_HOLD} FROM (
        SELECT tenant_id AS due_tenant, event_id AS due_event FROM workers.notification_delivery
        WHERE channel = :channel AND {_DUE} ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE delivery.tenant_id = due_tenant AND delivery.event_id = due_event AND delivery.channel = :channel
    {_RETURNING}
""")  # noqa: S608 - constants of this module
_SETTLE: Final = text("""
    UPDATE workers.notification_delivery
    SET state = :state, reason = :reason, lease_until = NULL, updated_at = now(),
        next_attempt_at = now() + make_interval(secs => :delay_seconds)
    WHERE tenant_id = :tenant_id AND event_id = :event_id AND channel = :channel
      AND state = 'SENDING' AND attempts = :attempts
    RETURNING event_id
""")


class DeliveryState(StrEnum):
    """How a delivery stands after an attempt."""

    PENDING = "PENDING"
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery this sender holds; `attempts` counts this one and is the fence."""

    tenant_id: UUID
    event_id: UUID
    order_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What an attempt led to. PENDING means another attempt after `delay_seconds`."""

    state: DeliveryState
    reason: str | None = None
    delay_seconds: float = 0.0


async def note_delivery(tx: Transaction, event_id: UUID, order_id: UUID) -> None:
    """Remember that the order's confirmation is to be sent; the same event again changes nothing."""
    values = {
        "tenant_id": tx.tenant_id,
        "event_id": event_id,
        "channel": ORDER_CONFIRMATION,
        "subject_id": order_id,
    }
    await tx.session.execute(_NOTE, values)


class Deliveries:
    """Claims and settles deliveries of all tenants; `database` is the role `workers_worker`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, tenant_id: UUID, event_id: UUID) -> ClaimedDelivery | None:
        """Hold a due delivery; None when it is settled, held by another sender, or waits."""
        values: dict[str, object] = {"tenant_id": tenant_id, "event_id": event_id}
        async with self._database.across_tenants() as session:
            row = (await session.execute(_CLAIM, {**values, **_holding()})).one_or_none()
        return _claimed(row) if row is not None else None

    async def claim_due(self, most: int) -> Sequence[ClaimedDelivery]:
        """Hold up to `most` due deliveries, the longest due first."""
        async with self._database.across_tenants() as session:
            rows = await session.execute(_CLAIM_DUE, {"most": most, **_holding()})
            return [_claimed(row) for row in rows]

    async def settle(self, claim: ClaimedDelivery, outcome: DeliveryOutcome) -> bool:
        """Record what the attempt led to; False when the lease ran out and another sender took over."""
        values = {
            "tenant_id": claim.tenant_id,
            "event_id": claim.event_id,
            "channel": ORDER_CONFIRMATION,
            "attempts": claim.attempts,
            "state": outcome.state,
            "reason": outcome.reason,
            "delay_seconds": outcome.delay_seconds,
        }
        async with self._database.across_tenants() as session:
            return (await session.execute(_SETTLE, values)).one_or_none() is not None


def _holding() -> dict[str, object]:
    return {"channel": ORDER_CONFIRMATION, "lease_seconds": LEASE_SECONDS}


def _claimed(row: Row[tuple[UUID, UUID, UUID, int]]) -> ClaimedDelivery:
    return ClaimedDelivery(*row)
