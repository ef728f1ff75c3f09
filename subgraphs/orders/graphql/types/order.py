"""Order, its lines, history, saga and returns, and the orders of a user."""

from datetime import datetime

import strawberry

from kernel.database import PageArguments
from kernel.errors import BadUserInput
from kernel.graphql import Connection, CurrencyCode, MoneyType, connection_of
from kernel.ids import GlobalId, encode_global_id
from kernel.money import Money
from subgraphs.orders import model
from subgraphs.orders.graphql.types.cart import OrderInfo, ProductVariant, variant_of
from subgraphs.orders.model import (
    FulfillmentStatus,
    LineKind,
    OrderAction,
    OrderEventType,
    OrderReturnStatus,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    SagaState,
    SagaStep,
)

strawberry.enum(OrderStatus, description="PENDING until its checkout saga has confirmed or cancelled it.")
strawberry.enum(PaymentStatus, name="OrderPaymentStatus", description="Where the order's money is.")
strawberry.enum(FulfillmentStatus, name="OrderFulfillmentStatus", description="Whether the goods have left.")
strawberry.enum(ReturnStatus, name="OrderReturnStatus", description="How much of the order came back.")
strawberry.enum(OrderAction, description="What the order's state allows next.")
strawberry.enum(OrderEventType, description="What a row of an order's history tells.")
strawberry.enum(LineKind, name="OrderLineKind", description="Whether a line moves stock.")
strawberry.enum(OrderReturnStatus, name="ReturnStatus", description="RECEIVED until the money has gone back.")
strawberry.enum(SagaState, name="CheckoutSagaState", description="Where a checkout is headed, or how it ended.")
strawberry.enum(SagaStep, name="CheckoutSagaStep", description="The step being done, or the last one done.")


@strawberry.type(description="A line of an order, as it was sold.")
class OrderLine:
    """Goods, or a charge."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    kind: LineKind = strawberry.field(description="Goods, or a charge that is not stock.")
    sku: str = strawberry.field(description="SKU, or the code of a charge.")
    title: str = strawberry.field(description="What it was called when it was sold.")
    variant: ProductVariant | None = strawberry.field(description="The variant; null for a charge.")
    quantity: int = strawberry.field(description="How many pieces were sold.")
    returned_quantity: int = strawberry.field(description="How many of them came back.")
    unit_price: MoneyType = strawberry.field(description="Price of one piece.")
    total: MoneyType = strawberry.field(description="Quantity times unit price.")

    @classmethod
    def of(cls, row: model.OrderLine, currency: str) -> "OrderLine":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("OrderLine", row.id)),
            kind=LineKind(row.kind),
            sku=row.sku,
            title=row.title,
            variant=variant_of(row),
            quantity=row.quantity,
            returned_quantity=row.returned_quantity,
            unit_price=MoneyType.of(Money(row.unit_price, currency)),
            total=MoneyType.of(Money(row.quantity * row.unit_price, currency)),
        )


@strawberry.type(description="One fact of an order's life.")
class OrderEvent:
    """A row of the history."""

    at: datetime = strawberry.field(description="When.")
    type: OrderEventType = strawberry.field(description="What.")
    message: str = strawberry.field(description="For people.")


@strawberry.type(description="The checkout of one order: stock, payment, confirmation.")
class CheckoutSaga:
    """Poll it, or the order's status, until it is over."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    state: SagaState = strawberry.field(description="Where it is headed, or how it ended.")
    step: SagaStep = strawberry.field(description="The step being done, or the last one done.")
    attempts: int = strawberry.field(description="How often this step was tried.")

    @classmethod
    def of(cls, row: model.CheckoutSaga) -> "CheckoutSaga":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("CheckoutSaga", row.id)),
            state=SagaState(row.state),
            step=SagaStep(row.step),
            attempts=row.attempts,
        )


