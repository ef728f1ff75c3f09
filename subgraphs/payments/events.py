"""Facts payments publishes (domain.md §5, 35 to 39)."""

from typing import ClassVar
from uuid import UUID

from kernel.events import Event


class _OrderPayment(Event):
    payment_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str

    @property
    def key(self) -> UUID:
        """The payment."""
        return self.payment_id


class PaymentInitiated(_OrderPayment):
    """The intent to charge an order is stored; the provider is asked next."""

    subject: ClassVar[str] = "retail.payment.initiated.v1"


class PaymentCompleted(_OrderPayment):
    """The order's total is captured."""

    subject: ClassVar[str] = "retail.payment.completed.v1"


class PaymentFailed(_OrderPayment):
    """Nothing is captured; `code` is the provider's reason, or PROVIDER_TIMEOUT."""

    subject: ClassVar[str] = "retail.payment.failed.v1"

    code: str


class PaymentRefunded(Event):
    """Money went back. `return_id` is null when a cancelled order was paid back; `order_id` for a bare credit."""

    subject: ClassVar[str] = "retail.payment.refunded.v1"

    refund_id: UUID
    payment_id: UUID | None
    return_id: UUID | None
    order_id: UUID | None
    amount_minor: int
    currency: str

    @property
    def key(self) -> UUID:
        """The refund."""
        return self.refund_id


PUBLISHED: tuple[type[Event], ...] = (PaymentInitiated, PaymentCompleted, PaymentFailed, PaymentRefunded)
