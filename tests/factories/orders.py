"""A tenant with variants, carts and orders, driven through the API and the event handlers of orders."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.clock import utcnow
from kernel.events import Actor, Envelope, Event
from kernel.ids import GlobalId, encode_global_id, uuid7
from kernel.inbox import handle_once
from kernel.subgraph import GraphQLRequest
from subgraphs.orders.handlers import HANDLERS
from tests.factories.databases import behind_the_api
from tests.factories.subgraphs import SubgraphClient

CART_CREATE = """mutation($input: CartCreateInput!, $key: String) {
  cartCreate(input: $input, idempotencyKey: $key) {
    cart { id version currencyCode expiresAt total { amount currencyCode }
      lines { id sku title quantity variant { id } unitPrice { amount } total { amount } }
      charges { id code title quantity unitPrice { amount } total { amount } } }
    userErrors { field message code } } }"""
CHECKOUT = """mutation($cart: ID!, $input: CheckoutCompleteInput!, $key: String!) {
  checkoutComplete(cartId: $cart, input: $input, idempotencyKey: $key) {
    order { id number status paymentStatus total { amount currencyCode } }
    saga { id state step attempts } userErrors { field message code } } }"""
CONFIRM = """mutation($order: ID!, $key: String!) {
  orderConfirm(orderId: $order, idempotencyKey: $key) { order { status } userErrors { code } } }"""
CANCEL = """mutation($order: ID!, $reason: OrderCancelReason!, $key: String!) {
  orderCancel(orderId: $order, reason: $reason, idempotencyKey: $key) { order { status } userErrors { code } } }"""


def money(amount: str, currency: str = "GBP") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


class OrdersTenant:
    """One tenant of the orders subgraph."""

    def __init__(self, client: SubgraphClient, tenant_id: UUID | None = None) -> None:
        self.client = client if tenant_id is None else client.for_tenant(tenant_id)
        self.tenant_id = self.client.tenant_id

    def stranger(self) -> "OrdersTenant":
        """Another tenant of the same subgraph."""
        return OrdersTenant(self.client, uuid7())

    async def data(self, document: str, variables: Mapping[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        return await self.client.data(document, variables, **options)

    async def answer_as(
        self, subject: str, document: str, variables: Mapping[str, Any] | None = None, *, role: str = "customer"
    ) -> dict[str, Any]:
        """As another principal of this tenant."""
        headers = self.client.tokens.headers(self.tenant_id, role, subject=subject)
        return await self.client.subgraph.execute(GraphQLRequest(document, variables), headers)

    async def receive(self, subject: str, fact: Mapping[str, Any] | Event, *, event_id: UUID | None = None) -> None:
        """Let the handlers of orders consume a fact."""
        data = fact.model_dump(mode="json", by_alias=True) if isinstance(fact, Event) else dict(fact)
        envelope = Envelope(
            id=event_id or uuid7(),
            subject=subject,
            tenant_id=self.tenant_id,
            occurred_at=utcnow(),
            key=uuid7(),
            correlation_id="test",
            actor=Actor(service="test"),
            data=data,
        )
        handler = next(handler for handler in HANDLERS if handler.subject == subject)
        await handle_once(self.client.subgraph.database, "orders", handler, envelope)

    async def sell(
        self, *skus: str, price_minor: int = 250, currency: str = "GBP", version: int = 1, status: str = "ACTIVE"
    ) -> list[str]:
        """A product with these variants; their global ids."""
        variants = [
            {"variantId": str(uuid7()), "sku": sku, "name": sku, "priceMinor": price_minor, "currency": currency}
            for sku in skus
        ]
        product = {"productId": str(uuid7()), "slug": "mug", "name": "Mug", "status": status, "version": version}
        await self.receive("retail.product.created.v1", {**product, "variants": variants})
        return [encode_global_id("ProductVariant", UUID(variant["variantId"])) for variant in variants]

    async def cart(
        self, *lines: Mapping[str, Any], charges: Sequence[Mapping[str, Any]] = (), **changes: Any
    ) -> dict[str, Any]:
        """A new cart of the tenant's owner."""
        values = {"currencyCode": "GBP", "lines": list(lines), "charges": list(charges), **changes}
        payload = (await self.data(CART_CREATE, {"input": values}))["cartCreate"]
        assert payload["userErrors"] == []
        return payload["cart"]

    async def check_out(self, cart_id: str, *, key: str | None = None, **changes: Any) -> dict[str, Any]:
        """The payload of checkoutComplete."""
        given = {"email": "ada@example.test", "countryCode": "GB", "payment": {"token": "tok_approve"}, **changes}
        variables = {"cart": cart_id, "input": given, "key": key or str(uuid7())}
        return (await self.data(CHECKOUT, variables))["checkoutComplete"]

    async def order(self, *lines: Mapping[str, Any], charges: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """A PENDING order."""
        cart = await self.cart(*lines, charges=charges)
        payload = await self.check_out(cart["id"])
        assert payload["userErrors"] == []
        return payload["order"]

    async def confirmed_order(self, *lines: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """A CONFIRMED order."""
        order = await self.order(*lines, **options)
        await self.data(CONFIRM, {"order": order["id"], "key": "confirm"}, role="tenant_owner checkout_saga")
        return order

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the tenant's own tables hold."""
        async with behind_the_api(self.client.subgraph.database, self.tenant_id) as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    async def execute(self, statement: str, **values: Any) -> None:
        """Change a row behind the API's back: the passing of time."""
        async with behind_the_api(self.client.subgraph.database, self.tenant_id) as session:
            await session.execute(text(statement), values)

    async def outbox(self) -> list[str]:
        """Subjects of the facts published so far."""
        return [subject for (subject,) in await self.rows("SELECT subject FROM outbox ORDER BY seq")]

    async def everything(self) -> dict[str, int]:
        """How many rows each table holds, to show that nothing changed."""
        tables = ["cart", "cart_line", '"order"', "order_line", "order_history", "order_return", "order_return_line"]
        tables += ["checkout_saga", "order_counter", "outbox", "idempotency"]
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        (row,) = await self.rows(f"SELECT {counts}")
        return dict(zip(tables, row, strict=True))


def uuid_of(global_id: str, type_name: str) -> UUID:
    return GlobalId.decode(global_id, expected_type=type_name).uuid
