"""Payment, Refund, what payments adds to an order, and the payloads around them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from kernel.errors import Refusal
from kernel.graphql import (
    MoneyType,
    UserError,
    Written,
    field_path,
    global_id,
    id_of,
    money,
    reference,
    stub,
    user_errors,
)
from kernel.graphql.execution import column, computed, relation
from kernel.ids import encode_global_id
from subgraphs.payments.errors import PaymentErrorCode
from subgraphs.payments.graphql.loaders import (
    load_payments,
    load_payments_of_orders,
    load_refunds,
    load_refunds_of_orders,
)
from subgraphs.payments.model import PaymentMethod, PaymentStatus, RefundStatus
from subgraphs.payments.repository import PaymentRow, RefundRow
from subgraphs.payments.use_cases.settle_charge import PaymentOutcome

strawberry.federation.enum(  # pyright: ignore[reportUnknownMemberType]
    PaymentErrorCode, description="Why payments refused.", inaccessible=True
)
strawberry.enum(PaymentMethod, description="How the customer pays.")
strawberry.enum(
    PaymentStatus, description="PENDING until the provider's answer is known; VOIDED when the order was given up."
)
strawberry.enum(RefundStatus, description="PENDING until the provider has given the money back.")
strawberry.federation.enum(  # pyright: ignore[reportUnknownMemberType]
    PaymentOutcome,
    description="What became of a charge or void; UNKNOWN is to be asked again by paymentResolve.",
    inaccessible=True,
)


@strawberry.federation.type(keys=["id"], description="An order, as payments sees it.")
class Order:
    """Payments' part of `Order`; the row is the order's id. What the tenant does not know has no payments."""

    row: strawberry.Private[UUID]
    references: ClassVar = (stub("id", parse=id_of("Order"), to=lambda order_id: Order(row=order_id)),)

    id: strawberry.ID = computed(
        lambda order_id: strawberry.ID(encode_global_id("Order", order_id)), reads=(), description="Global id."
    )
    payments: "list[Payment] | None" = relation(
        load_payments_of_orders,
        key=lambda order_id: order_id,
        reads=(),
        to=lambda rows: [Payment(row=row) for row in rows],
        missing=list,
        description="All attempts to pay, oldest first. Scope: payments:read.",
        requires_scopes=[["payments:read"]],
    )
    refunds: "list[Refund] | None" = relation(
        load_refunds_of_orders,
        key=lambda order_id: order_id,
        reads=(),
        to=lambda rows: [Refund(row=row) for row in rows],
        missing=list,
        description="Money given back, oldest first. Scope: payments:read.",
        requires_scopes=[["payments:read"]],
    )


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="A return, which the orders context owns."
)
class Return:
    """A reference to `Return`."""

    id: strawberry.ID = strawberry.field(description="Global id.")


@strawberry.federation.type(keys=["id"], description="An attempt to capture an order's total.")
class Payment:
    """`Payment` of the graph."""

    row: strawberry.Private[PaymentRow]
    references: ClassVar = (reference("id", load_payments, parse=id_of("Payment"), to=lambda row: Payment(row=row)),)

    id: strawberry.ID = global_id("Payment")
    order: Order | None = computed(
        lambda row: Order(row=row.order_id), reads=("order_id",), description="What is paid."
    )
    amount: MoneyType = money("amount_minor", description="What was to be captured.")
    status: PaymentStatus = column(description="Where it stands.")
    captured_amount: MoneyType = money("captured_minor", description="What the provider has captured.")
    refunded_amount: MoneyType = money("refunded_minor", description="What of it has gone back.")
    method: PaymentMethod = column(description="How the customer pays.")
    provider: str = column(description="Who moves the money.")
    provider_reference: str | None = column(description="The provider's id.")
    failure_code: str | None = column(description="Why nothing is captured, in the provider's words.")
    created_at: datetime = column(description="When it was tried.")


def _return_of(row: RefundRow) -> Return | None:
    return_id = row.return_id
    return Return(id=strawberry.ID(encode_global_id("Return", return_id))) if return_id is not None else None


@strawberry.federation.type(keys=["id"], description="Money that goes back to a customer.")
class Refund:
    """`Refund` of the graph."""

    row: strawberry.Private[RefundRow]
    references: ClassVar = (reference("id", load_refunds, parse=id_of("Refund"), to=lambda row: Refund(row=row)),)

    id: strawberry.ID = global_id("Refund")
    order: Order | None = computed(
        lambda row: Order(row=row.order_id) if row.order_id is not None else None,
        reads=("order_id",),
        description="Of which order; null for a credit without a receipt.",
    )
    return_: Return | None = computed(
        _return_of,
        reads=("return_id",),
        graphql_name="return",
        description="For which return; null when a cancelled order was paid back.",
    )
    amount: MoneyType = money("amount_minor", description="How much.")
    status: RefundStatus = column(description="Where it stands.")
    provider_reference: str | None = column(description="The provider's id.")
    failure_code: str | None = column(description="Why it could not be given back.")
    created_at: datetime = column(description="When it was asked for.")
    payment: Payment | None = relation(
        load_payments,
        key="payment_id",
        to=lambda row: Payment(row=row),
        description="Of which payment; null for a credit, and until the payment is chosen.",
    )


@strawberry.federation.type(description="Why a mutation of payments was refused.", inaccessible=True)
class PaymentUserError(UserError):
    """With the typed code."""

    code: PaymentErrorCode = strawberry.field(description="The contract.")

    @classmethod
    def of(cls, refusal: Refusal) -> "PaymentUserError":
        """The graph's form of a refusal."""
        return cls(field=field_path(refusal), message=refusal.message, code=PaymentErrorCode(refusal.code))


@dataclass(frozen=True, slots=True)
class Carried(Written):
    """The key of an order's last payment and what became of it, or why nothing was done."""

    outcome: PaymentOutcome | None = None


@strawberry.federation.type(description="Answer of the internal payment mutations.", inaccessible=True)
class PaymentPayload:
    """The payment and what became of it, or why not."""

    row: strawberry.Private[Carried]

    payment: Payment | None = relation(
        load_payments, key="key", to=lambda row: Payment(row=row), description="The order's last payment."
    )
    outcome: PaymentOutcome | None = column(description="What became of it.")
    user_errors: list[PaymentUserError] = user_errors(PaymentUserError.of)
