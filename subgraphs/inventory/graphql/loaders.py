"""Batched reads: what relations and references of inventory's types are read by."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from kernel.graphql import RequestContext, lists_by, rows_by
from kernel.graphql.execution import Batch
from kernel.graphql.execution.sources import Load
from subgraphs.inventory.model import LevelKey, Reservation, ReservationLine, StockLevel, StockLocation
from subgraphs.inventory.repository.levels import (
    AVAILABILITY,
    LEVELS,
    AvailabilityRow,
    LevelRow,
    NoStock,
    levels_of_keys,
)
from subgraphs.inventory.repository.locations import LOCATIONS
from subgraphs.inventory.repository.reservations import RESERVATION_LINES, RESERVATIONS

load_locations: Final = rows_by(LOCATIONS, StockLocation.id)
#: a reference shows no more than the root field does
load_locations_for_staff: Final = rows_by(LOCATIONS, StockLocation.id, scope="inventory:read")
load_levels: Final = rows_by(LEVELS, StockLevel.id, scope="inventory:read")
load_levels_of_variants: Final = lists_by(LEVELS, StockLevel.variant_id, scope="inventory:read")
#: for customers too
load_availability: Final[Load[RequestContext, None, UUID, AvailabilityRow | NoStock]] = rows_by(
    AVAILABILITY, StockLevel.variant_id, scope="catalog:read"
)
#: for whoever made them
load_reservations: Final = rows_by(RESERVATIONS, Reservation.id)
load_reservations_for_staff: Final = rows_by(RESERVATIONS, Reservation.id, scope="inventory:read")
#: for whoever sees the reservation
load_lines: Final = lists_by(RESERVATION_LINES, ReservationLine.reservation_id)


async def load_levels_of_changes(
    batch: Batch[RequestContext, None], changes: Sequence[tuple[LevelKey, ...]]
) -> Mapping[tuple[LevelKey, ...], list[LevelRow]]:
    """By the keys that a change has named, for whoever made it."""
    found = await levels_of_keys(batch.context.reader, [key for change in changes for key in change], batch.columns)
    return {change: [found[key] for key in change] for change in changes}
