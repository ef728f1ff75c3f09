"""The persisted state of a checkout saga. What moves it is workers/checkout_saga."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database.aggregate import TenantOwned
from kernel.ids import uuid7
from subgraphs.orders.model.tables import OrdersTable


class SagaState(StrEnum):
    """Where the saga is headed, or how it ended."""

    RUNNING = "RUNNING"
    COMPENSATING = "COMPENSATING"
    COMPLETED = "COMPLETED"
    COMPENSATED = "COMPENSATED"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"

    @property
    def is_live(self) -> bool:
        """True while a worker has something to do."""
        return self in {SagaState.RUNNING, SagaState.COMPENSATING}


class SagaStep(StrEnum):
    """The step being done, or the last one done."""

    RESERVE_STOCK = "RESERVE_STOCK"
    CHARGE = "CHARGE"
    RESOLVE_CHARGE = "RESOLVE_CHARGE"
    COMMIT_STOCK = "COMMIT_STOCK"
    CONFIRM_ORDER = "CONFIRM_ORDER"
    VOID_CHARGE = "VOID_CHARGE"
    RELEASE_STOCK = "RELEASE_STOCK"
    CANCEL_ORDER = "CANCEL_ORDER"


@dataclass(frozen=True, slots=True)
class StockLine:
    """Pieces of one variant."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class SagaPayload:
    """What the steps need to know; the payment token is forgotten when the saga ends."""

    total_minor: int
    currency: str
    lines: tuple[StockLine, ...]
    payment_token: str | None = None


_PAYLOAD = TypeAdapter(SagaPayload)


class CheckoutSaga(TenantOwned, OrdersTable):
    """One row per order."""

    __tablename__ = "checkout_saga"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    next_run_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    fence: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)

    @classmethod
    def start(cls, tenant_id: UUID, order_id: UUID, payload: SagaPayload, now: datetime) -> "CheckoutSaga":
        """A saga that is due at once and nobody holds. An order of charges alone has no stock to reserve."""
        first = SagaStep.RESERVE_STOCK if payload.lines else SagaStep.CHARGE
        if not payload.lines and payload.total_minor == 0:
            first = SagaStep.CONFIRM_ORDER
        return cls(
            tenant_id=tenant_id,
            id=uuid7(),
            order_id=order_id,
            state=SagaState.RUNNING,
            step=first,
            attempts=0,
            # the epoch is before any database clock's present
            next_run_at=datetime.fromtimestamp(0, tz=now.tzinfo),
            lease_until=datetime.fromtimestamp(0, tz=now.tzinfo),
            fence=0,
            created_at=now,
            updated_at=now,
            payload=_PAYLOAD.dump_python(payload, mode="json"),
        )


def read_payload(stored: object) -> SagaPayload:
    """The payload as `start` stored it."""
    return _PAYLOAD.validate_python(stored)
