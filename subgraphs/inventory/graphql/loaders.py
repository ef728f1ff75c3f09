"""Batched reads: what relations and references of inventory's types are read by."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from kernel.graphql import RequestContext
from kernel.graphql.execution import Batch
from subgraphs.inventory.model import LevelKey
from subgraphs.inventory.repository.levels import (
    AvailabilityRow,
    LevelRow,
    NoStock,
    availability_of,
    levels_by_id,
    levels_of_keys,
    levels_of_variants,
)
from subgraphs.inventory.repository.locations import LocationRow, locations_by_id
from subgraphs.inventory.repository.reservations import (
    ReservationLineRow,
    ReservationRow,
    lines_of_reservations,
    reservations_by_id,
)

InventoryBatch: TypeAlias = Batch[RequestContext, None]


async def load_locations(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, LocationRow]:
    """By id."""
    return await locations_by_id(batch.context.reader, ids, batch.columns)


async def load_levels(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, LevelRow]:
    """By id, for staff."""
    batch.context.require("inventory:read")
    return await levels_by_id(batch.context.reader, ids, batch.columns)


async def load_levels_of_variants(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, list[LevelRow]]:
    """By variant, for staff."""
    batch.context.require("inventory:read")
    return await levels_of_variants(batch.context.reader, ids, batch.columns)


async def load_availability(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, AvailabilityRow | NoStock]:
    """By variant, for customers too."""
    batch.context.require("catalog:read")
    return await availability_of(batch.context.reader, ids, batch.columns)


async def load_levels_of_changes(
    batch: InventoryBatch, changes: Sequence[tuple[LevelKey, ...]]
) -> Mapping[tuple[LevelKey, ...], list[LevelRow]]:
    """By the keys that a change has named, for whoever made it."""
    found = await levels_of_keys(batch.context.reader, [key for change in changes for key in change], batch.columns)
    return {change: [found[key] for key in change] for change in changes}


async def load_reservations(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, ReservationRow]:
    """By id, for whoever made them."""
    return await reservations_by_id(batch.context.reader, ids, batch.columns)


async def load_reservations_for_staff(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, ReservationRow]:
    """By id."""
    batch.context.require("inventory:read")
    return await load_reservations(batch, ids)


async def load_lines(batch: InventoryBatch, ids: Sequence[UUID]) -> Mapping[UUID, list[ReservationLineRow]]:
    """By reservation, for whoever sees the reservation."""
    return await lines_of_reservations(batch.context.reader, ids, batch.columns)
