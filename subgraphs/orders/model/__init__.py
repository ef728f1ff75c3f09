"""Mapped aggregates of orders with their rules; no I/O."""

from subgraphs.orders.model.cart import Cart, CartLine, ChargeDraft, CheckoutLine, CheckoutSum, LineDraft
from subgraphs.orders.model.order import (
    CancelReason,
    FulfillmentStatus,
    Order,
    OrderAction,
    OrderEventType,
    OrderHistoryEntry,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    Placement,
    ReturnStatus,
    allowed_actions,
)
from subgraphs.orders.model.order_return import (
    OrderReturn,
    OrderReturnLine,
    OrderReturnStatus,
    ReturnCharge,
    ReturnLineDraft,
    ReturnOrigin,
)
from subgraphs.orders.model.read_models import UserReference, Variant
from subgraphs.orders.model.saga import CheckoutSaga, SagaPayload, SagaState, SagaStep, StockLine
from subgraphs.orders.model.tables import LineKind, OrdersTable

__all__ = [
    "CancelReason",
    "Cart",
    "CartLine",
    "ChargeDraft",
    "CheckoutLine",
    "CheckoutSaga",
    "CheckoutSum",
    "FulfillmentStatus",
    "LineDraft",
    "LineKind",
    "Order",
    "OrderAction",
    "OrderEventType",
    "OrderHistoryEntry",
    "OrderLine",
    "OrderReturn",
    "OrderReturnLine",
    "OrderReturnStatus",
    "OrderStatus",
    "OrdersTable",
    "PaymentStatus",
    "Placement",
    "ReturnCharge",
    "ReturnLineDraft",
    "ReturnOrigin",
    "ReturnStatus",
    "SagaPayload",
    "SagaState",
    "SagaStep",
    "StockLine",
    "UserReference",
    "Variant",
    "allowed_actions",
]
