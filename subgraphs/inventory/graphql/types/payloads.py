"""Answers of the mutations."""

import strawberry

from kernel.errors import Refusal
from kernel.graphql import UserError, field_path
from kernel.ids import encode_global_id
from subgraphs.inventory.errors import InsufficientStock, InventoryErrorCode, StockRefusal
from subgraphs.inventory.graphql.types.stock import Reservation, StockLevel, StockLocation
from subgraphs.inventory.use_cases.reserve_stock import ReserveOutcome


@strawberry.type(description="Why a mutation of inventory was refused.")
class InventoryUserError(UserError):
    """With the typed code."""

    code: InventoryErrorCode = strawberry.field(description="The contract.")
    variant_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The variants it is about.")

    @classmethod
    def of(cls, refusal: Refusal) -> "InventoryUserError":
        """The graph's form of a refusal."""
        variants = refusal.variant_ids if isinstance(refusal, StockRefusal) else ()
        return cls(
            field=field_path(refusal),
            message=refusal.message,
            code=InventoryErrorCode(refusal.code),
            variant_ids=[strawberry.ID(encode_global_id("ProductVariant", item)) for item in variants] or None,
        )

    @classmethod
    def of_shortage(cls, outcome: ReserveOutcome) -> "list[InventoryUserError]":
        """Nothing when the stock was held."""
        if not outcome.short_variant_ids:
            return []
        message = "not enough is available"
        return [cls.of(InsufficientStock(message, field=("lines",), variant_ids=outcome.short_variant_ids))]


@strawberry.type(description="Answer of stockLocationCreate.")
class StockLocationCreatePayload:
    """The location, or why not."""

    location: StockLocation | None = strawberry.field(default=None, description="The new location.")
    user_errors: list[InventoryUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type(description="Answer of inventoryAdjust and inventorySet.")
class InventoryAdjustPayload:
    """The levels, or why not."""

    levels: list[StockLevel] | None = strawberry.field(
        default=None, description="The levels named in the input, each once, as they are now."
    )
    user_errors: list[InventoryUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.federation.type(description="Answer of the internal reservation mutations.", inaccessible=True)
class ReservationPayload:
    """The reservation, or why not."""

    reservation: Reservation | None = strawberry.field(default=None, description="The order's reservation.")
    user_errors: list[InventoryUserError] = strawberry.field(default_factory=list, description="Why it was refused.")
