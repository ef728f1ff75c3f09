"""Batched reads of one operation."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kernel.graphql import RequestContext
from subgraphs.inventory.model import LevelKey, Reservation, ReservationLine, StockLevel, StockLocation
from subgraphs.inventory.repository.levels import (
    Availability,
    availability_of,
    levels_by_id,
    levels_of_keys,
    levels_of_variants,
)
from subgraphs.inventory.repository.locations import locations_by_id
from subgraphs.inventory.repository.reservations import lines_of_reservations, reservations_by_id

_NOTHING = Availability(0, 0)


class InventoryLoaders:
    """By id or key; None or nothing where the tenant has no such row."""

    def __init__(self, context: "RequestContext[InventoryLoaders]") -> None:
        self._context = context
        self.location: DataLoader[UUID, StockLocation | None] = DataLoader(self._locations)
        self.level: DataLoader[UUID, StockLevel | None] = DataLoader(self._levels)
        self.level_of_key: DataLoader[LevelKey, StockLevel | None] = DataLoader(self._levels_of_keys)
        self.levels_of_variant: DataLoader[UUID, list[StockLevel]] = DataLoader(self._levels_of_variants)
        self.availability: DataLoader[UUID, Availability] = DataLoader(self._availability)
        self.reservation: DataLoader[UUID, Reservation | None] = DataLoader(self._reservations)
        self.reservation_lines: DataLoader[UUID, list[ReservationLine]] = DataLoader(self._reservation_lines)

    async def _locations(self, ids: Sequence[UUID]) -> list[StockLocation | None]:
        async with self._context.reading() as session:
            found = {location.id: location for location in await locations_by_id(session, ids)}
        return [found.get(location_id) for location_id in ids]

    async def _levels(self, ids: Sequence[UUID]) -> list[StockLevel | None]:
        async with self._context.reading() as session:
            found = {level.id: level for level in await levels_by_id(session, ids)}
        return [found.get(level_id) for level_id in ids]

    async def _levels_of_keys(self, keys: Sequence[LevelKey]) -> list[StockLevel | None]:
        async with self._context.reading() as session:
            found = {(row.variant_id, row.location_id): row for row in await levels_of_keys(session, keys)}
        return [found.get(key) for key in keys]

    async def _levels_of_variants(self, ids: Sequence[UUID]) -> list[list[StockLevel]]:
        found: defaultdict[UUID, list[StockLevel]] = defaultdict(list)
        async with self._context.reading() as session:
            for level in await levels_of_variants(session, ids):
                found[level.variant_id].append(level)
        return [found[variant_id] for variant_id in ids]

    async def _availability(self, ids: Sequence[UUID]) -> list[Availability]:
        async with self._context.reading() as session:
            found = await availability_of(session, ids)
        return [found.get(variant_id, _NOTHING) for variant_id in ids]

    async def _reservations(self, ids: Sequence[UUID]) -> list[Reservation | None]:
        async with self._context.reading() as session:
            found = {reservation.id: reservation for reservation in await reservations_by_id(session, ids)}
        return [found.get(reservation_id) for reservation_id in ids]

    async def _reservation_lines(self, ids: Sequence[UUID]) -> list[list[ReservationLine]]:
        found: defaultdict[UUID, list[ReservationLine]] = defaultdict(list)
        async with self._context.reading() as session:
            for line in await lines_of_reservations(session, ids):
                found[line.reservation_id].append(line)
        return [found[reservation_id] for reservation_id in ids]
