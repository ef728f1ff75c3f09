"""Locations, levels, movements, reservations, and what inventory adds to a product variant."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias
from uuid import UUID

import strawberry

from kernel.graphql import RequestContext, global_id, id_of, reference, stub
from kernel.graphql.execution import column, computed, reads, relation
from kernel.ids import encode_global_id
from subgraphs.inventory.graphql.loaders import (
    load_availability,
    load_levels,
    load_levels_of_variants,
    load_lines,
    load_locations,
    load_locations_for_staff,
    load_reservations_for_staff,
)
from subgraphs.inventory.model import LocationKind, ReservationStatus, StockMovementReason
from subgraphs.inventory.repository.levels import AvailabilityRow, LevelRow, NoStock
from subgraphs.inventory.repository.locations import LocationRow
from subgraphs.inventory.repository.movements import MovementRow
from subgraphs.inventory.repository.reservations import ReservationLineRow, ReservationRow

InventoryInfo: TypeAlias = strawberry.Info[RequestContext, None]


def _location() -> "StockLocation | None":
    return relation(
        load_locations,
        key="location_id",
        to=lambda row: StockLocation(row=row),
        description="Where.",
    )


def _variant(description: str) -> "ProductVariant | None":
    return computed(lambda row: ProductVariant(row=row), reads=("variant_id",), description=description)


@strawberry.federation.type(keys=["id"], description="A place where goods lie.")
class StockLocation:
    """`StockLocation` of the graph."""

    row: strawberry.Private[LocationRow]
    references: ClassVar = (
        reference("id", load_locations_for_staff, parse=id_of("StockLocation"), to=lambda row: StockLocation(row=row)),
    )

    id: strawberry.ID = global_id("StockLocation")
    code: str = column(description="The tenant's short name of the place, unique.")
    name: str = column(description="Name for people.")
    kind: LocationKind = column(description="Orders take from warehouses first.")
    store_id: strawberry.ID | None = computed(
        lambda row: row.store_id and strawberry.ID(encode_global_id("Store", row.store_id)),
        reads=("store_id",),
        description="Global id of the store it belongs to; who works at stores changes stock only there.",
    )


@strawberry.type(description="How many pieces of a variant there are, all locations together.")
class Availability:
    """`Availability` of the graph."""

    row: strawberry.Private[AvailabilityRow | NoStock]

    available: int = computed(
        lambda row: row.on_hand - row.reserved,
        reads=("on_hand", "reserved"),
        description="On hand minus reserved: what may still be promised.",
    )
    is_in_stock: bool = computed(
        lambda row: row.on_hand > row.reserved,
        reads=("on_hand", "reserved"),
        description="True when at least one piece is available.",
    )

    @strawberry.federation.field(
        description="Physically there. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
        metadata=reads("on_hand"),
    )
    def on_hand(self, info: InventoryInfo) -> int | None:
        """For staff."""
        info.context.require("inventory:read")
        return self.row.on_hand

    @strawberry.federation.field(
        description="Promised to unfinished orders. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
        metadata=reads("reserved"),
    )
    def reserved(self, info: InventoryInfo) -> int | None:
        """For staff."""
        info.context.require("inventory:read")
        return self.row.reserved


@dataclass(frozen=True, slots=True)
class VariantKey:
    """What a variant is shown by when no row names it."""

    variant_id: UUID


@strawberry.federation.type(keys=["id"], description="A variant of a product, as inventory sees it.")
class ProductVariant:
    """Inventory's part of `ProductVariant`: of any variant id, for what the tenant does not know has no stock."""

    row: strawberry.Private[VariantKey | LevelRow | MovementRow | ReservationLineRow]
    references: ClassVar = (
        stub("id", parse=id_of("ProductVariant"), to=lambda variant_id: ProductVariant(row=VariantKey(variant_id))),
    )

    id: strawberry.ID = global_id("ProductVariant", "variant_id")
    availability: Availability | None = relation(
        load_availability,
        key="variant_id",
        to=lambda row: Availability(row=row),
        missing=NoStock,
        description="How many pieces there are, all locations together. Scope: catalog:read.",
        requires_scopes=[["catalog:read"]],
    )
    stock_levels: "list[StockLevel] | None" = relation(
        load_levels_of_variants,
        key="variant_id",
        to=lambda rows: [StockLevel(row=row) for row in rows],
        missing=list,
        description="The levels, location by location. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
    )


@strawberry.federation.type(keys=["id"], description="How many pieces of a variant there are at a location.")
class StockLevel:
    """`StockLevel` of the graph."""

    row: strawberry.Private[LevelRow]
    references: ClassVar = (
        reference("id", load_levels, parse=id_of("StockLevel"), to=lambda row: StockLevel(row=row)),
    )

    id: strawberry.ID = global_id("StockLevel")
    variant: ProductVariant | None = _variant("What is counted.")
    on_hand: int = column(description="Physically there.")
    reserved: int = column(description="Promised to unfinished orders.")
    available: int = computed(
        lambda row: row.on_hand - row.reserved, reads=("on_hand", "reserved"), description="On hand minus reserved."
    )
    version: int = column(description="Counts changes.")
    location: StockLocation | None = _location()


@strawberry.type(description="Goods came or went; a line of the log that is never changed.")
class StockMovement:
    """`StockMovement` of the graph."""

    row: strawberry.Private[MovementRow]

    id: strawberry.ID = global_id("StockMovement")
    variant: ProductVariant | None = _variant("What moved.")
    delta: int = column(description="Pieces that came (positive) or went (negative).")
    reason: StockMovementReason = column(description="Why.")
    reference: str | None = column(description="What caused it, like order:… or a document number.")
    occurred_at: datetime = column(description="When it happened.")
    location: StockLocation | None = _location()


@strawberry.type(description="Pieces of a variant held at a location.")
class ReservationLine:
    """`ReservationLine` of the graph."""

    row: strawberry.Private[ReservationLineRow]

    variant: ProductVariant | None = _variant("What is held.")
    quantity: int = column(description="How many pieces.")
    location: StockLocation | None = _location()


@strawberry.federation.type(keys=["id"], description="Stock held for one order.")
class Reservation:
    """`Reservation` of the graph."""

    row: strawberry.Private[ReservationRow]
    references: ClassVar = (
        reference("id", load_reservations_for_staff, parse=id_of("Reservation"), to=lambda row: Reservation(row=row)),
    )

    id: strawberry.ID = global_id("Reservation")
    order_id: strawberry.ID = global_id("Order", "order_id", description="Global id of the order.")
    status: ReservationStatus = column(description="Whether the stock is still held.")
    lines: list[ReservationLine] = relation(
        load_lines,
        key="id",
        to=lambda rows: [ReservationLine(row=row) for row in rows],
        missing=list,
        description="What is or was held, at most 2000 lines; none when the order never reserved.",
    )
