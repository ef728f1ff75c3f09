"""Inputs and payloads of orders."""

from datetime import datetime
from enum import StrEnum

import strawberry

from kernel.errors import BadUserInput, Refusal
from kernel.graphql import CurrencyCode, MoneyInput, UserError, Written, field_path, user_errors
from kernel.graphql.execution import relation
from kernel.ids import GlobalId
from subgraphs.orders.errors import OrderErrorCode
from subgraphs.orders.graphql.loaders import load_carts, load_orders, load_returns, load_sagas
from subgraphs.orders.graphql.types.cart import Cart
from subgraphs.orders.graphql.types.order import CheckoutSaga, Order, Return
from subgraphs.orders.model import ChargeDraft, LineDraft, ReturnCharge, ReturnLineDraft
from subgraphs.orders.use_cases.change_lines import LineChange

MAX_LINES = 250
strawberry.enum(OrderErrorCode, description="Why orders refused.")


@strawberry.input(description="Goods to add; exactly one of sku and variantId.")
class CartLineInput:
    """A line of `cartCreate` and `cartLinesAdd`."""

    quantity: int = strawberry.field(description="How many pieces, 1 to 1,000,000.")
    sku: str | None = strawberry.field(default=None, description="Which variant, by SKU.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="Which variant, by global id.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="Instead of the catalogue's price. Scope: orders:manage."
    )

    def to_draft(self, *field: str) -> LineDraft:
        """The checked draft; `field` is the input path for the error."""
        if (self.sku is None) == (self.variant_id is None):
            raise BadUserInput("give exactly one of sku and variantId", field=field)
        variant_id = None
        if self.variant_id is not None:
            path = (*field, "variantId")
            variant_id = GlobalId.decode(self.variant_id, expected_type="ProductVariant", field=path).uuid
        price = self.unit_price.to_money(*field, "unitPrice") if self.unit_price is not None else None
        return LineDraft(quantity=self.quantity, sku=self.sku, variant_id=variant_id, unit_price=price)


@strawberry.input(description="Something that is not stock: postage, a fee, a discount. Scope: orders:manage.")
class ChargeInput:
    """A charge of `cartCreate` and `cartChargesAdd`."""

    code: str = strawberry.field(description="Short code, like POST.")
    title: str = strawberry.field(description="For people.")
    quantity: int = strawberry.field(description="How often, 1 to 1,000,000.")
    unit_price: MoneyInput = strawberry.field(description="Price of one; negative for a discount.")

    def to_draft(self, *field: str) -> ChargeDraft:
        """The checked draft; `field` is the input path for the error."""
        return ChargeDraft(self.code, self.title, self.quantity, self.unit_price.to_money(*field, "unitPrice"))


@strawberry.input(description="A new cart.")
class CartCreateInput:
    """Input of `cartCreate`."""

    currency_code: CurrencyCode = strawberry.field(description="Currency of all its prices.")
    lines: list[CartLineInput] = strawberry.field(default_factory=list, description="Goods, at most 250.")
    charges: list[ChargeInput] = strawberry.field(
        default_factory=list, description="Charges, at most 250. Scope: orders:manage."
    )
    customer_reference: str | None = strawberry.field(
        default=None, description="What another system calls the customer."
    )


@strawberry.input(description="A new quantity of a cart's line. Goods take the catalogue's present price with it.")
class CartLineUpdateInput:
    """A line of `cartLinesUpdate`."""

    line_id: strawberry.ID = strawberry.field(description="Which line or charge.")
    quantity: int = strawberry.field(description="How many from now on, 1 to 1,000,000.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="Instead of the catalogue's price. Scope: orders:manage."
    )

    def to_change(self, *field: str) -> LineChange:
        """The checked change; `field` is the input path for the error."""
        line_id = GlobalId.decode(self.line_id, expected_type="CartLine", field=(*field, "lineId")).uuid
        price = self.unit_price.to_money(*field, "unitPrice") if self.unit_price is not None else None
        return LineChange(line_id, self.quantity, price)


class CheckoutPaymentMethod(StrEnum):
    """How a checkout is paid."""

    CARD = "CARD"


strawberry.enum(CheckoutPaymentMethod, description="How a checkout is paid.")


@strawberry.input(description="How the order is paid.")
class CheckoutPaymentInput:
    """A means of payment the provider knows."""

    token: str = strawberry.field(description="The payment provider's token; never a card number.")
    method: CheckoutPaymentMethod = strawberry.field(default=CheckoutPaymentMethod.CARD, description="Which means.")


