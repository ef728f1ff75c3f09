"""A manager's word that one cashier may do one thing at one till, once and soon."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate
from kernel.ids import uuid7
from subgraphs.identity.errors import ApprovalRefused, Invalid
from subgraphs.identity.events import ApprovalConsumed, ApprovalGranted
from subgraphs.identity.model.tables import IdentityTable

APPROVAL_SECONDS: Final = 120
_MAX_REFERENCE_LENGTH: Final = 120
_MAX_REASON_LENGTH: Final = 200


class ApprovalAction(StrEnum):
    """What needs a manager at a till."""

    PRICE_OVERRIDE = "PRICE_OVERRIDE"
    VOID = "VOID"
    DRAWER_OPEN = "DRAWER_OPEN"


class Approval(Aggregate, IdentityTable):
    """Granted by a manager's PIN; consumed by whoever carries the action out. Both people are subjects of tokens."""

    __tablename__ = "approval"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    device_id: Mapped[UUID] = mapped_column(Uuid)
    cashier: Mapped[str] = mapped_column(Text)
    approver: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    consumed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def grant(
        cls,
        tenant_id: UUID,
        *,
        device_id: UUID,
        cashier: str,
        approver: str,
        action: ApprovalAction,
        reference: str,
        reason: str,
    ) -> "Approval":
        """A new approval for the next two minutes."""
        now = utcnow()
        approval = cls(
            tenant_id=tenant_id,
            id=uuid7(),
            device_id=device_id,
            cashier=cashier,
            approver=approver,
            action=action,
            reference=reference,
            reason=reason,
            granted_at=now,
            expires_at=now + timedelta(seconds=APPROVAL_SECONDS),
        )
        approval.record(
            ApprovalGranted(
                approval_id=approval.id,
                device_id=device_id,
                cashier=cashier,
                approver=approver,
                action=action,
                reference=reference,
                reason=reason,
            )
        )
        return approval

    def consume(self, *, at: datetime | None = None) -> None:
        """Use it up; `at` is when that was by a till without network, else it is now.

        Raises:
            ApprovalRefused: it was used before, or was not good then.
        """
        moment = at or utcnow()
        if self.consumed_at is not None or not self.granted_at <= moment < self.expires_at:
            raise ApprovalRefused("this approval is used up or too old", field=("id",))
        self.consumed_at = utcnow()
        self.record(ApprovalConsumed(approval_id=self.id, device_id=self.device_id, action=self.action))


def require_told(reference: str, reason: str) -> None:
    """Refuse an approval of nothing in particular.

    Raises:
        Invalid: the reference or the reason is empty or too long.
    """
    if not reference.strip() or len(reference) > _MAX_REFERENCE_LENGTH:
        raise Invalid(f"names what it is about, in {_MAX_REFERENCE_LENGTH} characters", field=("input", "reference"))
    if not reason.strip() or len(reason) > _MAX_REASON_LENGTH:
        raise Invalid(f"says why, in {_MAX_REASON_LENGTH} characters", field=("input", "reason"))
