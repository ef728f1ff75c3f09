"""Order, its lines, history, saga and returns, and the orders of a user: views of rows."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import strawberry

from kernel.graphql import (
    Connection,
    CurrencyCode,
    MoneyType,
    connection_of,
    global_id,
    id_of,
    money,
    page_arguments,
    reference,
    stub,
)
from kernel.graphql.execution import column, computed, relation
from kernel.ids import encode_global_id
from subgraphs.orders.graphql.loaders import (
    LinePage,
    Lines,
    OwnOrders,
    Priced,
    every_key_is_found,
    load_history,
    load_order_lines,
    load_orders,
    load_orders_by_number,
    load_own_orders,
    load_return_lines,
    load_returns,
    load_returns_of_orders,
    load_sagas,
)
from subgraphs.orders.graphql.types.cart import ProductVariant, line_money
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
from subgraphs.orders.repository.orders import OrderEventRow, OrderLineRow, OrderRow, SagaRow
from subgraphs.orders.repository.returns import ReturnLineRow, ReturnRow

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

    row: strawberry.Private[OrderLineRow]
    currency: strawberry.Private[str]

    id: strawberry.ID = global_id("OrderLine")
    kind: LineKind = column(description="Goods, or a charge that is not stock.")
    sku: str = column(description="SKU, or the code of a charge.")
    title: str = column(description="What it was called when it was sold.")
    variant: ProductVariant | None = computed(
        lambda row: ProductVariant.of(row.variant_id),
        reads=("variant_id",),
        description="The variant; null for a charge.",
    )
    quantity: int = column(description="How many pieces were sold.")
    returned_quantity: int = column(description="How many of them came back.")
    unit_price: MoneyType = line_money("unit_price", description="Price of one piece.")
    total: MoneyType = line_money("total", description="Quantity times unit price.", of=("quantity", "unit_price"))


@strawberry.type(description="One fact of an order's life.")
class OrderEvent:
    """A row of the history."""

    row: strawberry.Private[OrderEventRow]

    at: datetime = column(description="When.")
    type: OrderEventType = column(description="What.")
    message: str = column(description="For people.")


@strawberry.type(description="The checkout of one order: stock, payment, confirmation.")
class CheckoutSaga:
    """Poll it, or the order's status, until it is over."""

    row: strawberry.Private[SagaRow]

    id: strawberry.ID = global_id("CheckoutSaga")
    state: SagaState = column(description="Where it is headed, or how it ended.")
    step: SagaStep = column(description="The step being done, or the last one done.")
    attempts: int = column(description="How often this step was tried.")


@strawberry.type(description="A line of a return.")
class ReturnLine:
    """Goods that came back, or money without goods."""

    row: strawberry.Private[ReturnLineRow]
    currency: strawberry.Private[str]

    id: strawberry.ID = global_id("ReturnLine")
    kind: LineKind = column(description="Goods, or money without goods.")
    sku: str = column(description="SKU, or the code of a charge.")
    title: str = column(description="What it is called.")
    variant: ProductVariant | None = computed(
        lambda row: ProductVariant.of(row.variant_id),
        reads=("variant_id",),
        description="The variant; null for a charge.",
    )
    quantity: int = column(description="How many pieces.")
    unit_amount: MoneyType = line_money("unit_amount", description="Refund for one piece.")
    is_restocked: bool = column("restock", description="True if the goods can be sold again.")


def _return_lines(lines: Lines[ReturnLineRow]) -> list[ReturnLine]:
    return [ReturnLine(row=row, currency=lines.currency) for row in lines.rows]


