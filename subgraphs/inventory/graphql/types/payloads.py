"""Answers of the mutations; what was written is read again only if it is selected."""

import strawberry

from kernel.errors import Refusal
from kernel.graphql import UserError, Written, field_path, user_errors
from kernel.graphql.execution import relation
from kernel.ids import encode_global_id
from subgraphs.inventory.errors import InventoryErrorCode, StockRefusal
from subgraphs.inventory.graphql.loaders import load_levels_of_changes, load_locations, load_reservations
from subgraphs.inventory.graphql.types.stock import Reservation, StockLevel, StockLocation


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


@strawberry.type(description="Answer of stockLocationCreate.")
class StockLocationCreatePayload:
    """The location, or why not."""

    row: strawberry.Private[Written]

    location: StockLocation | None = relation(
        load_locations, key="key", to=lambda row: StockLocation(row=row), description="The new location."
    )
    user_errors: list[InventoryUserError] = user_errors(InventoryUserError.of)


@strawberry.type(description="Answer of stockLocationAssign.")
class StockLocationAssignPayload:
    """The location, or why not."""

    row: strawberry.Private[Written]

    location: StockLocation | None = relation(
        load_locations, key="key", to=lambda row: StockLocation(row=row), description="The location as it is now."
    )
    user_errors: list[InventoryUserError] = user_errors(InventoryUserError.of)


@strawberry.type(description="Answer of inventoryAdjust and inventorySet.")
class InventoryAdjustPayload:
    """The levels, or why not."""

    row: strawberry.Private[Written]

    levels: list[StockLevel] | None = relation(
        load_levels_of_changes,
        key="key",
        to=lambda rows: [StockLevel(row=row) for row in rows],
        description="The levels named in the input, each once, as they are now.",
    )
    user_errors: list[InventoryUserError] = user_errors(InventoryUserError.of)


@strawberry.federation.type(description="Answer of the internal reservation mutations.", inaccessible=True)
class ReservationPayload:
    """The reservation, or why not."""

    row: strawberry.Private[Written]

    reservation: Reservation | None = relation(
        load_reservations, key="key", to=lambda row: Reservation(row=row), description="The order's reservation."
    )
    user_errors: list[InventoryUserError] = user_errors(InventoryUserError.of)
