"""A return: goods that came back, or money owed without goods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database.aggregate import Aggregate, TenantOwned
from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.orders.errors import Invalid, WrongCurrency
from subgraphs.orders.events import ReturnedGoods, ReturnReceived
from subgraphs.orders.model.order import OrderLine
from subgraphs.orders.model.read_models import Variant
from subgraphs.orders.model.tables import (
    MAX_MINOR,
    LineKind,
    OrdersTable,
    checked_country,
    checked_currency,
    checked_quantity,
    checked_text,
)

Path = tuple[str, ...]


class OrderReturnStatus(StrEnum):
    """RECEIVED until the money has gone back."""

    RECEIVED = "RECEIVED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class ReturnCharge:
    """Money without goods: what it is for."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class ReturnLineDraft:
    """What comes back: a line of the order, a SKU of an unreferenced return, or a charge (exactly one)."""

    quantity: int
    unit_amount: Money
    is_restocked: bool
    order_line_id: UUID | None = None
    sku: str | None = None
    charge: ReturnCharge | None = None


@dataclass(frozen=True, slots=True)
class ReturnOrigin:
    """Where and when the return happened; `occurred_at` None means now."""

    occurred_at: datetime | None = None
    order_id: UUID | None = None
    reason: str | None = None
    external_reference: str | None = None
    customer_reference: str | None = None
    country_code: str | None = None


class OrderReturnLine(TenantOwned, OrdersTable):
    """One line of a return."""

    __tablename__ = "order_return_line"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    return_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int]
    order_line_id: Mapped[UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    variant_id: Mapped[UUID | None] = mapped_column(Uuid)
    quantity: Mapped[int]
    unit_amount: Mapped[int] = mapped_column(BigInteger)
    restock: Mapped[bool]

    @property
    def total(self) -> int:
        """In minor units."""
        return self.quantity * self.unit_amount


class OrderReturn(Aggregate, OrdersTable):
    """A return; the lines are its own and never change."""

    __tablename__ = "order_return"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    refund_total: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    customer_reference: Mapped[str | None] = mapped_column(Text)
    country_code: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def open(cls, tenant_id: UUID, currency: str, origin: ReturnOrigin) -> "OrderReturn":
        """A return without lines yet.

        Raises:
            Invalid: no currency code, or no country code.
        """
        now = utcnow()
        return cls(
            tenant_id=tenant_id,
            id=uuid7(),
            order_id=origin.order_id,
            status=OrderReturnStatus.RECEIVED,
            currency=checked_currency(currency, ("input", "currencyCode")),
            refund_total=0,
            reason=origin.reason,
            external_reference=origin.external_reference,
            customer_reference=origin.customer_reference,
            country_code=_country(origin.country_code),
            occurred_at=origin.occurred_at or now,
            created_at=now,
        )

    def sold_line(self, sold: OrderLine, draft: ReturnLineDraft, position: int) -> OrderReturnLine:
        """A line that gives back what an order line sold; counts it there.

        Raises:
            ReturnExceedsSold, InvalidQuantity, WrongCurrency, Invalid: see errors.
        """
        line = self._line(draft, position, sold.sku, sold.title, variant_id=sold.variant_id, kind=sold.kind)
        line.order_line_id = sold.id
        sold.take_back(draft.quantity, (*_field(position), "quantity"))
        return line

    def unmatched_line(self, variant: Variant, draft: ReturnLineDraft, position: int) -> OrderReturnLine:
        """A line of goods that belong to no known order.

        Raises:
            InvalidQuantity, WrongCurrency, Invalid: see errors.
        """
        return self._line(draft, position, variant.sku, variant.title, variant_id=variant.id, kind=LineKind.GOODS)

    def charge_line(self, charge: ReturnCharge, draft: ReturnLineDraft, position: int) -> OrderReturnLine:
        """Money without goods.

        Raises:
            InvalidQuantity, WrongCurrency, Invalid: see errors.
        """
        field = (*_field(position), "charge")
        code, title = checked_text(charge.code, (*field, "code")), checked_text(charge.title, (*field, "title"))
        return self._line(draft, position, code, title, variant_id=None, kind=LineKind.CHARGE)

    def receive(self, lines: Sequence[OrderReturnLine]) -> None:
        """Sum up the lines; a return that owes nothing is refunded at once.

        Raises:
            Invalid: the sum is negative or beyond all measure.
        """
        self.refund_total = sum(line.total for line in lines)
        if not 0 <= self.refund_total <= MAX_MINOR:
            raise Invalid("the sum must not be negative, nor beyond all measure", field=("input", "lines"))
        if self.refund_total == 0:
            self.status = OrderReturnStatus.REFUNDED
        goods = [
            ReturnedGoods(variant_id=line.variant_id, quantity=line.quantity, restock=line.restock)
            for line in lines
            if line.variant_id is not None
        ]
        self.record(
            ReturnReceived(
                return_id=self.id,
                order_id=self.order_id,
                currency=self.currency,
                refund_minor=self.refund_total,
                lines=goods,
            )
        )

    def _line(
        self, draft: ReturnLineDraft, position: int, sku: str, title: str, *, variant_id: UUID | None, kind: str
    ) -> OrderReturnLine:
        field = _field(position)
        return OrderReturnLine(
            tenant_id=self.tenant_id,
            id=uuid7(),
            return_id=self.id,
            position=position,
            kind=kind,
            sku=sku,
            title=title,
            variant_id=variant_id,
            quantity=checked_quantity(draft.quantity, (*field, "quantity")),
            unit_amount=self._own_money(draft.unit_amount, kind, (*field, "unitAmount")),
            restock=draft.is_restocked and variant_id is not None,
        )

    def _own_money(self, money: Money, kind: str, field: Path) -> int:
        if money.currency != self.currency:
            raise WrongCurrency(f"the return is in {self.currency}, not {money.currency}", field=field)
        if abs(money.minor) > MAX_MINOR or (money.minor < 0 and kind == LineKind.GOODS):
            raise Invalid("must not be negative, nor beyond all measure", field=field)
        return money.minor


def _country(code: str | None) -> str | None:
    return checked_country(code, ("input", "countryCode")) if code is not None else None


def _field(position: int) -> Path:
    return ("input", "lines", str(position))
