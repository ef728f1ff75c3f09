"""Root fields of inventory."""

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, read_connection
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
        context = info.context
        context.require("inventory:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context,
            lambda session: locations_page(session, arguments),
            StockLocation.of,
            count=count_locations,
        )

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
        context = info.context
        context.require("inventory:read")
        wanted = where.to_filter() if where is not None else LevelFilter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context,
            lambda session: levels_page(session, wanted, arguments),
            StockLevel.of,
            count=lambda session: count_levels(session, wanted),
        )

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
        context = info.context
        context.require("inventory:read")
        wanted = where.to_filter() if where is not None else MovementFilter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context,
            lambda session: movements_page(session, wanted, arguments),
            StockMovement.of,
            count=lambda session: count_movements(session, wanted),
        )

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
        context = info.context
        context.require("inventory:read")
        wanted = where.to_filter() if where is not None else ReservationFilter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        return await read_connection(
            context,
            lambda session: reservations_page(session, wanted, arguments),
            Reservation.of,
            count=lambda session: count_reservations(session, wanted),
        )
