"""An order: what was bought, and the legal edges of its status axes (C-26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database.aggregate import Aggregate, TenantOwned
from kernel.ids import uuid7
from subgraphs.orders.errors import OrderNotPending, OrderNotReturnable, RefundExceedsPaid, ReturnExceedsSold
from subgraphs.orders.events import OrderCancelled, OrderConfirmed, OrderCreated
from subgraphs.orders.model.tables import OrdersTable


class OrderStatus(StrEnum):
    """PENDING until the checkout saga has confirmed or cancelled it."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class PaymentStatus(StrEnum):
    """Where the order's money is."""

    PENDING = "PENDING"
    NOT_REQUIRED = "NOT_REQUIRED"
    PAID = "PAID"
    FAILED = "FAILED"
    VOIDED = "VOIDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class FulfillmentStatus(StrEnum):
    """Whether the goods have left."""

    UNFULFILLED = "UNFULFILLED"


class ReturnStatus(StrEnum):
    """How much of the order came back."""

    NONE = "NONE"
    PARTIALLY_RETURNED = "PARTIALLY_RETURNED"
    RETURNED = "RETURNED"


class CancelReason(StrEnum):
    """Why the checkout saga gave up."""

    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    STOCK_LOST = "STOCK_LOST"


class OrderEventType(StrEnum):
    """What a row of the order's history tells."""

    CREATED = "CREATED"
    PAYMENT_COMPLETED = "PAYMENT_COMPLETED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    RETURN_RECEIVED = "RETURN_RECEIVED"
    REFUNDED = "REFUNDED"


class OrderAction(StrEnum):
    """What the order's state allows next."""

    RETURN = "RETURN"


@dataclass(frozen=True, slots=True)
class Placement:
    """Who orders what for how much; the total is in minor units."""

    number: str
    owner: str
    currency: str
    total: int
    country_code: str
    placed_at: datetime
    email: str | None = None
    customer_reference: str | None = None
    external_reference: str | None = None


class OrderLine(TenantOwned, OrdersTable):
    """A line as it was sold."""

    __tablename__ = "order_line"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    variant_id: Mapped[UUID | None] = mapped_column(Uuid)
    quantity: Mapped[int]
    returned_quantity: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)

    def take_back(self, quantity: int, field: tuple[str, ...]) -> None:
        """Count pieces as returned.

        Raises:
            ReturnExceedsSold: more than were sold and not yet returned.
        """
        if quantity > self.quantity - self.returned_quantity:
            left = self.quantity - self.returned_quantity
            raise ReturnExceedsSold(f"only {left} of {self.sku} can still be returned", field=field)
        self.returned_quantity += quantity


