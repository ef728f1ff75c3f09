"""A tenant with one of everything the graph can name, made through the public graph and the saga's own mutations."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.events import Envelope
from kernel.graphql import Subgraph
from kernel.ids import encode_global_id, uuid7
from kernel.inbox import handle_once
from kernel.permissions import ROLE_SCOPES
from kernel.subgraph import GraphQLRequest
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from subgraphs.payments.graphql.loaders import PaymentsContext
from subgraphs.payments.use_cases.resolve_payment import Patience
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.tills import ENROLL, GRANT, SET_PIN, public_key
from tests.factories.tokens import TokenFactory
from tests.factories.whole_graph import WholeGraph, asked, build_contexts
from tests.fakes.payment_provider import FakeProvider
from workers.search_index import search_index_consumer

_TENANT = (
    """mutation($input: TenantCreateInput!) { tenantCreate(input: $input) { tenant { id } userErrors { code } } }"""
)
_USER = """mutation($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { code } } }"""
_CATEGORY = """mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) {
  category { id } userErrors { code } } }"""
_PRODUCT = """mutation($input: ProductCreateInput!) { productCreate(input: $input) {
  product { id variants { id } } userErrors { field code } } }"""
_LOCATION = """mutation($input: StockLocationCreateInput!) { stockLocationCreate(input: $input) {
  location { id } userErrors { code } } }"""
_ADJUST = """mutation($input: InventoryAdjustInput!) { inventoryAdjust(input: $input, idempotencyKey: "stocked") {
  levels { id } userErrors { field code } } }"""
_CART = """mutation($input: CartCreateInput!) { cartCreate(input: $input) {
  cart { id lines { id } } userErrors { field code } } }"""
_CHECKOUT = """mutation($cart: ID!, $input: CheckoutCompleteInput!) {
  checkoutComplete(cartId: $cart, input: $input, idempotencyKey: "placed") {
    order { id number lines(first: 1) { nodes { id } } } userErrors { field code } } }"""
_RETURN = """mutation($input: ReturnCreateInput!) { returnCreate(input: $input, idempotencyKey: "returned") {
  return { id } userErrors { field code } } }"""
_RESERVE = """mutation($order: ID!, $lines: [StockReserveLineInput!]!) {
  stockReserve(orderId: $order, lines: $lines, idempotencyKey: "reserved") {
    reservation { id } userErrors { code } } }"""
_CHARGE = """mutation($order: ID!, $amount: MoneyInput!) {
  paymentCharge(orderId: $order, amount: $amount, token: "tok_approve", idempotencyKey: "charged") {
    payment { id } userErrors { code } } }"""
_CONFIRM = """mutation($order: ID!) { orderConfirm(orderId: $order, idempotencyKey: "confirmed") {
  order { id } userErrors { code } } }"""
_REFUNDS = "{ refunds(first: 1) { nodes { id } } }"


class Neighbours:
    """The whole graph, asked with every role there is: only the tenant limits what is seen."""

    def __init__(self, provisioned: ProvisionedDatabase, *, bus: str | None = None) -> None:
        self.tokens = TokenFactory()
        self.contexts: Mapping[str, Subgraph] = build_contexts(provisioned, self.tokens, bus=bus)
        self.contexts["payments"]._context = partial(PaymentsContext, provider=FakeProvider(), patience=Patience(0))
        self.graph = WholeGraph(self.contexts, self.tokens)

    async def ask(
        self, context: str, tenant: UUID, document: str, variables: Mapping[str, Any], *, subject: str = "user-1"
    ) -> Any:
        """The answer of one subgraph, as its caller gets it."""
        headers = self.tokens.headers(tenant, *ROLE_SCOPES, subject=subject)
        return await asked(self.contexts[context], GraphQLRequest(document, variables), headers)

    async def done(self, context: str, tenant: UUID, document: str, **variables: Any) -> Any:
        """The payload of a mutation; fails on any error, those of users included."""
        answer = await self.ask(context, tenant, document, variables)
        assert "errors" not in answer, answer["errors"]
        (payload,) = answer["data"].values()
        assert payload["userErrors"] == [], payload
        return payload


async def settled(town: Neighbours, tenant: UUID, name: str, *, orders: int = 1) -> Mapping[str, str]:
    """What the tenant has, by meaning (`tests/factories/graph_calls.py`); `name` is in all of its natural keys."""
    shop = {"slug": f"{name}-{tenant.hex[-12:]}", "name": name, "currencyCode": "GBP"}
    own = await town.done("identity", tenant, _TENANT, input=shop)
    await town.graph.relay(tenant)
    person = {"keycloakId": "user-1", "email": f"{name}@shop.test", "displayName": name, "roles": ["cashier"]}
    user = await town.done("identity", tenant, _USER, input=person)
    people = {"Tenant": own["tenant"]["id"], "User": user["user"]["id"]}
    things = {**people, "Store": encode_global_id("Store", uuid7()), **_keys(name)}
    things |= await _goods(town, tenant, things)
    await town.graph.relay(tenant)
    things |= await _stock(town, tenant, things)
    for _ in range(orders):
        things |= await _order(town, tenant, things)
    things |= await _till(town, tenant, things, name)
    return things | await _aftermath(town, tenant, things)


def _keys(name: str) -> dict[str, str]:
    return {"slug": f"mug-of-{name}", "sku": f"MUG-{name}", "words": name, "reference": f"reference-{name}"}


async def _goods(town: Neighbours, tenant: UUID, things: Mapping[str, str]) -> dict[str, str]:
    category = await town.done("catalog", tenant, _CATEGORY, input={"slug": "mugs", "name": "Mugs"})
    variant = {"sku": things["sku"], "name": "One", "price": {"amount": "9.50", "currencyCode": "GBP"}}
    goods = {"slug": things["slug"], "name": f"Mug {things['words']}", "categoryId": category["category"]["id"]}
    made = await town.done("catalog", tenant, _PRODUCT, input={**goods, "variants": [variant]})
    product = made["product"]
    return {
        "Category": category["category"]["id"],
        "Product": product["id"],
        "ProductVariant": product["variants"][0]["id"],
    }


async def _stock(town: Neighbours, tenant: UUID, things: Mapping[str, str]) -> dict[str, str]:
    place = {"code": "MAIN", "name": "Warehouse", "kind": "WAREHOUSE", "storeId": things["Store"]}
    location = (await town.done("inventory", tenant, _LOCATION, input=place))["location"]["id"]
    line = {"variantId": things["ProductVariant"], "locationId": location, "delta": 50}
    levels = (await town.done("inventory", tenant, _ADJUST, input={"reason": "RECEIVED", "lines": [line]}))["levels"]
    return {"StockLocation": location, "StockLevel": levels[0]["id"]}


async def _order(town: Neighbours, tenant: UUID, things: Mapping[str, str]) -> dict[str, str]:
    basket = {"currencyCode": "GBP", "lines": [{"sku": things["sku"], "quantity": 2}]}
    ordered = (await town.done("orders", tenant, _CART, input=basket))["cart"]
    checkout = {
        "countryCode": "GB",
        "payment": {"token": "tok_approve"},
        "externalReference": f"{things['reference']}" if "Order" not in things else None,
    }
    document = _CHECKOUT.replace("placed", ordered["id"])
    order = (await town.done("orders", tenant, document, cart=ordered["id"], input=checkout))["order"]
    cart = (await town.done("orders", tenant, _CART, input=basket))["cart"]
    return {
        "Order": order["id"],
        "number": order["number"],
        "OrderLine": order["lines"]["nodes"][0]["id"],
        "Cart": cart["id"],
        "CartLine": cart["lines"][0]["id"],
    }


async def _till(town: Neighbours, tenant: UUID, things: Mapping[str, str], name: str) -> dict[str, str]:
    given = {"storeId": things["Store"], "name": "Till", "publicKey": public_key()}
    device = (await town.done("identity", tenant, ENROLL, input=given))["device"]["id"]
    email = f"manager-of-{name}@shop.test"
    manager: dict[str, Any] = {"keycloakId": "manager-1", "email": email, "displayName": "Mona"}
    manager |= {"roles": ["store_manager"], "storeIds": [things["Store"]]}
    await town.done("identity", tenant, _USER, input=manager)
    await town.ask("identity", tenant, SET_PIN, {"input": {"pin": "7294"}}, subject="manager-1")
    wanted = {"deviceId": device, "action": "PRICE_OVERRIDE", "reference": "drawer", "reason": "change"}
    approved = await town.done("identity", tenant, GRANT, input={**wanted, "approverEmail": email, "pin": "7294"})
    return {"Device": device, "Approval": approved["approvalId"]}


async def _aftermath(town: Neighbours, tenant: UUID, things: Mapping[str, str]) -> dict[str, str]:
    held = [{"variantId": things["ProductVariant"], "quantity": 2}]
    reservation = await town.done("inventory", tenant, _RESERVE, order=things["Order"], lines=held)
    amount = {"amount": "19.00", "currencyCode": "GBP"}
    payment = await town.done("payments", tenant, _CHARGE, order=things["Order"], amount=amount)
    line = {
        "sku": things["sku"],
        "quantity": 1,
        "unitAmount": {"amount": "9.50", "currencyCode": "GBP"},
        "restock": False,
    }
    returned = await town.done("orders", tenant, _RETURN, input={"currencyCode": "GBP", "lines": [line]})
    await town.graph.relay(tenant)
    refunds = (await town.ask("payments", tenant, _REFUNDS, {}))["data"]["refunds"]["nodes"]
    await town.done("orders", tenant, _CONFIRM, order=things["Order"])
    await _index(town, tenant)
    return {
        "Reservation": reservation["reservation"]["id"],
        "Payment": payment["payment"]["id"],
        "Return": returned["return"]["id"],
        "Refund": refunds[0]["id"],
    }


async def _index(town: Neighbours, tenant: UUID) -> None:
    """What the search worker does."""
    consumer = search_index_consumer(PostgresSearch(), town.graph.database("catalog"))
    async with behind_the_api(town.graph.database("catalog"), tenant) as session:
        rows = list(await session.scalars(text("SELECT envelope FROM outbox ORDER BY seq")))
    for envelope in map(Envelope.model_validate_json, rows):
        for handler in consumer.handlers:
            if handler.subject == envelope.subject:
                await handle_once(consumer.database, consumer.name, handler, envelope)
