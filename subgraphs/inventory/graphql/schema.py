"""Builds inventory's federated schema."""

from collections.abc import Mapping
from typing import Final

from kernel.graphql import SubgraphSchema
from subgraphs.inventory import errors
from subgraphs.inventory.graphql.mutations import Mutation
from subgraphs.inventory.graphql.queries import Query
from subgraphs.inventory.graphql.subscriptions import Subscription
from subgraphs.inventory.graphql.types.stock import ProductVariant

#: what arguments and enum values mean; codes of refusals are described in errors.py
_WORDS: Final[Mapping[str, str]] = {
    "storeId": "The store it belongs to from now on; null for none.",
    "LocationKind.WAREHOUSE": "Serves orders from elsewhere.",
    "LocationKind.STORE": "Customers come in.",
    "ReservationStatus.OPEN": "Holds stock.",
    "ReservationStatus.COMMITTED": "The stock is sold.",
    "ReservationStatus.RELEASED": "The stock was given back.",
    "StockAdjustmentReason.OPENING_BALANCE": "What was there when counting began.",
    "StockAdjustmentReason.RECEIVED": "Goods came in.",
    "StockAdjustmentReason.WRITE_OFF": "Lost, broken or expired.",
    "StockAdjustmentReason.CORRECTION": "The count was wrong.",
    "StockAdjustmentReason.GIFT": "Given away.",
    "StockAdjustmentReason.RETURN": "A customer brought it back.",
    "StockMovementReason.OPENING_BALANCE": "What was there when counting began.",
    "StockMovementReason.RECEIVED": "Goods came in.",
    "StockMovementReason.WRITE_OFF": "Lost, broken or expired.",
    "StockMovementReason.CORRECTION": "The count was wrong.",
    "StockMovementReason.GIFT": "Given away.",
    "StockMovementReason.RETURN": "A customer brought it back.",
    "StockMovementReason.SALE": "Sold by an order.",
}


def build_schema() -> SubgraphSchema:
    """A fresh schema; its SDL is published as schema/subgraphs/inventory.graphql."""
    return SubgraphSchema(
        query=Query, mutation=Mutation, subscription=Subscription, words=_WORDS, errors=errors, types=[ProductVariant]
    )
