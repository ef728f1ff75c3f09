"""What orders tells as it happens."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Authenticated

from kernel.errors import NotFound
from kernel.graphql.execution import relation
from kernel.ids import GlobalId
from subgraphs.orders.events import OrderCancelled, OrderConfirmed, ReturnReceived
from subgraphs.orders.graphql.loaders import OrderInfo, load_orders, owner_seen
from subgraphs.orders.graphql.types.order import Order
from subgraphs.orders.repository.orders import find_order

_TOLD: Final = (OrderConfirmed.subject, OrderCancelled.subject, ReturnReceived.subject)


@dataclass(frozen=True, slots=True)
class Changed:
    """Which order is to be read again."""

    order_id: UUID


@strawberry.type(description="An order as it is after something became of it.")
class OrderStatusChange:
    """`OrderStatusChange` of the graph."""

    row: strawberry.Private[Changed]

    order: Order | None = relation(
        load_orders,
        key="order_id",
        to=lambda row: Order(row=row),
        description="The order, read when it changed. Null if the caller may not see it any more.",
    )


@strawberry.type
class Subscription:
    """Streams of orders."""

    @strawberry.subscription(
        description="An order now, and again when it is confirmed, cancelled or comes back: one's own, or anybody's "
        "with scope orders:read.",
        directives=[Authenticated()],
    )
    async def order_status_changed(
        self, info: OrderInfo, *, order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")]
    ) -> AsyncGenerator[OrderStatusChange, None]:
        """Watch first, then read: no change between the two is missed."""
        wanted = GlobalId.decode(order_id, expected_type="Order").uuid
        context = info.context
        owner = owner_seen(context)
        async with context.live.of(context.tenant_id, _TOLD) as events:
            seen = await find_order(
                context.reader, frozenset(), owner=owner, order_id=wanted, number=None, external_reference=None
            )
            if seen is None:
                raise NotFound("there is no such order", field=("orderId",))
            yield OrderStatusChange(row=Changed(wanted))
            async for event in events:
                if event.key == wanted:
                    yield OrderStatusChange(row=Changed(wanted))
