"""Locations, levels, movements, reservations, and what inventory adds to a product variant."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import strawberry

from kernel.graphql import Info
from kernel.ids import GlobalId, encode_global_id
from subgraphs.inventory import model
from subgraphs.inventory.graphql.loaders import InventoryLoaders
from subgraphs.inventory.model import LocationKind, ReservationStatus, StockMovementReason

InventoryInfo: TypeAlias = Info[InventoryLoaders]


@strawberry.federation.type(keys=["id"], description="A place where goods lie.")
class StockLocation:
    """`StockLocation` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    code: str = strawberry.field(description="The tenant's short name of the place, unique.")
    name: str = strawberry.field(description="Name for people.")
    kind: LocationKind = strawberry.field(description="Orders take from warehouses first.")

    @classmethod
    def of(cls, row: model.StockLocation) -> "StockLocation":
        """The graph's form of a row."""
        return cls(id=_id("StockLocation", row.id), code=row.code, name=row.name, kind=row.kind)

    @classmethod
    async def resolve_reference(cls, info: InventoryInfo, id: strawberry.ID) -> "StockLocation | None":  # noqa: A002
        """By id; None when the tenant has no such location."""
        row = await info.context.loaders.location.load(GlobalId.decode(id, expected_type="StockLocation").uuid)
        return cls.of(row) if row is not None else None


@strawberry.type(description="How many pieces of a variant there are, all locations together.")
class Availability:
    """`Availability` of the graph."""

    available: int = strawberry.field(description="On hand minus reserved: what may still be promised.")
    is_in_stock: bool = strawberry.field(description="True when at least one piece is available.")
    counts: strawberry.Private[tuple[int, int]]

    @strawberry.federation.field(
        description="Physically there. Scope: inventory:read.", requires_scopes=[["inventory:read"]]
    )
    async def on_hand(self, info: InventoryInfo) -> int | None:
        """For staff."""
        info.context.require("inventory:read")
        return self.counts[0]

    @strawberry.federation.field(
        description="Promised to unfinished orders. Scope: inventory:read.", requires_scopes=[["inventory:read"]]
    )
    async def reserved(self, info: InventoryInfo) -> int | None:
        """For staff."""
        info.context.require("inventory:read")
        return self.counts[1]


@strawberry.federation.type(keys=["id"], description="A variant of a product, as inventory sees it.")
class ProductVariant:
    """Inventory's part of `ProductVariant`."""

    id: strawberry.ID = strawberry.field(description="Global id.")

    @classmethod
    def of(cls, variant_id: UUID) -> "ProductVariant":
        """A reference; no statement is needed."""
        return cls(id=_id("ProductVariant", variant_id))

    @classmethod
    def resolve_reference(cls, info: InventoryInfo, id: strawberry.ID) -> "ProductVariant":  # noqa: A002
        """Any variant id: what the tenant does not know has no stock."""
        del info
        return cls.of(GlobalId.decode(id, expected_type="ProductVariant").uuid)

    @strawberry.federation.field(
        description="How many pieces there are, all locations together. Scope: catalog:read.",
        requires_scopes=[["catalog:read"]],
    )
    async def availability(self, info: InventoryInfo) -> Availability | None:
        """One batch for all variants of the operation."""
        info.context.require("catalog:read")
        counts = await info.context.loaders.availability.load(self._uuid)
        available = counts.on_hand - counts.reserved
        return Availability(available=available, is_in_stock=available > 0, counts=(counts.on_hand, counts.reserved))

    @strawberry.federation.field(
        description="The levels, location by location. Scope: inventory:read.", requires_scopes=[["inventory:read"]]
    )
    async def stock_levels(self, info: InventoryInfo) -> "list[StockLevel] | None":
        """One batch for all variants of the operation."""
        info.context.require("inventory:read")
        return [StockLevel.of(row) for row in await info.context.loaders.levels_of_variant.load(self._uuid)]

    @property
    def _uuid(self) -> UUID:
        return GlobalId.decode(self.id, expected_type="ProductVariant").uuid


