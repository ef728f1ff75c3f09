"""Builds the federated schema of orders."""

from collections.abc import Mapping
from typing import Final

from kernel.graphql import SubgraphSchema
from subgraphs.orders import errors
from subgraphs.orders.graphql.mutations import Mutation
from subgraphs.orders.graphql.queries import Query
from subgraphs.orders.graphql.subscriptions import Subscription
from subgraphs.orders.graphql.types.order import User

#: what arguments and enum values mean; codes of refusals are described in errors.py
_WORDS: Final[Mapping[str, str]] = {
    "cartId": "The cart's global id.",
    "lines": "At most 250 lines.",
    "charges": "At most 250 charges.",
    "lineIds": "The lines' global ids.",
    "number": "The order's number, as the customer knows it.",
    "externalReference": "The order's id in another system.",
    "CheckoutPaymentMethod.CARD": "A card, as a token of the payment provider.",
    "CheckoutSagaState.RUNNING": "On the way to CONFIRMED.",
    "CheckoutSagaState.COMPENSATING": "Undoing what was done.",
    "CheckoutSagaState.COMPLETED": "The order is confirmed.",
    "CheckoutSagaState.COMPENSATED": "The order is cancelled and nothing is left behind.",
    "CheckoutSagaState.NEEDS_ATTENTION": "A person has to decide.",
    "CheckoutSagaStep.RESERVE_STOCK": "Holds the goods.",
    "CheckoutSagaStep.CHARGE": "Takes the money.",
    "CheckoutSagaStep.RESOLVE_CHARGE": "Asks what became of a charge without an answer.",
    "CheckoutSagaStep.COMMIT_STOCK": "Takes the goods out of stock.",
    "CheckoutSagaStep.CONFIRM_ORDER": "Tells the customer yes.",
    "CheckoutSagaStep.VOID_CHARGE": "Gives the money back.",
    "CheckoutSagaStep.RELEASE_STOCK": "Gives the goods back.",
    "CheckoutSagaStep.CANCEL_ORDER": "Tells the customer no.",
    "OrderAction.RETURN": "Goods may come back.",
    "OrderEventType.CREATED": "The checkout was completed.",
    "OrderEventType.PAYMENT_COMPLETED": "The money is there.",
    "OrderEventType.CONFIRMED": "Goods and money are settled.",
    "OrderEventType.CANCELLED": "The order will not be fulfilled.",
    "OrderEventType.RETURN_RECEIVED": "Goods came back.",
    "OrderEventType.REFUNDED": "Money went back.",
    "OrderFulfillmentStatus.UNFULFILLED": "Nothing has left yet.",
    "OrderLineKind.GOODS": "Moves stock.",
    "OrderLineKind.CHARGE": "A service such as postage.",
    "OrderPaymentStatus.PENDING": "Not paid yet.",
    "OrderPaymentStatus.NOT_REQUIRED": "Nothing to pay.",
    "OrderPaymentStatus.PAID": "Paid in full.",
    "OrderPaymentStatus.FAILED": "Declined.",
    "OrderPaymentStatus.VOIDED": "Paid and given back before the order was confirmed.",
    "OrderPaymentStatus.PARTIALLY_REFUNDED": "Some of it went back.",
    "OrderPaymentStatus.REFUNDED": "All of it went back.",
    "OrderReturnStatus.NONE": "Nothing came back.",
    "OrderReturnStatus.PARTIALLY_RETURNED": "Some goods came back.",
    "OrderReturnStatus.RETURNED": "All goods came back.",
    "OrderSortDirection.ASC": "Oldest first.",
    "OrderSortDirection.DESC": "Newest first.",
    "OrderSortField.PLACED_AT": "When the customer placed the order.",
    "OrderStatus.PENDING": "Its checkout is under way.",
    "OrderStatus.CONFIRMED": "Goods and money are settled.",
    "OrderStatus.CANCELLED": "It will not be fulfilled.",
    "ReturnStatus.RECEIVED": "The goods are back, the money is on its way.",
    "ReturnStatus.REFUNDED": "The money has gone back.",
}


def build_schema() -> SubgraphSchema:
    """A fresh schema; its SDL is published as schema/subgraphs/orders.graphql."""
    return SubgraphSchema(
        query=Query, mutation=Mutation, subscription=Subscription, words=_WORDS, errors=errors, types=[User]
    )
