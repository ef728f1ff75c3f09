"""A tenant's stock, made and checked the way other contexts and staff would."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.clock import utcnow
from kernel.events import Actor, Envelope
from kernel.ids import GlobalId, encode_global_id, uuid7
from kernel.inbox import handle_once
from subgraphs.inventory.handlers import HANDLERS
from tests.factories.databases import behind_the_api
from tests.factories.subgraphs import SubgraphClient

CREATE_LOCATION = """mutation($input: StockLocationCreateInput!) { stockLocationCreate(input: $input) {
  location { id code kind } userErrors { field message code } } }"""
ADJUST = """mutation($input: InventoryAdjustInput!, $key: String!) {
  inventoryAdjust(input: $input, idempotencyKey: $key) {
  levels { id onHand reserved available version } userErrors { field message code variantIds } } }"""
SET = """mutation($input: InventorySetInput!, $key: String!) { inventorySet(input: $input, idempotencyKey: $key) {
  levels { onHand } userErrors { field message code } } }"""
RESERVE = """mutation($order: ID!, $lines: [StockReserveLineInput!]!, $key: String!) {
  stockReserve(orderId: $order, lines: $lines, idempotencyKey: $key) {
    reservation { id status } userErrors { field message code variantIds } } }"""
COMMIT = """mutation($order: ID!, $key: String!) { stockCommit(orderId: $order, idempotencyKey: $key) {
  reservation { id status } userErrors { code } } }"""
RELEASE = """mutation($order: ID!, $key: String!) { stockRelease(orderId: $order, idempotencyKey: $key) {
  reservation { id status } userErrors { code } } }"""
BROKEN_LEVELS = text("""
    SELECT level.id FROM stock_level AS level WHERE on_hand <> (
        SELECT coalesce(sum(delta), 0) FROM stock_movement AS movement
        WHERE movement.variant_id = level.variant_id AND movement.location_id = level.location_id)
    OR reserved <> (
        SELECT coalesce(sum(quantity), 0) FROM reservation_line AS line JOIN reservation ON id = reservation_id
        WHERE status = 'OPEN' AND line.variant_id = level.variant_id AND line.location_id = level.location_id)""")


def order_id() -> str:
    return encode_global_id("Order", uuid7())


def envelope_of(tenant_id: UUID, subject: str, data: Mapping[str, Any]) -> Envelope:
    return Envelope(
        id=uuid7(),
        subject=subject,
        tenant_id=tenant_id,
        occurred_at=utcnow(),
        key=uuid7(),
        correlation_id="test",
        actor=Actor(service="test"),
        data=dict(data),
    )


class Warehouse:
    """One tenant's inventory."""

    def __init__(self, client: SubgraphClient) -> None:
        self.client = client
        self.locations: list[str] = []

    async def receive(self, subject: str, data: Mapping[str, Any]) -> bool:
        """Handle a foreign event once."""
        return await self.handle(envelope_of(self.client.tenant_id, subject, data))

    async def handle(self, envelope: Envelope) -> bool:
        handler = next(handler for handler in HANDLERS if handler.subject == envelope.subject)
        return await handle_once(self.client.subgraph.database, "inventory", handler, envelope)

    async def learn_variants(self, count: int) -> list[str]:
        """Variants of products the catalog has told of; in the order of their UUIDs."""
        ids = sorted(uuid7() for _ in range(count))
        snapshot = {"productId": str(uuid7()), "variants": [{"variantId": str(item), "sku": "X"} for item in ids]}
        await self.receive("retail.product.created.v1", snapshot)
        return [encode_global_id("ProductVariant", item) for item in ids]

    async def open_location(self, *, kind: str = "WAREHOUSE") -> str:
        given = {"code": secrets.token_hex(4), "name": "Place", "kind": kind}
        data = await self.client.data(CREATE_LOCATION, {"input": given})
        location = data["stockLocationCreate"]["location"]["id"]
        self.locations.append(location)
        return location

    async def stock(self, variants: Sequence[str], quantity: int, *, location: str | None = None) -> None:
        """Give each variant an opening balance at the (first) location."""
        place = location or (self.locations[0] if self.locations else await self.open_location())
        for start in range(0, len(variants), 250):
            lines = [
                {"variantId": variant, "locationId": place, "delta": quantity}
                for variant in variants[start : start + 250]
            ]
            given = {"input": {"reason": "OPENING_BALANCE", "lines": lines}, "key": secrets.token_hex(8)}
            data = await self.client.data(ADJUST, given)
            assert data["inventoryAdjust"]["userErrors"] == []

    async def stocked_variants(self, count: int, quantity: int) -> list[str]:
        variants = await self.learn_variants(count)
        await self.stock(variants, quantity)
        return variants

    async def reserve(self, order: str, lines: Mapping[str, int], *, key: str | None = None) -> dict[str, Any]:
        asked = [{"variantId": variant, "quantity": quantity} for variant, quantity in lines.items()]
        given = {"order": order, "lines": asked, "key": key or secrets.token_hex(8)}
        return (await self.client.data(RESERVE, given, role="tenant_owner checkout_saga"))["stockReserve"]

    async def commit(self, order: str, *, key: str | None = None) -> dict[str, Any]:
        given = {"order": order, "key": key or secrets.token_hex(8)}
        return (await self.client.data(COMMIT, given, role="tenant_owner checkout_saga"))["stockCommit"]

    async def release(self, order: str, *, key: str | None = None) -> dict[str, Any]:
        given = {"order": order, "key": key or secrets.token_hex(8)}
        return (await self.client.data(RELEASE, given, role="tenant_owner checkout_saga"))["stockRelease"]

    async def counts(self, variant: str) -> tuple[int, int]:
        """On hand and reserved, all locations together."""
        query = text("SELECT sum(on_hand), sum(reserved) FROM stock_level WHERE variant_id = :id")
        wanted = {"id": GlobalId.decode(variant, expected_type="ProductVariant").uuid}
        async with behind_the_api(self.client.subgraph.database, self.client.tenant_id) as session:
            row = (await session.execute(query, wanted)).one()
        return row[0] or 0, row[1] or 0

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with behind_the_api(self.client.subgraph.database, self.client.tenant_id) as session:
            return [tuple(row) for row in await session.execute(text(query))]

    async def assert_books_balance(self) -> None:
        """On hand is the sum of the movements, reserved the sum of the open reservations."""
        async with behind_the_api(self.client.subgraph.database, self.client.tenant_id) as session:
            assert list(await session.execute(BROKEN_LEVELS)) == []
