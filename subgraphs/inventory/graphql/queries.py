"""Root fields of inventory."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, connection_of
from kernel.graphql.execution import selected_columns
from subgraphs.inventory.graphql.types.inputs import ReservationWhere, StockLevelWhere, StockMovementWhere
from subgraphs.inventory.graphql.types.stock import (
    InventoryInfo,
    Reservation,
    StockLevel,
    StockLocation,
    StockMovement,
)
from subgraphs.inventory.repository.levels import LevelFilter, count_levels, levels_page
from subgraphs.inventory.repository.locations import count_locations, locations_page
from subgraphs.inventory.repository.movements import MovementFilter, count_movements, movements_page
from subgraphs.inventory.repository.reservations import ReservationFilter, count_reservations, reservations_page


@strawberry.type
class Query:
    """What inventory answers. Each list is one statement, and one more when totalCount is selected."""

    @strawberry.federation.field(
        description="The tenant's locations, oldest first. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
    )
    async def stock_locations(
        self,
        info: InventoryInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[StockLocation]:
        """One page."""
        info.context.require("inventory:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        reader = info.context.reader
        page = await locations_page(reader, selected_columns(info), arguments)
        return connection_of(page, lambda row: StockLocation(row=row), count=lambda: count_locations(reader))

    @strawberry.federation.field(
        description="The tenant's stock levels, oldest first. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
    )
    async def stock_levels(
        self,
        info: InventoryInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: StockLevelWhere | None = None,
    ) -> Connection[StockLevel]:
        """One page."""
        info.context.require("inventory:read")
        wanted = where.to_filter() if where is not None else LevelFilter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        reader = info.context.reader
        page = await levels_page(reader, selected_columns(info), wanted, arguments)
        return connection_of(page, lambda row: StockLevel(row=row), count=lambda: count_levels(reader, wanted))

    @strawberry.federation.field(
        description="The log of movements, latest first. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
    )
    async def stock_movements(
        self,
        info: InventoryInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: StockMovementWhere | None = None,
    ) -> Connection[StockMovement]:
        """One page."""
        info.context.require("inventory:read")
        wanted = where.to_filter() if where is not None else MovementFilter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        reader = info.context.reader
        page = await movements_page(reader, selected_columns(info), wanted, arguments)
        return connection_of(page, lambda row: StockMovement(row=row), count=lambda: count_movements(reader, wanted))

    @strawberry.federation.field(
        description="What is or was held for orders, latest first. Scope: inventory:read.",
        requires_scopes=[["inventory:read"]],
    )
    async def reservations(
        self,
        info: InventoryInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: ReservationWhere | None = None,
    ) -> Connection[Reservation]:
        """One page."""
        info.context.require("inventory:read")
        wanted = where.to_filter() if where is not None else ReservationFilter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        reader = info.context.reader
        page = await reservations_page(reader, selected_columns(info), wanted, arguments)
        return connection_of(page, lambda row: Reservation(row=row), count=lambda: count_reservations(reader, wanted))
