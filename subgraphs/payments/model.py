"""Payments and refunds, mapped, with the only edges their states may take."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, Boolean, DateTime, Enum, Integer, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate, TenantOwned, context_metadata
from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.payments.errors import InvalidAmount
from subgraphs.payments.events import PaymentCompleted, PaymentFailed, PaymentInitiated, PaymentRefunded

PROVIDER_TIMEOUT = "PROVIDER_TIMEOUT"
AMOUNT_MISMATCH = "AMOUNT_MISMATCH"


class PaymentStatus(StrEnum):
    """PENDING until the provider's answer is known; VOIDED when the order was given up, whatever was captured."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    VOIDED = "VOIDED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


class PaymentMethod(StrEnum):
    """How the customer pays."""

    CARD = "CARD"


class RefundStatus(StrEnum):
    """PENDING until the provider has given the money back."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class RefundReason(StrEnum):
    """A customer's return, or an order that was given up after money was captured."""

    RETURN = "RETURN"
    VOID = "VOID"


class TaskKind(StrEnum):
    """What the provider must be asked: what became of a charge, or to give money back."""

    RESOLVE = "RESOLVE"
    REFUND = "REFUND"


class PaymentsTable(DeclarativeBase):
    """Tables of the schema `payments`."""

    metadata = context_metadata("payments")


class OrderAccount(TenantOwned, PaymentsTable):
    """One row per order that commands on its money lock first; voided is the tombstone against a late charge."""

    __tablename__ = "order_account"

    order_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    is_voided: Mapped[bool] = mapped_column(Boolean)


class Payment(Aggregate, PaymentsTable):
    """An attempt to capture an order's total.

    `claimed_minor` is what refunds have been asked of the captured amount, done or not: it keeps two refunds from
    spending the same money.
    """

    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[PaymentStatus] = mapped_column(Enum(PaymentStatus, native_enum=False))
    is_settled: Mapped[bool] = mapped_column(Boolean)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(CHAR(3))
    captured_minor: Mapped[int] = mapped_column(BigInteger)
    claimed_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[PaymentMethod] = mapped_column(Enum(PaymentMethod, native_enum=False))
    provider: Mapped[str] = mapped_column(Text)
    provider_key: Mapped[str] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Text)
    failure_code: Mapped[str | None] = mapped_column(Text)
    attempted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    @classmethod
    def intend(cls, tenant_id: UUID, order_id: UUID, amount: Money, *, provider: str, provider_key: str) -> "Payment":
        """The intent to charge, stored before the provider is asked. Nothing to pay is paid at once.

        Raises:
            InvalidAmount: the amount is negative.
        """
        if amount.minor < 0:
            raise InvalidAmount("must not be negative", field=("amount",))
        payment = cls(
            tenant_id=tenant_id,
            id=uuid7(),
            order_id=order_id,
            status=PaymentStatus.PENDING,
            is_settled=False,
            amount_minor=amount.minor,
            currency=amount.currency,
            captured_minor=0,
            claimed_minor=0,
            refunded_minor=0,
            method=PaymentMethod.CARD,
            provider=provider,
            provider_key=provider_key,
            created_at=utcnow(),
        )
        payment.record(payment._fact(PaymentInitiated))
        if amount.minor == 0:
            payment.capture(amount, reference=None)
        return payment

    @property
    def is_known(self) -> bool:
        """True when the provider has answered, or does not know of the charge and had time enough to."""
        return self.is_settled or self.failure_code == PROVIDER_TIMEOUT

    @property
    def unclaimed_minor(self) -> int:
        """What may still be refunded."""
        return self.captured_minor - self.claimed_minor

    def capture(self, amount: Money, *, reference: str | None) -> None:
        """The provider has the money; hearing it twice changes nothing.

        Money captured after we gave up or voided, or after a decline was heard, stays unclaimed: the caller gives it
        back. So does an amount that is not the one we asked for.
        """
        if self.captured_minor != 0 or self.status is PaymentStatus.COMPLETED:
            return
        self.is_settled = True
        self.provider_reference = reference
        self.captured_minor = amount.minor
        if self.status is not PaymentStatus.PENDING:
            self.status = PaymentStatus.VOIDED
        elif amount != Money(self.amount_minor, self.currency):
            self._fail(AMOUNT_MISMATCH)
        else:
            self.status = PaymentStatus.COMPLETED
            self.record(self._fact(PaymentCompleted))

    def decline(self, code: str, *, reference: str | None) -> None:
        """The provider captured nothing and never will."""
        if self.is_settled:
            return
        self.is_settled = True
        self.provider_reference = reference
        if self.status is PaymentStatus.PENDING:
            self._fail(code)

    def give_up(self) -> None:
        """Stop waiting for a charge the provider does not know of; should it come late, it goes back."""
        if self.is_settled:
            return
        self.failure_code = PROVIDER_TIMEOUT
        self._settle_unless_attempted()
        if self.status is PaymentStatus.PENDING:
            self._fail(PROVIDER_TIMEOUT)

    def void(self) -> None:
        """The order was given up: whatever is or will be captured goes back."""
        if self.status not in {PaymentStatus.FAILED, PaymentStatus.REFUNDED}:
            self.status = PaymentStatus.VOIDED
            self._settle_unless_attempted()

    def begin_attempt(self) -> bool:
        """The provider is asked next; False when that must not be any more. No request is sent without this."""
        if self.status is not PaymentStatus.PENDING:
            return False
        self.attempted_at = utcnow()
        return True

    @property
    def owed_minor(self) -> int:
        """Captured money that must go back without anybody returning goods."""
        is_unwanted = self.status in {PaymentStatus.VOIDED, PaymentStatus.FAILED}
        return self.unclaimed_minor if is_unwanted else 0

    def claim(self, minor: int) -> None:
        """Set money aside for a refund; the caller has checked `unclaimed_minor`."""
        self.claimed_minor += minor

    def unclaim(self, minor: int) -> None:
        """A refund was refused for good."""
        self.claimed_minor -= minor

    def give_back(self, minor: int) -> None:
        """The provider has given claimed money back."""
        self.refunded_minor += minor
        if self.status in {PaymentStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED}:
            is_all = self.refunded_minor == self.captured_minor
            self.status = PaymentStatus.REFUNDED if is_all else PaymentStatus.PARTIALLY_REFUNDED

    def _settle_unless_attempted(self) -> None:
        """What was never sent, and now never will be, cannot be captured."""
        if self.attempted_at is None:
            self.is_settled = True

    def _fail(self, code: str) -> None:
        self.status = PaymentStatus.FAILED
        self.failure_code = code
        self.record(
            PaymentFailed(
                payment_id=self.id,
                order_id=self.order_id,
                amount_minor=self.amount_minor,
                currency=self.currency,
                code=code,
            )
        )

    def _fact(self, kind: type[PaymentInitiated] | type[PaymentCompleted]) -> PaymentInitiated | PaymentCompleted:
        return kind(payment_id=self.id, order_id=self.order_id, amount_minor=self.amount_minor, currency=self.currency)


