"""Payment, Refund, what payments adds to an order, and the payloads around them."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from kernel.errors import Refusal
from kernel.graphql import Info, MoneyType, UserError, field_path
from kernel.ids import GlobalId, encode_global_id
from kernel.money import Money
from subgraphs.payments import model
from subgraphs.payments.errors import PaymentErrorCode
from subgraphs.payments.graphql.loaders import PaymentsLoaders
from subgraphs.payments.model import PaymentMethod, PaymentStatus, RefundStatus
from subgraphs.payments.use_cases.settle_charge import PaymentOutcome

PaymentsInfo: TypeAlias = Info[PaymentsLoaders]

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
    """Payments' part of `Order`."""

    id: strawberry.ID = strawberry.field(description="Global id.")

    @classmethod
    def of(cls, order_id: UUID) -> "Order":
        """A reference; no statement is needed."""
        return cls(id=_id("Order", order_id))

    @classmethod
    def resolve_reference(cls, info: PaymentsInfo, id: strawberry.ID) -> "Order":  # noqa: A002
        """Any order id: what the tenant does not know has no payments."""
        del info
        return cls.of(GlobalId.decode(id, expected_type="Order").uuid)

    @strawberry.federation.field(
        description="All attempts to pay, oldest first. Scope: payments:read.", requires_scopes=[["payments:read"]]
    )
    async def payments(self, info: PaymentsInfo) -> "list[Payment] | None":
        """One batch for all orders of the operation."""
        info.context.require("payments:read")
        return [Payment.of(row) for row in await info.context.loaders.payments_of_order.load(self._uuid)]

    @strawberry.federation.field(
        description="Money given back, oldest first. Scope: payments:read.", requires_scopes=[["payments:read"]]
    )
    async def refunds(self, info: PaymentsInfo) -> "list[Refund] | None":
        """One batch for all orders of the operation."""
        info.context.require("payments:read")
        return [Refund.of(row) for row in await info.context.loaders.refunds_of_order.load(self._uuid)]

    @property
    def _uuid(self) -> UUID:
        return GlobalId.decode(self.id, expected_type="Order").uuid


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="A return, which the orders context owns."
)
class Return:
    """A reference to `Return`."""

    id: strawberry.ID = strawberry.field(description="Global id.")


@strawberry.federation.type(keys=["id"], description="An attempt to capture an order's total.")
class Payment:
    """`Payment` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    order: Order | None = strawberry.field(description="What is paid.")
    amount: MoneyType = strawberry.field(description="What was to be captured.")
    status: PaymentStatus = strawberry.field(description="Where it stands.")
    captured_amount: MoneyType = strawberry.field(description="What the provider has captured.")
    refunded_amount: MoneyType = strawberry.field(description="What of it has gone back.")
    method: PaymentMethod = strawberry.field(description="How the customer pays.")
    provider: str = strawberry.field(description="Who moves the money.")
    provider_reference: str | None = strawberry.field(description="The provider's id.")
    failure_code: str | None = strawberry.field(description="Why nothing is captured, in the provider's words.")
    created_at: datetime = strawberry.field(description="When it was tried.")

    @classmethod
    def of(cls, row: model.Payment) -> "Payment":
        """The graph's form of a row."""
        return cls(
            id=_id("Payment", row.id),
            order=Order.of(row.order_id),
            amount=MoneyType.of(Money(row.amount_minor, row.currency)),
            status=row.status,
            captured_amount=MoneyType.of(Money(row.captured_minor, row.currency)),
            refunded_amount=MoneyType.of(Money(row.refunded_minor, row.currency)),
            method=row.method,
            provider=row.provider,
            provider_reference=row.provider_reference,
            failure_code=row.failure_code,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: PaymentsInfo, id: strawberry.ID) -> "Payment | None":  # noqa: A002
        """By id, for staff; None when the tenant has no such payment."""
        info.context.require("payments:read")
        return await load_payment(info, GlobalId.decode(id, expected_type="Payment").uuid)


@strawberry.federation.type(keys=["id"], description="Money that goes back to a customer.")
class Refund:
    """`Refund` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    order: Order | None = strawberry.field(description="Of which order; null for a credit without a receipt.")
    return_: Return | None = strawberry.field(
        name="return", description="For which return; null when a cancelled order was paid back."
    )
    amount: MoneyType = strawberry.field(description="How much.")
    status: RefundStatus = strawberry.field(description="Where it stands.")
    provider_reference: str | None = strawberry.field(description="The provider's id.")
    failure_code: str | None = strawberry.field(description="Why it could not be given back.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    payment_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: model.Refund) -> "Refund":
        """The graph's form of a row."""
        return cls(
            id=_id("Refund", row.id),
            order=Order.of(row.order_id) if row.order_id is not None else None,
            return_=Return(id=_id("Return", row.return_id)) if row.return_id is not None else None,
            amount=MoneyType.of(Money(row.amount_minor, row.currency)),
            status=row.status,
            provider_reference=row.provider_reference,
            failure_code=row.failure_code,
            created_at=row.created_at,
            payment_id=row.payment_id,
        )

    @classmethod
    async def resolve_reference(cls, info: PaymentsInfo, id: strawberry.ID) -> "Refund | None":  # noqa: A002
        """By id, for staff; None when the tenant has no such refund."""
        info.context.require("payments:read")
        row = await info.context.loaders.refund.load(GlobalId.decode(id, expected_type="Refund").uuid)
        return cls.of(row) if row is not None else None

    @strawberry.field(description="Of which payment; null for a credit, and until the payment is chosen.")
    async def payment(self, info: PaymentsInfo) -> Payment | None:
        """One batch for all refunds of the operation."""
        return await load_payment(info, self.payment_id)


@strawberry.federation.type(description="Why a mutation of payments was refused.", inaccessible=True)
class PaymentUserError(UserError):
    """With the typed code."""

    code: PaymentErrorCode = strawberry.field(description="The contract.")

    @classmethod
    def of(cls, refusal: Refusal) -> "PaymentUserError":
        """The graph's form of a refusal."""
        return cls(field=field_path(refusal), message=refusal.message, code=PaymentErrorCode(refusal.code))


@strawberry.federation.type(description="Answer of the internal payment mutations.", inaccessible=True)
class PaymentPayload:
    """The payment and what became of it, or why not."""

    payment: Payment | None = strawberry.field(default=None, description="The order's last payment.")
    outcome: PaymentOutcome | None = strawberry.field(default=None, description="What became of it.")
    user_errors: list[PaymentUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


async def load_payment(info: PaymentsInfo, payment_id: UUID | None) -> Payment | None:
    """The payment, batched with the operation's others."""
    row = await info.context.loaders.payment.load(payment_id) if payment_id is not None else None
    return Payment.of(row) if row is not None else None


def _id(type_name: str, uuid: UUID) -> strawberry.ID:
    return strawberry.ID(encode_global_id(type_name, uuid))