class OrderHistoryEntry(TenantOwned, OrdersTable):
    """One fact of an order's life; append-only."""

    __tablename__ = "order_history"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Order(Aggregate, OrdersTable):
    """A checked-out cart."""

    __tablename__ = "order"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    payment_status: Mapped[str] = mapped_column(Text)
    fulfillment_status: Mapped[str] = mapped_column(Text)
    return_status: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    total: Mapped[int] = mapped_column(BigInteger)
    returned_total: Mapped[int] = mapped_column(BigInteger)
    refunded_total: Mapped[int] = mapped_column(BigInteger)
    email: Mapped[str | None] = mapped_column(Text)
    country_code: Mapped[str] = mapped_column(Text)
    customer_reference: Mapped[str | None] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    CANCELLED_PAYMENT: ClassVar[Mapping[CancelReason, PaymentStatus]] = {
        CancelReason.INSUFFICIENT_STOCK: PaymentStatus.NOT_REQUIRED,
        CancelReason.PAYMENT_DECLINED: PaymentStatus.FAILED,
        CancelReason.STOCK_LOST: PaymentStatus.VOIDED,
    }

    @classmethod
    def place(cls, tenant_id: UUID, order_id: UUID, saga_id: UUID, placement: Placement) -> "Order":
        """A new PENDING order, to be driven by the saga `saga_id`."""
        order = cls(
            tenant_id=tenant_id,
            id=order_id,
            number=placement.number,
            owner=placement.owner,
            status=OrderStatus.PENDING,
            payment_status=PaymentStatus.PENDING if placement.total else PaymentStatus.NOT_REQUIRED,
            fulfillment_status=FulfillmentStatus.UNFULFILLED,
            return_status=ReturnStatus.NONE,
            currency=placement.currency,
            total=placement.total,
            returned_total=0,
            refunded_total=0,
            email=placement.email,
            country_code=placement.country_code,
            customer_reference=placement.customer_reference,
            external_reference=placement.external_reference,
            placed_at=placement.placed_at,
            created_at=utcnow(),
        )
        order.record(
            OrderCreated(
                order_id=order_id,
                saga_id=saga_id,
                number=placement.number,
                total_minor=placement.total,
                currency=placement.currency,
            )
        )
        return order

    def confirm(self) -> OrderHistoryEntry | None:
        """PENDING → CONFIRMED; None when it already is.

        Raises:
            OrderNotPending: the order is cancelled.
        """
        if self.status == OrderStatus.CONFIRMED:
            return None
        self._ensure_pending()
        self.status = OrderStatus.CONFIRMED
        if self.payment_status == PaymentStatus.PENDING:
            self.payment_status = PaymentStatus.PAID
        self.record(
            OrderConfirmed(order_id=self.id, number=self.number, total_minor=self.total, currency=self.currency)
        )
        return self.tell(OrderEventType.CONFIRMED, "stock and payment are in place")

    def cancel(self, reason: CancelReason) -> OrderHistoryEntry | None:
        """PENDING → CANCELLED; None when it already is.

        Raises:
            OrderNotPending: the order is confirmed.
        """
        if self.status == OrderStatus.CANCELLED:
            return None
        self._ensure_pending()
        self.status = OrderStatus.CANCELLED
        if self.total:
            self.payment_status = self.CANCELLED_PAYMENT[reason]
        self.record(OrderCancelled(order_id=self.id, number=self.number, reason=reason))
        return self.tell(OrderEventType.CANCELLED, reason)

    def payment_completed(self) -> OrderHistoryEntry | None:
        """The money is there; None when that is known, or the order no longer waits for it."""
        if self.status == OrderStatus.CANCELLED or self.payment_status != PaymentStatus.PENDING:
            return None
        self.payment_status = PaymentStatus.PAID
        return self.tell(OrderEventType.PAYMENT_COMPLETED, "the payment is complete")

    def accept_return(self, refund: int, *, is_complete: bool) -> OrderHistoryEntry:
        """Owe `refund` minor units back; `is_complete` when no goods are left to return.

        Raises:
            OrderNotReturnable: the order is not confirmed.
            RefundExceedsPaid: more than the order cost would go back.
        """
        if self.status != OrderStatus.CONFIRMED:
            raise OrderNotReturnable("only a confirmed order can be returned", field=("input", "orderId"))
        if self.returned_total + refund > self.total:
            raise RefundExceedsPaid("more would be refunded than was paid", field=("input", "lines"))
        self.returned_total += refund
        self.return_status = ReturnStatus.RETURNED if is_complete else ReturnStatus.PARTIALLY_RETURNED
        return self.tell(OrderEventType.RETURN_RECEIVED, f"{refund} {self.currency} (minor units) to refund")

    def refund(self, amount: int) -> OrderHistoryEntry:
        """`amount` minor units have gone back."""
        self.refunded_total += amount
        is_whole = self.refunded_total >= self.total
        self.payment_status = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED
        return self.tell(OrderEventType.REFUNDED, f"{amount} {self.currency} (minor units) refunded")

    def tell(self, kind: OrderEventType, message: str) -> OrderHistoryEntry:
        """A row of the history, for the caller to store."""
        return OrderHistoryEntry(
            tenant_id=self.tenant_id, id=uuid7(), order_id=self.id, type=kind, message=message, at=utcnow()
        )

    def _ensure_pending(self) -> None:
        if self.status != OrderStatus.PENDING:
            raise OrderNotPending(f"the order is {self.status.lower()}", field=("orderId",))


def allowed_actions(status: OrderStatus, return_status: ReturnStatus) -> tuple[OrderAction, ...]:
    """What may be done next with an order in this state."""
    can_return = status is OrderStatus.CONFIRMED and return_status is not ReturnStatus.RETURNED
    return (OrderAction.RETURN,) if can_return else ()
