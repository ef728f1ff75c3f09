"""Mutations of inventory: authorize, translate, run one use case, translate back."""

from collections.abc import Iterable
from uuid import UUID

import strawberry

from kernel.errors import Refusal
from kernel.graphql import Written, written
from kernel.ids import GlobalId
from subgraphs.inventory.errors import InsufficientStock
from subgraphs.inventory.graphql.types.inputs import (
    InventoryAdjustInput,
    InventorySetInput,
    StockLocationCreateInput,
    StockReserveLineInput,
    store_of,
)
from subgraphs.inventory.graphql.types.payloads import (
    InventoryAdjustPayload,
    ReservationPayload,
    StockLocationAssignPayload,
    StockLocationCreatePayload,
)
from subgraphs.inventory.graphql.types.stock import InventoryInfo
from subgraphs.inventory.model import LevelKey
from subgraphs.inventory.use_cases.adjust_stock import AdjustLine, SetLine, adjust_stock, set_stock
from subgraphs.inventory.use_cases.assign_location import AssignLocation, assign_location
from subgraphs.inventory.use_cases.commit_stock import CommitStock, commit_stock
from subgraphs.inventory.use_cases.create_location import create_location
from subgraphs.inventory.use_cases.release_stock import ReleaseStock, release_stock
from subgraphs.inventory.use_cases.reserve_stock import ReserveOutcome, ReserveStock, reserve_stock


@strawberry.type
class Mutation:
    """What inventory can change."""

    @strawberry.federation.mutation(
        description="Opens a stock location. Scope: inventory:manage.", requires_scopes=[["inventory:manage"]]
    )
    async def stock_location_create(
        self,
        info: InventoryInfo,
        input: StockLocationCreateInput,  # noqa: A002
    ) -> StockLocationCreatePayload:
        """Codes are unique in the tenant."""
        info.context.require("inventory:manage")
        try:
            location_id = await info.context.run(create_location, input.to_command())
        except Refusal as refusal:
            return StockLocationCreatePayload(row=Written.refused(refusal))
        return StockLocationCreatePayload(row=Written(location_id))

    @strawberry.federation.mutation(
        description="Says which store a location belongs to; null takes it away. Scope: inventory:manage.",
        requires_scopes=[["inventory:manage"]],
    )
    async def stock_location_assign(
        self,
        info: InventoryInfo,
        id: strawberry.ID,  # noqa: A002
        store_id: strawberry.ID | None = None,
    ) -> StockLocationAssignPayload:
        """Who works at stores can assign only from one of them to another."""
        info.context.require("inventory:manage")
        location_id = GlobalId.decode(id, expected_type="StockLocation").uuid
        command = AssignLocation(location_id, store_of(store_id, ("storeId",)))
        outcome = info.context.run(assign_location, command)
        return StockLocationAssignPayload(row=await written(outcome, key=location_id))

    @strawberry.federation.mutation(
        description="Changes on hand by differences, all or none. Scope: inventory:write.",
        requires_scopes=[["inventory:write"]],
    )
    async def inventory_adjust(
        self,
        info: InventoryInfo,
        input: InventoryAdjustInput,  # noqa: A002
        idempotency_key: str,
    ) -> InventoryAdjustPayload:
        """Levels that do not exist yet begin at zero."""
        info.context.require("inventory:write")
        command = input.to_command()
        outcome = info.context.run_once(adjust_stock, command, key=idempotency_key, result_type=UUID)
        return InventoryAdjustPayload(row=await written(outcome, key=_keys(command.lines)))

    @strawberry.federation.mutation(
        description="Sets on hand to counted quantities, all or none. Scope: inventory:write.",
        requires_scopes=[["inventory:write"]],
    )
    async def inventory_set(
        self,
        info: InventoryInfo,
        input: InventorySetInput,  # noqa: A002
        idempotency_key: str,
    ) -> InventoryAdjustPayload:
        """The difference becomes a movement."""
        info.context.require("inventory:write")
        command = input.to_command()
        outcome = info.context.run_once(set_stock, command, key=idempotency_key, result_type=UUID)
        return InventoryAdjustPayload(row=await written(outcome, key=_keys(command.lines)))

    @strawberry.federation.mutation(
        description="Holds stock for an order, all of it or nothing. Internal. Scope: saga:run.",
        requires_scopes=[["saga:run"]],
        inaccessible=True,
    )
    async def stock_reserve(
        self, info: InventoryInfo, order_id: strawberry.ID, lines: list[StockReserveLineInput], idempotency_key: str
    ) -> ReservationPayload:
        """At most 2000 lines; none for an order without goods."""
        info.context.require("saga:run")
        demand = tuple(line.to_line(position) for position, line in enumerate(lines))
        command = ReserveStock(_order_id(order_id), demand)
        try:
            outcome = await info.context.run_once(
                reserve_stock, command, key=idempotency_key, result_type=ReserveOutcome
            )
        except Refusal as refusal:
            return ReservationPayload(row=Written.refused(refusal))
        return ReservationPayload(row=_written(outcome))

    @strawberry.federation.mutation(
        description="Lets the stock held for an order leave. Internal. Scope: saga:run.",
        requires_scopes=[["saga:run"]],
        inaccessible=True,
    )
    async def stock_commit(
        self, info: InventoryInfo, order_id: strawberry.ID, idempotency_key: str
    ) -> ReservationPayload:
        """A committed reservation stays committed."""
        info.context.require("saga:run")
        command = CommitStock(_order_id(order_id))
        outcome = info.context.run_once(commit_stock, command, key=idempotency_key, result_type=UUID)
        return ReservationPayload(row=await written(outcome))

    @strawberry.federation.mutation(
        description="Gives back the stock held for an order and refuses a late reservation. Internal. Scope: saga:run.",
        requires_scopes=[["saga:run"]],
        inaccessible=True,
    )
    async def stock_release(
        self, info: InventoryInfo, order_id: strawberry.ID, idempotency_key: str
    ) -> ReservationPayload:
        """A released reservation stays released."""
        info.context.require("saga:run")
        command = ReleaseStock(_order_id(order_id))
        outcome = info.context.run_once(release_stock, command, key=idempotency_key, result_type=UUID)
        return ReservationPayload(row=await written(outcome))


def _order_id(global_id: strawberry.ID) -> UUID:
    return GlobalId.decode(global_id, expected_type="Order", field=("orderId",)).uuid


def _written(outcome: ReserveOutcome) -> Written:
    if outcome.reservation_id is not None:
        return Written(outcome.reservation_id)
    message = "not enough is available"
    return Written.refused(InsufficientStock(message, field=("lines",), variant_ids=outcome.short_variant_ids))


def _keys(lines: Iterable[AdjustLine | SetLine]) -> tuple[LevelKey, ...]:
    return tuple(dict.fromkeys((line.variant_id, line.location_id) for line in lines))
