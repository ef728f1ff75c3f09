"""What a till did, perhaps without a network, and what became of it here: the journal of its batches."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import TenantOwned
from subgraphs.identity.model.tables import IdentityTable


class TillItemStatus(StrEnum):
    """What became of an item."""

    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"
    NEEDS_REVIEW = "NEEDS_REVIEW"


class TillItemCode(StrEnum):
    """Why an item was not simply accepted, besides the codes of refusals."""

    UNKNOWN_KIND = "UNKNOWN_KIND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    CARRIED_OUT_OFFLINE = "CARRIED_OUT_OFFLINE"


@dataclass(frozen=True, slots=True)
class TillItemOutcome:
    """The answer to one item; `field` is a place within its body."""

    status: TillItemStatus
    code: str | None = None
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TillDeed:
    """What the till says: `id` and `batch_id` are its own, `body` is a JSON object as text."""

    id: UUID
    batch_id: UUID
    device_id: UUID
    kind: str
    occurred_at: datetime
    body: str


class TillItem(TenantOwned, IdentityTable):
    """One item, known by the id that the till gave it; its row is written before its effect, in one transaction."""

    __tablename__ = "till_item"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(Uuid)
    device_id: Mapped[UUID] = mapped_column(Uuid)
    cashier: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)

    def outcome_for(self, deed: TillDeed, cashier: str) -> TillItemOutcome:
        """The answer when an item of this id comes again."""
        told = (deed.device_id, cashier, deed.kind, deed.occurred_at, deed.body)
        if told != (self.device_id, self.cashier, self.kind, self.occurred_at, self.body):
            return TillItemOutcome(
                TillItemStatus.REJECTED,
                TillItemCode.IDEMPOTENCY_KEY_REUSED,
                reason="an item of this id was something else",
            )
        if deed.batch_id != self.batch_id:
            return TillItemOutcome(TillItemStatus.DUPLICATE, self.code, self.field, self.reason)
        return TillItemOutcome(TillItemStatus(self.status), self.code, self.field, self.reason)
