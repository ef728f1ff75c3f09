"""What inventory tells as it happens."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry.federation.schema_directives import RequiresScopes

from kernel.graphql.execution import computed
from kernel.ids import GlobalId
from subgraphs.inventory.events import StockUpdated
from subgraphs.inventory.graphql.types.stock import InventoryInfo, ProductVariant, VariantKey


@strawberry.type(description="A variant's stock as it is after it changed.")
class StockChange:
    """`StockChange` of the graph."""

    row: strawberry.Private[VariantKey]

    variant: ProductVariant = computed(
        lambda row: ProductVariant(row=row),
        reads=("variant_id",),
        description="Whose stock it is, read when it changed.",
    )


@strawberry.type
class Subscription:
    """Streams of inventory."""

    @strawberry.subscription(
        description="A variant's stock now, and again whenever it changes. Scope: inventory:read.",
        directives=[RequiresScopes(scopes=[["inventory:read"]])],
    )
    async def stock_changed(
        self,
        info: InventoryInfo,
        *,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant.")],
    ) -> AsyncGenerator[StockChange, None]:
        """Watch first, then read: no change between the two is missed."""
        context = info.context
        context.require("inventory:read")
        variant = GlobalId.decode(variant_id, expected_type="ProductVariant").uuid
        change = StockChange(row=VariantKey(variant))
        async with context.live.of(context.tenant_id, [StockUpdated.subject]) as events:
            yield change
            async for event in events:
                if any(level.variant_id == variant for level in StockUpdated.of(event).levels):
                    yield change