@strawberry.type(description="A line of a return.")
class ReturnLine:
    """Goods that came back, or money without goods."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    kind: LineKind = strawberry.field(description="Goods, or money without goods.")
    sku: str = strawberry.field(description="SKU, or the code of a charge.")
    title: str = strawberry.field(description="What it is called.")
    variant: ProductVariant | None = strawberry.field(description="The variant; null for a charge.")
    quantity: int = strawberry.field(description="How many pieces.")
    unit_amount: MoneyType = strawberry.field(description="Refund for one piece.")
    is_restocked: bool = strawberry.field(description="True if the goods can be sold again.")

    @classmethod
    def of(cls, row: model.OrderReturnLine, currency: str) -> "ReturnLine":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("ReturnLine", row.id)),
            kind=LineKind(row.kind),
            sku=row.sku,
            title=row.title,
            variant=variant_of(row),
            quantity=row.quantity,
            unit_amount=MoneyType.of(Money(row.unit_amount, currency)),
            is_restocked=row.restock,
        )


@strawberry.federation.type(keys=["id"], description="Goods that came back, or money owed without goods.")
class Return:
    """`Return` of the graph."""

    row: strawberry.Private[model.OrderReturn]
    id: strawberry.ID = strawberry.field(description="Global id.")
    status: OrderReturnStatus = strawberry.field(description="RECEIVED until the money has gone back.")
    refund_total: MoneyType = strawberry.field(description="What goes back.")
    reason: str | None = strawberry.field(description="Why.")
    external_reference: str | None = strawberry.field(description="What another system calls it.")
    customer_reference: str | None = strawberry.field(description="What another system calls the customer.")
    country_code: str | None = strawberry.field(description="ISO 3166 code.")
    occurred_at: datetime = strawberry.field(description="When it happened.")

    @classmethod
    def of(cls, row: model.OrderReturn) -> "Return":
        """The graph's form of a row."""
        return cls(
            row=row,
            id=strawberry.ID(encode_global_id("Return", row.id)),
            status=OrderReturnStatus(row.status),
            refund_total=MoneyType.of(Money(row.refund_total, row.currency)),
            reason=row.reason,
            external_reference=row.external_reference,
            customer_reference=row.customer_reference,
            country_code=row.country_code,
            occurred_at=row.occurred_at,
        )

    @classmethod
    async def resolve_reference(cls, info: OrderInfo, id: strawberry.ID) -> "Return | None":  # noqa: A002
        """By id, for staff; None when the tenant has no such return."""
        row = await info.context.loaders.order_return.load(GlobalId.decode(id, expected_type="Return").uuid)
        return cls.of(row) if row is not None else None

    @strawberry.field(description="The order; null for an unreferenced return.")
    async def order(self, info: OrderInfo) -> "Order | None":
        """One batch for all returns of the operation."""
        if self.row.order_id is None:
            return None
        row = await info.context.loaders.order.load(self.row.order_id)
        return Order.of(row) if row is not None else None

    @strawberry.field(description="What came back; at most 250 lines.")
    async def lines(self, info: OrderInfo) -> list[ReturnLine]:
        """One batch for all returns of the operation."""
        rows = await info.context.loaders.return_lines.load(self.row.id)
        return [ReturnLine.of(row, self.row.currency) for row in rows]


