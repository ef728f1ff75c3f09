"""A cart and its lines, and what must hold for it to become an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database.aggregate import TenantOwned
from kernel.ids import uuid7
from kernel.money import Money
from subgraphs.orders.errors import (
    CartClosed,
    CartEmpty,
    CartExpired,
    CartFull,
    Invalid,
    PriceChanged,
    UnknownSku,
    WrongCurrency,
)
from subgraphs.orders.model.read_models import Variant
from subgraphs.orders.model.tables import (
    MAX_MINOR,
    LineKind,
    OrdersTable,
    checked_currency,
    checked_quantity,
    checked_text,
)

CART_LIFETIME: Final = timedelta(days=14)
MAX_CART_LINES: Final = 2000
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line to add: exactly one of `sku` and `variant_id`; `unit_price` overrides the catalogue's."""

    quantity: int
    sku: str | None = None
    variant_id: UUID | None = None
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True)
class ChargeDraft:
    """A line that is not stock. Its price may be negative: a discount."""

    code: str
    title: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """A cart line beside what the catalogue says now (None for a charge or a variant that is gone)."""

    kind: LineKind
    sku: str
    variant_id: UUID | None
    quantity: int
    unit_price: int
    is_price_overridden: bool
    is_sold: bool
    catalogue_price: int | None


@dataclass(frozen=True, slots=True)
class CheckoutSum:
    """What a cart comes to: its total in minor units, and pieces per variant in the order of their ids."""

    total: int
    pieces: tuple[tuple[UUID, int], ...]


class CartLine(TenantOwned, OrdersTable):
    """One line of a cart, at the price it was added at."""

    __tablename__ = "cart_line"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    cart_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    variant_id: Mapped[UUID | None] = mapped_column(Uuid)
    quantity: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    is_price_overridden: Mapped[bool]


class Cart(TenantOwned, OrdersTable):
    """What somebody means to buy, in one currency. Every change keeps it for another two weeks."""

    __tablename__ = "cart"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    customer_reference: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    line_count: Mapped[int]
    next_position: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    @classmethod
    def open(
        cls, tenant_id: UUID, *, owner: str, currency: str, customer_reference: str | None, now: datetime
    ) -> "Cart":
        """An empty cart of the principal `owner`.

        Raises:
            Invalid: no currency code.
        """
        return cls(
            tenant_id=tenant_id,
            id=uuid7(),
            owner=owner,
            currency=checked_currency(currency, ("input", "currencyCode")),
            customer_reference=customer_reference,
            line_count=0,
            next_position=0,
            expires_at=now + CART_LIFETIME,
            created_at=now,
        )

    def touch(self, now: datetime) -> None:
        """Allow a change, and count the days anew.

        Raises:
            CartClosed, CartExpired: it can no longer be changed.
        """
        self._ensure_open(now)
        self.expires_at = now + CART_LIFETIME

    def goods(self, draft: LineDraft, variant: Variant | None, field: Path) -> CartLine:
        """A new line for `variant`.

        Raises:
            UnknownSku, InvalidQuantity, WrongCurrency, Invalid, CartFull: see errors.
        """
        if variant is None or not variant.is_active:
            raise UnknownSku("the tenant sells no such variant", field=field)
        price = self.goods_price(draft.unit_price, variant, field)
        quantity = checked_quantity(draft.quantity, (*field, "quantity"))
        return self._append(
            kind=LineKind.GOODS,
            sku=variant.sku,
            title=variant.title,
            variant_id=variant.id,
            quantity=quantity,
            unit_price=price,
            is_price_overridden=draft.unit_price is not None,
        )

    def charge(self, draft: ChargeDraft, field: Path) -> CartLine:
        """A new line that is not stock.

        Raises:
            InvalidQuantity, WrongCurrency, Invalid, CartFull: see errors.
        """
        return self._append(
            kind=LineKind.CHARGE,
            sku=checked_text(draft.code, (*field, "code")),
            title=checked_text(draft.title, (*field, "title")),
            variant_id=None,
            quantity=checked_quantity(draft.quantity, (*field, "quantity")),
            unit_price=self._own_money(draft.unit_price, (*field, "unitPrice")),
            is_price_overridden=True,
        )

    def goods_price(self, override: Money | None, variant: Variant, field: Path) -> int:
        """The unit price of `variant` here: the override, or the catalogue's."""
        if override is not None:
            minor = self._own_money(override, (*field, "unitPrice"))
            if minor < 0:
                raise Invalid("must not be negative", field=(*field, "unitPrice"))
            return minor
        if variant.price is None:
            raise UnknownSku("this variant has no price", field=field)
        if variant.currency != self.currency:
            raise WrongCurrency(f"this variant is priced in {variant.currency}, not {self.currency}", field=field)
        return variant.price

    def drop(self, lines: Sequence[CartLine]) -> None:
        """Note that `lines` are gone."""
        self.line_count -= len(lines)

    def check_out(self, order_id: UUID, lines: Sequence[CheckoutLine], now: datetime) -> CheckoutSum:
        """Close the cart into `order_id`.

        Raises:
            CartClosed, CartExpired, CartEmpty: there is nothing to order here (any more).
            UnknownSku, PriceChanged: the catalogue moved on since a line was added.
            Invalid: the total is negative or beyond all measure.
        """
        self._ensure_open(now)
        if not lines:
            raise CartEmpty("the cart has no lines", field=("cartId",))
        for line in lines:
            _ensure_current(line)
        total = sum(line.quantity * line.unit_price for line in lines)
        if not 0 <= total <= MAX_MINOR:
            raise Invalid("the cart's total must not be negative, nor beyond all measure", field=("cartId",))
        self.order_id = order_id
        return CheckoutSum(total, _pieces(lines))

    def _append(self, **values: object) -> CartLine:
        if self.line_count >= MAX_CART_LINES:
            raise CartFull(f"a cart holds at most {MAX_CART_LINES} lines", field=("cartId",))
        line = CartLine(tenant_id=self.tenant_id, id=uuid7(), cart_id=self.id, position=self.next_position, **values)
        self.next_position += 1
        self.line_count += 1
        return line

    def _own_money(self, money: Money, field: Path) -> int:
        if money.currency != self.currency:
            raise WrongCurrency(f"the cart is in {self.currency}, not {money.currency}", field=field)
        if abs(money.minor) > MAX_MINOR:
            raise Invalid("is beyond all measure", field=field)
        return money.minor

    def _ensure_open(self, now: datetime) -> None:
        if self.order_id is not None:
            raise CartClosed("the cart has become an order", field=("cartId",))
        if now >= self.expires_at:
            raise CartExpired("the cart has expired", field=("cartId",))


def _ensure_current(line: CheckoutLine) -> None:
    if line.kind is LineKind.CHARGE:
        return
    if not line.is_sold:
        raise UnknownSku(f"{line.sku} is no longer sold", field=("cartId",))
    if not line.is_price_overridden and line.catalogue_price != line.unit_price:
        raise PriceChanged(f"the price of {line.sku} has changed", field=("cartId",))


def _pieces(lines: Sequence[CheckoutLine]) -> tuple[tuple[UUID, int], ...]:
    pieces: dict[UUID, int] = {}
    for line in lines:
        if line.variant_id is not None:
            pieces[line.variant_id] = pieces.get(line.variant_id, 0) + line.quantity
    return tuple(sorted(pieces.items()))