@strawberry.federation.type(keys=["id"], description="Goods that came back, or money owed without goods.")
class Return:
    """`Return` of the graph."""

    row: strawberry.Private[ReturnRow]
    references: ClassVar = (reference("id", load_returns, parse=id_of("Return"), to=lambda row: Return(row=row)),)

    id: strawberry.ID = global_id("Return")
    status: OrderReturnStatus = column(description="RECEIVED until the money has gone back.")
    refund_total: MoneyType = money("refund_total", description="What goes back.")
    reason: str | None = column(description="Why.")
    external_reference: str | None = column(description="What another system calls it.")
    customer_reference: str | None = column(description="What another system calls the customer.")
    country_code: str | None = column(description="ISO 3166 code.")
    occurred_at: datetime = column(description="When it happened.")
    order: "Order | None" = relation(
        load_orders,
        key="order_id",
        to=lambda row: Order(row=row),
        description="The order; null for an unreferenced return.",
    )
    lines: list[ReturnLine] = relation(
        load_return_lines,
        key=Priced.of,
        reads=("id", "currency"),
        to=_return_lines,
        missing=every_key_is_found,
        description="What came back; at most 250 lines.",
    )


def _order_lines(lines: LinePage) -> Connection[OrderLine]:
    return connection_of(lines.page, lambda row: OrderLine(row=row, currency=lines.currency), count=lines.count)


@strawberry.federation.type(keys=["id", "number"], description="A checked-out cart.")
class Order:
    """`Order` of the graph."""

    row: strawberry.Private[OrderRow]
    references: ClassVar = (
        reference("id", load_orders, parse=id_of("Order"), to=lambda row: Order(row=row)),
        reference("number", load_orders_by_number, to=lambda row: Order(row=row)),
    )

    id: strawberry.ID = global_id("Order")
    number: str = column(description="For people; unique in the tenant.")
    status: OrderStatus = column(description="PENDING, CONFIRMED or CANCELLED.")
    payment_status: PaymentStatus = column(description="Where its money is.")
    fulfillment_status: FulfillmentStatus = column(description="Whether its goods have left.")
    return_status: ReturnStatus = column(description="How much of it came back.")
    currency_code: CurrencyCode = column("currency", description="Currency of all its amounts.")
    total: MoneyType = money("total", description="Goods and charges together.")
    refunded_total: MoneyType = money("refunded_total", description="What has gone back.")
    email: str | None = column(description="Where the confirmation goes. Personal data.")
    country_code: str = column(description="ISO 3166 code.")
    customer_reference: str | None = column(description="What another system calls the customer.")
    external_reference: str | None = column(description="What another system calls the order.")
    placed_at: datetime = column(description="When it was placed.")
    created_at: datetime = column(description="When it was entered here.")
    allowed_actions: list[OrderAction] = computed(
        lambda row: list(row.allowed_actions),
        reads=("status", "return_status"),
        description="What its state allows next.",
    )
    version: int = column(description="Counts changes.")
    lines: Connection[OrderLine] = relation(
        load_order_lines,
        key=Priced.of,
        reads=("id", "currency"),
        arguments=page_arguments,
        to=_order_lines,
        missing=every_key_is_found,
        description="What was sold, goods and charges in the order of the cart.",
    )
    history: list[OrderEvent] = relation(
        load_history,
        key="id",
        to=lambda rows: [OrderEvent(row=row) for row in rows],
        missing=list,
        description="What happened to it, oldest first.",
    )
    saga: CheckoutSaga | None = relation(
        load_sagas, key="id", to=lambda row: CheckoutSaga(row=row), description="Its checkout."
    )
    returns: list[Return] = relation(
        load_returns_of_orders,
        key="id",
        to=lambda rows: [Return(row=row) for row in rows],
        missing=list,
        description="What came back, oldest first.",
    )


def _own_orders(orders: OwnOrders) -> Connection[Order]:
    return connection_of(orders.page, lambda row: Order(row=row), count=orders.count)


@strawberry.federation.type(keys=["id"], description="A principal of the identity provider, known to the tenant.")
class User:
    """Orders' part of `User`; the row is the user's id. Whom orders does not know has no orders."""

    row: strawberry.Private[UUID]
    references: ClassVar = (stub("id", parse=id_of("User"), to=lambda user_id: User(row=user_id)),)

    id: strawberry.ID = computed(
        lambda user_id: strawberry.ID(encode_global_id("User", user_id)), reads=(), description="Global id."
    )
    orders: Connection[Order] | None = relation(
        load_own_orders,
        key=lambda user_id: user_id,
        reads=(),
        arguments=page_arguments,
        to=_own_orders,
        description="The user's orders, newest first; of others than oneself with scope orders:read.",
    )