@strawberry.federation.type(keys=["id", "number"], description="A checked-out cart.")
class Order:
    """`Order` of the graph."""

    row: strawberry.Private[model.Order]
    id: strawberry.ID = strawberry.field(description="Global id.")
    number: str = strawberry.field(description="For people; unique in the tenant.")
    status: OrderStatus = strawberry.field(description="PENDING, CONFIRMED or CANCELLED.")
    payment_status: PaymentStatus = strawberry.field(description="Where its money is.")
    fulfillment_status: FulfillmentStatus = strawberry.field(description="Whether its goods have left.")
    return_status: ReturnStatus = strawberry.field(description="How much of it came back.")
    currency_code: CurrencyCode = strawberry.field(description="Currency of all its amounts.")
    total: MoneyType = strawberry.field(description="Goods and charges together.")
    refunded_total: MoneyType = strawberry.field(description="What has gone back.")
    email: str | None = strawberry.field(description="Where the confirmation goes. Personal data.")
    country_code: str = strawberry.field(description="ISO 3166 code.")
    customer_reference: str | None = strawberry.field(description="What another system calls the customer.")
    external_reference: str | None = strawberry.field(description="What another system calls the order.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    created_at: datetime = strawberry.field(description="When it was entered here.")
    allowed_actions: list[OrderAction] = strawberry.field(description="What its state allows next.")
    version: int = strawberry.field(description="Counts changes.")

    @classmethod
    def of(cls, row: model.Order) -> "Order":
        """The graph's form of a row."""
        return cls(
            row=row,
            id=strawberry.ID(encode_global_id("Order", row.id)),
            number=row.number,
            status=OrderStatus(row.status),
            payment_status=PaymentStatus(row.payment_status),
            fulfillment_status=FulfillmentStatus(row.fulfillment_status),
            return_status=ReturnStatus(row.return_status),
            currency_code=CurrencyCode(row.currency),
            total=MoneyType.of(Money(row.total, row.currency)),
            refunded_total=MoneyType.of(Money(row.refunded_total, row.currency)),
            email=row.email,
            country_code=row.country_code,
            customer_reference=row.customer_reference,
            external_reference=row.external_reference,
            placed_at=row.placed_at,
            created_at=row.created_at,
            allowed_actions=list(row.allowed_actions),
            version=row.version,
        )

    @classmethod
    async def resolve_reference(
        cls,
        info: OrderInfo,
        id: strawberry.ID | None = None,  # noqa: A002
        number: str | None = None,
    ) -> "Order | None":
        """By id or number; None when the caller has no such order."""
        loaders = info.context.loaders
        if id is not None:
            row = await loaders.order.load(GlobalId.decode(id, expected_type="Order").uuid)
        elif number is not None:
            row = await loaders.order_by_number.load(number)
        else:
            raise BadUserInput("give an id or a number")
        return cls.of(row) if row is not None else None

    @strawberry.field(description="What was sold, goods and charges in the order of the cart.")
    async def lines(
        self,
        info: OrderInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[OrderLine]:
        """One statement for all orders of the operation, and one more when totalCount is selected."""
        loaders, order_id, currency = info.context.loaders, self.row.id, self.row.currency
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        page = await loaders.line_page.load((order_id, arguments))

        async def count() -> int:
            return await loaders.line_count.load(order_id)

        return connection_of(page, lambda row: OrderLine.of(row, currency), count=count)

    @strawberry.field(description="What happened to it, oldest first.")
    async def history(self, info: OrderInfo) -> list[OrderEvent]:
        """One batch for all orders of the operation."""
        rows = await info.context.loaders.history.load(self.row.id)
        return [OrderEvent(at=row.at, type=OrderEventType(row.type), message=row.message) for row in rows]

    @strawberry.field(description="Its checkout.")
    async def saga(self, info: OrderInfo) -> CheckoutSaga | None:
        """One batch for all orders of the operation."""
        row = await info.context.loaders.saga.load(self.row.id)
        return CheckoutSaga.of(row) if row is not None else None

    @strawberry.field(description="What came back, oldest first.")
    async def returns(self, info: OrderInfo) -> list[Return]:
        """One batch for all orders of the operation."""
        return [Return.of(row) for row in await info.context.loaders.returns.load(self.row.id)]


@strawberry.federation.type(keys=["id"], description="A principal of the identity provider, known to the tenant.")
class User:
    """Orders' part of `User`."""

    id: strawberry.ID = strawberry.field(description="Global id.")

    @classmethod
    def resolve_reference(cls, info: OrderInfo, id: strawberry.ID) -> "User":  # noqa: A002
        """Any user id: whom orders does not know has no orders."""
        del info
        return cls(id=strawberry.ID(GlobalId.decode(id, expected_type="User").encode()))

    @strawberry.field(description="The user's orders, newest first; of others than oneself with scope orders:read.")
    async def orders(
        self,
        info: OrderInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Order] | None:
        """Two statements for all users of the operation; null for a user the caller may not look at."""
        loaders = info.context.loaders
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        subject = await loaders.subject.load(GlobalId.decode(self.id, expected_type="User").uuid)
        if subject is None or not loaders.sees(subject):
            return None
        page = await loaders.own_order_page.load((subject, arguments))

        async def count() -> int:
            return await loaders.own_order_count.load(subject)

        return connection_of(page, Order.of, count=count)
