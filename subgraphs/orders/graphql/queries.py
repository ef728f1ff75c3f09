"""Root fields of orders."""

from datetime import datetime
from enum import StrEnum

import strawberry

from kernel.database import PageArguments
from kernel.errors import BadUserInput
from kernel.graphql import Connection, connection_of, find
from kernel.graphql.execution import selected_columns
from kernel.ids import GlobalId
from subgraphs.orders.graphql.loaders import (
    OrderInfo,
    load_carts,
    load_returns,
    owner_seen,
)
from subgraphs.orders.graphql.types.cart import Cart
from subgraphs.orders.graphql.types.order import Order, Return
from subgraphs.orders.model import OrderStatus
from subgraphs.orders.repository.orders import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    OrderFilter,
    count_orders,
    find_order,
    orders_page,
)
from subgraphs.orders.repository.returns import ReturnFilter, count_returns, returns_page


class OrderSortField(StrEnum):
    """What orders are sorted by."""

    PLACED_AT = "PLACED_AT"


class OrderSortDirection(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


strawberry.enum(OrderSortField, description="What orders are sorted by.")
strawberry.enum(OrderSortDirection, description="Which end comes first.")


@strawberry.input(description="An order of orders; the id breaks ties.")
class OrderOrderBy:
    """Input of `orders`."""

    field: OrderSortField = strawberry.field(default=OrderSortField.PLACED_AT, description="By what.")
    direction: OrderSortDirection = strawberry.field(
        default=OrderSortDirection.DESC, description="Newest first if left out."
    )


@strawberry.input(description="From gte on, and before lt.")
class InstantRange:
    """A half-open interval of time."""

    gte: datetime | None = strawberry.field(default=None, description="At or after.")
    lt: datetime | None = strawberry.field(default=None, description="Before.")


@strawberry.input(description="Which orders; all conditions hold.")
class OrderWhere:
    """Input of `orders`."""

    status: OrderStatus | None = strawberry.field(default=None, description="Only of this status.")
    external_reference: str | None = strawberry.field(default=None, description="What another system calls it.")
    placed_at: InstantRange | None = strawberry.field(default=None, description="Only placed in this time.")


@strawberry.input(description="Which returns; all conditions hold.")
class ReturnWhere:
    """Input of `returns`."""

    occurred_at: InstantRange | None = strawberry.field(default=None, description="Only of this time.")


@strawberry.type
class Query:
    """What orders answers."""

    cart = find(
        Cart, load_carts, description="A cart: one's own, or anybody's with scope orders:read.", authenticated=True
    )

    @strawberry.federation.field(
        description="An order by exactly one of its keys: one's own, or anybody's with scope orders:read.",
        authenticated=True,
    )
    async def order(
        self,
        info: OrderInfo,
        *,
        id: strawberry.ID | None = None,  # noqa: A002
        number: str | None = None,
        external_reference: str | None = None,
    ) -> Order | None:
        """Poll it for the status after a checkout."""
        if sum(key is not None for key in (id, number, external_reference)) != 1:
            raise BadUserInput("give exactly one of id, number and externalReference", field=("id",))
        row = await find_order(
            info.context.reader,
            selected_columns(info),
            owner=owner_seen(info.context),
            order_id=GlobalId.decode(id, expected_type="Order").uuid if id is not None else None,
            number=number,
            external_reference=external_reference,
        )
        return Order(row=row) if row is not None else None

    @strawberry.federation.field(
        description="Orders, newest first: one's own, or everybody's with scope orders:read.", authenticated=True
    )
    async def orders(
        self,
        info: OrderInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: OrderWhere | None = None,
        order_by: OrderOrderBy | None = None,
    ) -> Connection[Order]:
        """One page: one statement, and one more when totalCount is selected."""
        reader = info.context.reader
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        chosen = _order_filter(where, owner_seen(info.context))
        is_ascending = order_by is not None and order_by.direction is OrderSortDirection.ASC
        order = OLDEST_FIRST if is_ascending else NEWEST_FIRST
        page = await orders_page(reader, selected_columns(info), chosen, order=order, arguments=arguments)
        return connection_of(page, lambda row: Order(row=row), count=lambda: count_orders(reader, chosen))

    return_ = find(
        Return,
        load_returns,
        scope="orders:read",
        graphql_name="return",
        description="An order's return. Scope: orders:read.",
    )

    @strawberry.federation.field(
        description="The tenant's returns, newest first. Scope: orders:read.", requires_scopes=[["orders:read"]]
    )
    async def returns(
        self,
        info: OrderInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: ReturnWhere | None = None,
    ) -> Connection[Return]:
        """One page: one statement, and one more when totalCount is selected."""
        info.context.require("orders:read")
        reader = info.context.reader
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        range_ = (where.occurred_at if where is not None else None) or InstantRange()
        chosen = ReturnFilter(occurred_from=range_.gte, occurred_before=range_.lt)
        page = await returns_page(reader, selected_columns(info), chosen, arguments)
        return connection_of(page, lambda row: Return(row=row), count=lambda: count_returns(reader, chosen))


def _order_filter(where: OrderWhere | None, owner: str | None) -> OrderFilter:
    if where is None:
        return OrderFilter(owner=owner)
    placed = where.placed_at or InstantRange()
    return OrderFilter(
        owner=owner,
        status=where.status,
        external_reference=where.external_reference,
        placed_from=placed.gte,
        placed_before=placed.lt,
    )
