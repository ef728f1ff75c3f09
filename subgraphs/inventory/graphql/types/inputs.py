"""Filters and inputs, with their translation into commands."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from kernel.ids import GlobalId
from subgraphs.inventory.model import LevelKey, LocationKind, ReservationStatus, StockMovementReason
from subgraphs.inventory.repository.levels import LevelFilter
from subgraphs.inventory.repository.movements import MovementFilter
from subgraphs.inventory.repository.reservations import ReservationFilter
from subgraphs.inventory.use_cases.adjust_stock import AdjustLine, AdjustStock, SetLine, SetStock
from subgraphs.inventory.use_cases.create_location import CreateLocation
from subgraphs.inventory.use_cases.reserve_stock import DemandLine


@strawberry.enum(description="Why on hand is adjusted; sales happen by orders.")
class StockAdjustmentReason(StrEnum):
    """The reasons people may give."""

    OPENING_BALANCE = "OPENING_BALANCE"
    RECEIVED = "RECEIVED"
    WRITE_OFF = "WRITE_OFF"
    CORRECTION = "CORRECTION"
    GIFT = "GIFT"
    RETURN = "RETURN"

    @property
    def of_movement(self) -> StockMovementReason:
        """The same reason in the log."""
        return StockMovementReason(self.value)


@strawberry.input(description="Which levels; what is left out does not matter.")
class StockLevelWhere:
    """Filter of `stockLevels`."""

    variant_id: strawberry.ID | None = strawberry.field(default=None, description="Of this variant.")
    location_id: strawberry.ID | None = strawberry.field(default=None, description="At this location.")

    def to_filter(self) -> LevelFilter:
        """With decoded ids."""
        return LevelFilter(_wanted(self.variant_id, "ProductVariant"), _wanted(self.location_id, "StockLocation"))


@strawberry.input(description="Which movements; what is left out does not matter.")
class StockMovementWhere:
    """Filter of `stockMovements`."""

    variant_id: strawberry.ID | None = strawberry.field(default=None, description="Of this variant.")
    reason: StockMovementReason | None = strawberry.field(default=None, description="For this reason.")

    def to_filter(self) -> MovementFilter:
        """With decoded ids."""
        return MovementFilter(_wanted(self.variant_id, "ProductVariant"), self.reason)


@strawberry.input(description="Which reservations; what is left out does not matter.")
class ReservationWhere:
    """Filter of `reservations`."""

    order_id: strawberry.ID | None = strawberry.field(default=None, description="Of this order.")
    status: ReservationStatus | None = strawberry.field(default=None, description="In this state.")

    def to_filter(self) -> ReservationFilter:
        """With decoded ids."""
        return ReservationFilter(_wanted(self.order_id, "Order"), self.status)


@strawberry.input(description="A new location.")
class StockLocationCreateInput:
    """Input of `stockLocationCreate`."""

    code: str = strawberry.field(description="Short name, unique in the tenant: letters, digits, dots, dashes.")
    name: str = strawberry.field(description="Name for people.")
    kind: LocationKind = strawberry.field(description="What kind of place it is.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store it belongs to. Who works at stores can open locations only there."
    )

    def to_command(self) -> CreateLocation:
        """The use case's command."""
        store_id = store_of(self.store_id, ("input", "storeId"))
        return CreateLocation(code=self.code, name=self.name, kind=self.kind, store_id=store_id)


@strawberry.input(description="Pieces that came or went at one level.")
class InventoryAdjustLineInput:
    """Line of `inventoryAdjust`."""

    variant_id: strawberry.ID = strawberry.field(description="What.")
    location_id: strawberry.ID = strawberry.field(description="Where.")
    delta: int = strawberry.field(description="Pieces that came (positive) or went (negative).")
    change_from_quantity: int | None = strawberry.field(
        default=None, description="On hand as you have seen it; another on hand is refused. Null does not compare."
    )

    def to_line(self, position: int) -> AdjustLine:
        """With decoded ids."""
        variant_id, location_id = _key(self.variant_id, self.location_id, position)
        return AdjustLine(variant_id, location_id, self.delta, self.change_from_quantity)


@strawberry.input(description="Differences of on hand, applied all or none.")
class InventoryAdjustInput:
    """Input of `inventoryAdjust`."""

    reason: StockAdjustmentReason = strawberry.field(description="Why.")
    reference: str | None = strawberry.field(default=None, description="Your document number, at most 200 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it happened; now when left out.")
    lines: list[InventoryAdjustLineInput] = strawberry.field(description="1 to 250 lines, applied in this order.")

    def to_command(self) -> AdjustStock:
        """The use case's command."""
        lines = tuple(line.to_line(position) for position, line in enumerate(self.lines))
        return AdjustStock(self.reason.of_movement, self.reference, self.occurred_at, lines)


@strawberry.input(description="A counted quantity at one level.")
class InventorySetLineInput:
    """Line of `inventorySet`."""

    variant_id: strawberry.ID = strawberry.field(description="What.")
    location_id: strawberry.ID = strawberry.field(description="Where.")
    quantity: int = strawberry.field(description="On hand as counted.")
    change_from_quantity: int | None = strawberry.field(
        default=None, description="On hand as you have seen it; another on hand is refused. Null does not compare."
    )

    def to_line(self, position: int) -> SetLine:
        """With decoded ids."""
        variant_id, location_id = _key(self.variant_id, self.location_id, position)
        return SetLine(variant_id, location_id, self.quantity, self.change_from_quantity)


@strawberry.input(description="Counted quantities, set all or none.")
class InventorySetInput:
    """Input of `inventorySet`."""

    reason: StockAdjustmentReason = strawberry.field(description="Why.")
    reference: str | None = strawberry.field(default=None, description="Your document number, at most 200 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it happened; now when left out.")
    lines: list[InventorySetLineInput] = strawberry.field(description="1 to 250 lines, applied in this order.")

    def to_command(self) -> SetStock:
        """The use case's command."""
        lines = tuple(line.to_line(position) for position, line in enumerate(self.lines))
        return SetStock(self.reason.of_movement, self.reference, self.occurred_at, lines)


@strawberry.federation.input(description="Pieces an order needs.", inaccessible=True)
class StockReserveLineInput:
    """Line of `stockReserve`."""

    variant_id: strawberry.ID = strawberry.field(description="What.")
    quantity: int = strawberry.field(description="How many pieces, at least 1.")

    def to_line(self, position: int) -> DemandLine:
        """With the decoded id."""
        field = ("lines", str(position), "variantId")
        variant_id = GlobalId.decode(self.variant_id, expected_type="ProductVariant", field=field).uuid
        return DemandLine(variant_id, self.quantity)


def store_of(global_id: strawberry.ID | None, field: tuple[str, ...]) -> UUID | None:
    """The store's id; None for no store."""
    return GlobalId.decode(global_id, expected_type="Store", field=field).uuid if global_id is not None else None


def _wanted(global_id: strawberry.ID | None, type_name: str) -> UUID | None:
    if global_id is None:
        return None
    return GlobalId.decode(global_id, expected_type=type_name, field=("where",)).uuid


def _key(variant_id: strawberry.ID, location_id: strawberry.ID, position: int) -> LevelKey:
    line = ("input", "lines", str(position))
    return (
        GlobalId.decode(variant_id, expected_type="ProductVariant", field=(*line, "variantId")).uuid,
        GlobalId.decode(location_id, expected_type="StockLocation", field=(*line, "locationId")).uuid,
    )