@strawberry.input(description="What checking out needs beside the cart.")
class CheckoutCompleteInput:
    """Input of `checkoutComplete`."""

    country_code: str = strawberry.field(description="Where it goes: ISO 3166 code, like GB.")
    email: str | None = strawberry.field(default=None, description="Where the confirmation goes. Personal data.")
    payment: CheckoutPaymentInput | None = strawberry.field(
        default=None, description="May be left out if the total is 0."
    )
    external_reference: str | None = strawberry.field(default=None, description="What another system calls the order.")
    placed_at: datetime | None = strawberry.field(
        default=None, description="When it was placed; now if left out. Scope: orders:manage."
    )


@strawberry.input(description="Money without goods.")
class ReturnChargeInput:
    """What the money is for."""

    code: str = strawberry.field(description="Short code, like POST.")
    title: str = strawberry.field(description="For people.")


@strawberry.input(description="What comes back; exactly one of orderLineId, sku and charge.")
class ReturnLineInput:
    """A line of `returnCreate`."""

    quantity: int = strawberry.field(description="How many pieces, 1 to 1,000,000.")
    unit_amount: MoneyInput = strawberry.field(description="Refund for one piece.")
    restock: bool = strawberry.field(description="True if the goods can be sold again.")
    order_line_id: strawberry.ID | None = strawberry.field(default=None, description="A line of the order.")
    sku: str | None = strawberry.field(default=None, description="Goods of an unreferenced return.")
    charge: ReturnChargeInput | None = strawberry.field(default=None, description="Money without goods.")

    def to_draft(self, *field: str) -> ReturnLineDraft:
        """The checked draft; `field` is the input path for the error."""
        if sum(choice is not None for choice in (self.order_line_id, self.sku, self.charge)) != 1:
            raise BadUserInput("give exactly one of orderLineId, sku and charge", field=field)
        line_id = None
        if self.order_line_id is not None:
            path = (*field, "orderLineId")
            line_id = GlobalId.decode(self.order_line_id, expected_type="OrderLine", field=path).uuid
        return ReturnLineDraft(
            quantity=self.quantity,
            unit_amount=self.unit_amount.to_money(*field, "unitAmount"),
            is_restocked=self.restock,
            order_line_id=line_id,
            sku=self.sku,
            charge=ReturnCharge(self.charge.code, self.charge.title) if self.charge is not None else None,
        )


@strawberry.input(description="A return. Without orderId it is unreferenced, which needs scope orders:manage.")
class ReturnCreateInput:
    """Input of `returnCreate`."""

    currency_code: CurrencyCode = strawberry.field(description="Currency of all its amounts.")
    lines: list[ReturnLineInput] = strawberry.field(description="1 to 250 lines.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="The order it belongs to.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it happened; now if left out.")
    reason: str | None = strawberry.field(default=None, description="Why.")
    external_reference: str | None = strawberry.field(default=None, description="What another system calls it.")
    customer_reference: str | None = strawberry.field(
        default=None, description="What another system calls the customer."
    )
    country_code: str | None = strawberry.field(default=None, description="ISO 3166 code, like GB.")


@strawberry.type(description="Why a mutation of orders was refused.")
class OrderUserError(UserError):
    """With the typed code."""

    code: OrderErrorCode = strawberry.field(description="The contract.")

    @classmethod
    def of(cls, refusal: Refusal) -> "OrderUserError":
        """The graph's form of a refusal."""
        return cls(field=field_path(refusal), message=refusal.message, code=OrderErrorCode(refusal.code))


@strawberry.type(description="Answer of a mutation on one cart.")
class CartPayload:
    """The cart, or why not."""

    row: strawberry.Private[Written]

    cart: Cart | None = relation(
        load_carts, key="key", to=lambda row: Cart(row=row), description="The cart after the change."
    )
    user_errors: list[OrderUserError] = user_errors(OrderUserError.of)


@strawberry.type(description="Answer of checkoutComplete.")
class CheckoutCompletePayload:
    """The PENDING order and its saga, or why not; both are found by the order's id."""

    row: strawberry.Private[Written]

    order: Order | None = relation(
        load_orders, key="key", to=lambda row: Order(row=row), description="The new order; poll its status."
    )
    saga: CheckoutSaga | None = relation(
        load_sagas, key="key", to=lambda row: CheckoutSaga(row=row), description="What drives it."
    )
    user_errors: list[OrderUserError] = user_errors(OrderUserError.of)


@strawberry.type(description="Answer of returnCreate.")
class ReturnPayload:
    """The return, or why not."""

    row: strawberry.Private[Written]

    return_: Return | None = relation(
        load_returns, key="key", graphql_name="return", to=lambda row: Return(row=row), description="The new return."
    )
    user_errors: list[OrderUserError] = user_errors(OrderUserError.of)


@strawberry.federation.type(description="Answer of a mutation on one order.", inaccessible=True)
class OrderPayload:
    """The order, or why not."""

    row: strawberry.Private[Written]

    order: Order | None = relation(
        load_orders, key="key", to=lambda row: Order(row=row), description="The order after the change."
    )
    user_errors: list[OrderUserError] = user_errors(OrderUserError.of)