class Refund(Aggregate, PaymentsTable):
    """Money to give back: of a payment, or as a credit when there is no order."""

    __tablename__ = "refund"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    payment_id: Mapped[UUID | None] = mapped_column(Uuid)
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    return_id: Mapped[UUID | None] = mapped_column(Uuid)
    reason: Mapped[RefundReason] = mapped_column(Enum(RefundReason, native_enum=False))
    status: Mapped[RefundStatus] = mapped_column(Enum(RefundStatus, native_enum=False))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(CHAR(3))
    provider_reference: Mapped[str | None] = mapped_column(Text)
    failure_code: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    @classmethod
    def of_return(cls, tenant_id: UUID, return_id: UUID, order_id: UUID | None, amount: Money) -> "Refund":
        """What a return is worth. The payment is chosen when the provider is asked; nothing to give is given at once.

        Raises:
            InvalidAmount: the amount is negative.
        """
        if amount.minor < 0:
            raise InvalidAmount("must not be negative", field=("refundMinor",))
        refund = cls._pending(tenant_id, amount, RefundReason.RETURN)
        refund.return_id = return_id
        refund.order_id = order_id
        if amount.minor == 0:
            refund.complete(None)
        return refund

    @classmethod
    def of_void(cls, payment: Payment) -> "Refund":
        """All that is owed of a payment nobody wants any more; claimed at once."""
        refund = cls._pending(payment.tenant_id, Money(payment.owed_minor, payment.currency), RefundReason.VOID)
        refund.payment_id = payment.id
        refund.order_id = payment.order_id
        payment.claim(refund.amount_minor)
        return refund

    def complete(self, reference: str | None) -> bool:
        """The provider has given it back; False when that was known."""
        if self.status is not RefundStatus.PENDING:
            return False
        self.status = RefundStatus.COMPLETED
        self.provider_reference = reference
        self.record(
            PaymentRefunded(
                refund_id=self.id,
                payment_id=self.payment_id,
                return_id=self.return_id,
                order_id=self.order_id,
                amount_minor=self.amount_minor,
                currency=self.currency,
            )
        )
        return True

    def fail(self, code: str) -> bool:
        """It cannot be given back; somebody has to look. False when its end was known."""
        if self.status is not RefundStatus.PENDING:
            return False
        self.status = RefundStatus.FAILED
        self.failure_code = code
        return True

    @classmethod
    def _pending(cls, tenant_id: UUID, amount: Money, reason: RefundReason) -> "Refund":
        return cls(
            tenant_id=tenant_id,
            id=uuid7(),
            reason=reason,
            status=RefundStatus.PENDING,
            amount_minor=amount.minor,
            currency=amount.currency,
            created_at=utcnow(),
        )


class ProviderTask(TenantOwned, PaymentsTable):
    """Work that needs the provider and must not be forgotten: a worker finds it by `next_run_at`."""

    __tablename__ = "provider_task"

    kind: Mapped[TaskKind] = mapped_column(Enum(TaskKind, native_enum=False), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    next_run_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fence: Mapped[int] = mapped_column(BigInteger)
    last_error: Mapped[str | None] = mapped_column(Text)