@strawberry.federation.type(keys=["id"], description="How many pieces of a variant there are at a location.")
class StockLevel:
    """`StockLevel` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    variant: ProductVariant | None = strawberry.field(description="What is counted.")
    on_hand: int = strawberry.field(description="Physically there.")
    reserved: int = strawberry.field(description="Promised to unfinished orders.")
    available: int = strawberry.field(description="On hand minus reserved.")
    version: int = strawberry.field(description="Counts changes.")
    location_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: model.StockLevel) -> "StockLevel":
        """The graph's form of a row."""
        return cls(
            id=_id("StockLevel", row.id),
            variant=ProductVariant.of(row.variant_id),
            on_hand=row.on_hand,
            reserved=row.reserved,
            available=row.available,
            version=row.version,
            location_id=row.location_id,
        )

    @classmethod
    async def resolve_reference(cls, info: InventoryInfo, id: strawberry.ID) -> "StockLevel | None":  # noqa: A002
        """By id, for staff; None when the tenant has no such level."""
        info.context.require("inventory:read")
        row = await info.context.loaders.level.load(GlobalId.decode(id, expected_type="StockLevel").uuid)
        return cls.of(row) if row is not None else None

    @strawberry.field(description="Where.")
    async def location(self, info: InventoryInfo) -> StockLocation | None:
        """One batch for all levels of the operation."""
        return await _location(info, self.location_id)


@strawberry.type(description="Goods came or went; a line of the log that is never changed.")
class StockMovement:
    """`StockMovement` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    variant: ProductVariant | None = strawberry.field(description="What moved.")
    delta: int = strawberry.field(description="Pieces that came (positive) or went (negative).")
    reason: StockMovementReason = strawberry.field(description="Why.")
    reference: str | None = strawberry.field(description="What caused it, like order:… or a document number.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    location_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: model.StockMovement) -> "StockMovement":
        """The graph's form of a row."""
        return cls(
            id=_id("StockMovement", row.id),
            variant=ProductVariant.of(row.variant_id),
            delta=row.delta,
            reason=row.reason,
            reference=row.reference,
            occurred_at=row.occurred_at,
            location_id=row.location_id,
        )

    @strawberry.field(description="Where.")
    async def location(self, info: InventoryInfo) -> StockLocation | None:
        """One batch for all movements of the operation."""
        return await _location(info, self.location_id)


@strawberry.type(description="Pieces of a variant held at a location.")
class ReservationLine:
    """`ReservationLine` of the graph."""

    variant: ProductVariant | None = strawberry.field(description="What is held.")
    quantity: int = strawberry.field(description="How many pieces.")
    location_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: model.ReservationLine) -> "ReservationLine":
        """The graph's form of a row."""
        return cls(variant=ProductVariant.of(row.variant_id), quantity=row.quantity, location_id=row.location_id)

    @strawberry.field(description="Where.")
    async def location(self, info: InventoryInfo) -> StockLocation | None:
        """One batch for all lines of the operation."""
        return await _location(info, self.location_id)


@strawberry.federation.type(keys=["id"], description="Stock held for one order.")
class Reservation:
    """`Reservation` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    order_id: strawberry.ID = strawberry.field(description="Global id of the order.")
    status: ReservationStatus = strawberry.field(description="Whether the stock is still held.")

    @classmethod
    def of(cls, row: model.Reservation) -> "Reservation":
        """The graph's form of a row."""
        return cls(id=_id("Reservation", row.id), order_id=_id("Order", row.order_id), status=row.status)

    @classmethod
    async def resolve_reference(cls, info: InventoryInfo, id: strawberry.ID) -> "Reservation | None":  # noqa: A002
        """By id, for staff; None when the tenant has no such reservation."""
        info.context.require("inventory:read")
        row = await info.context.loaders.reservation.load(GlobalId.decode(id, expected_type="Reservation").uuid)
        return cls.of(row) if row is not None else None

    @strawberry.field(description="What is or was held, at most 2000 lines; none when the order never reserved.")
    async def lines(self, info: InventoryInfo) -> list[ReservationLine]:
        """One batch for all reservations of the operation."""
        reservation_id = GlobalId.decode(self.id, expected_type="Reservation").uuid
        rows = await info.context.loaders.reservation_lines.load(reservation_id)
        return [ReservationLine.of(row) for row in rows]


async def _location(info: InventoryInfo, location_id: UUID) -> StockLocation | None:
    row = await info.context.loaders.location.load(location_id)
    return StockLocation.of(row) if row is not None else None


def _id(type_name: str, uuid: UUID) -> strawberry.ID:
    return strawberry.ID(encode_global_id(type_name, uuid))
