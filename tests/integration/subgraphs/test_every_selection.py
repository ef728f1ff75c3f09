"""Each field alone and with each other one, on each way there is to its type: nothing it needs is left unread."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest

from kernel.ids import encode_global_id, uuid7
from subgraphs.catalog.adapters.postgres_search import PostgresSearch
from subgraphs.catalog.graphql.schema import build_schema as build_catalog
from subgraphs.identity.graphql.schema import build_schema as build_identity
from subgraphs.inventory.graphql.schema import build_schema as build_inventory
from subgraphs.orders.graphql.schema import build_schema as build_orders
from subgraphs.payments.app import PaymentsSubgraph
from subgraphs.payments.graphql.schema import build_schema as build_payments
from tests.factories.catalogue import catalog_client, category, created, deliver, product, variant
from tests.factories.databases import ProvisionedDatabase
from tests.factories.inventory import Warehouse
from tests.factories.inventory import order_id as any_order
from tests.factories.orders import OrdersTenant, money
from tests.factories.payments import order_id, provider_settings, till_of
from tests.factories.selections import Graph, Way, pairs_of
from tests.factories.subgraphs import SubgraphClient, client_of
from tests.fakes.payment_provider import FakeProvider
from workers.search_index import search_index_consumer


@dataclass(frozen=True, slots=True)
class House:
    """A subgraph with at least one of everything, and the entities it has; by both executors."""

    graph: Graph
    compiled: SubgraphClient
    interpreted: SubgraphClient
    keys: Mapping[str, str]

    async def shown(self, client: SubgraphClient, way: Way, selection: str) -> list[Any]:
        """The objects at the end of the way."""
        variables = None
        if way.entity is not None:
            variables = {"r": [{"__typename": way.entity, "id": self.keys[way.entity]}]}
        return way.objects(await client.data(way.document(selection), variables, role="platform_admin checkout_saga"))


async def catalog(provisioned: ProvisionedDatabase, closing: AsyncExitStack) -> House:
    database = provisioned.connect("catalog_app")
    closing.push_async_callback(database.close)
    client = catalog_client(database)
    above = await category(client, "Light")
    lamps = await category(client, "Lamps", parentId=above["id"])
    options = [{"name": "Size", "value": "L"}]
    fields = {"description": "Oak", "externalReference": "E-1", "categoryId": lamps["id"]}
    made = await created(client, product("Oak Lamp", **fields) | {"variants": [variant("L-1", options=options)]})
    old = await created(client, product("Jug", "J-1"))
    consumer = search_index_consumer(PostgresSearch(), database)
    await deliver(client, consumer.name, tuple(consumer.handlers))
    ids = {"Product": made["id"], "ProductVariant": made["variants"][0]["id"], "Category": lamps["id"]}
    items = '[{slug: "oak-lamp", name: "Oak Lamp", variants: [{sku: "L-1"}]}]'
    price = '{amount: "12.50", currencyCode: "GBP"}'
    roots = [
        f'product(id: "{ids["Product"]}")',
        'productBySlug(slug: "oak-lamp")',
        "products(first: 3)",
        f'products(last: 3, where: {{categoryId: "{ids["Category"]}"}}, orderBy: [{{field: NAME}}])',
        'productSearch(query: "oak", first: 3)',
        f'category(id: "{ids["Category"]}")',
        "categories(last: 1)",
        f'variant(id: "{ids["ProductVariant"]}")',
        'variantBySku(sku: "L-1")',
        f'productArchive(id: "{old["id"]}")',
        f'variantPriceSet(id: "{ids["ProductVariant"]}", price: {price}, idempotencyKey: "again")',
        f"productBulkUpsert(items: {items})",
    ]
    interpreted = catalog_client(database, compiled_execution=False).for_tenant(client.tenant_id)
    return House(Graph(build_catalog(), roots, list(ids)), client, interpreted, ids)


async def identity(provisioned: ProvisionedDatabase, closing: AsyncExitStack) -> House:
    database = provisioned.connect("identity_app")
    closing.push_async_callback(database.close)
    client = client_of("identity", build_identity(), database)
    tenant = """mutation($slug: String!) { tenantCreate(input: {slug: $slug, name: "Shop", currencyCode: "GBP"})
      { tenant { id } } }"""
    user = """mutation { userCreate(input: {keycloakId: "user-1", email: "ada@example.test", displayName: "Ada",
      roles: ["cashier"]}) { user { id } } }"""
    made = await client.data(tenant, {"slug": f"shop-{client.tenant_id}"}, role="platform_admin checkout_saga")
    known = await client.data(user, role="platform_admin checkout_saga")
    ids = {"Tenant": made["tenantCreate"]["tenant"]["id"], "User": known["userCreate"]["user"]["id"]}
    own = f'(id: "{ids["User"]}")'
    roots = [f"userDeactivate{own}", "me", "tenant", f"user{own}", "users(first: 3)", "users(last: 3)"]
    schema = build_identity()
    interpreted = client_of("identity", schema, database, compiled_execution=False).for_tenant(client.tenant_id)
    return House(Graph(schema, roots, list(ids)), client, interpreted, ids)


async def inventory(provisioned: ProvisionedDatabase, closing: AsyncExitStack) -> House:
    database = provisioned.connect("inventory_app")
    closing.push_async_callback(database.close)
    client = client_of("inventory", build_inventory(), database)
    warehouse = Warehouse(client)
    [variant_id] = await warehouse.stocked_variants(1, 5)
    order = any_order()
    reservation = await warehouse.reserve(order, {variant_id: 2}, key="reserve")
    level = await client.data("{ stockLevels(first: 1) { nodes { id } } }")
    ids = {
        "ProductVariant": variant_id,
        "StockLocation": warehouse.locations[0],
        "StockLevel": level["stockLevels"]["nodes"][0]["id"],
        "Reservation": reservation["reservation"]["id"],
    }
    place = f'variantId: "{variant_id}", locationId: "{ids["StockLocation"]}"'
    count = f"{{reason: CORRECTION, lines: [{{{place}, quantity: 4}}]}}"
    held = f'[{{variantId: "{variant_id}", quantity: 2}}]'
    roots = [
        f'inventorySet(input: {count}, idempotencyKey: "set")',
        f'stockReserve(orderId: "{order}", lines: {held}, idempotencyKey: "reserve")',
        "stockLocations(first: 3)",
        f"stockLevels(last: 3, where: {{{place}}})",
        "stockMovements(first: 3)",
        f'stockMovements(last: 3, where: {{variantId: "{variant_id}", reason: CORRECTION}})',
        f'reservations(first: 3, where: {{orderId: "{order}", status: OPEN}})',
    ]
    schema = build_inventory()
    interpreted = client_of("inventory", schema, database, compiled_execution=False).for_tenant(client.tenant_id)
    return House(Graph(schema, roots, list(ids)), client, interpreted, ids)


async def orders(provisioned: ProvisionedDatabase, closing: AsyncExitStack) -> House:
    database = provisioned.connect("orders_app")
    closing.push_async_callback(database.close)
    client = client_of("orders", build_orders(), database)
    tenant, user_id = OrdersTenant(client), uuid7()
    user = {"userId": str(user_id), "keycloakId": "user-1", "roles": ["cashier"]}
    await tenant.receive("retail.user.created.v1", user)
    await tenant.sell("A")
    postage = {"code": "POST", "title": "Postage", "quantity": 1, "unitPrice": money("3.50")}
    cart = await tenant.cart({"sku": "A", "quantity": 2}, charges=[postage])
    order = await tenant.confirmed_order({"sku": "A", "quantity": 2}, charges=[postage])
    line = await tenant.data("query($id: ID!) { order(id: $id) { lines(first: 1) { nodes { id } } } }", order)
    bought = f'orderLineId: "{line["order"]["lines"]["nodes"][0]["id"]}"'
    gbp = '{amount: "1.00", currencyCode: "GBP"}'
    back = f'currencyCode: "GBP", orderId: "{order["id"]}", reason: "Broken", externalReference: "R-1"'
    back += f", lines: [{{{bought}, quantity: 1, unitAmount: {gbp}, restock: true}}]"
    returning = f'returnCreate(input: {{{back}}}, idempotencyKey: "return")'
    returned = await tenant.data(f"mutation {{ {returning} {{ return {{ id }} userErrors {{ code }} }} }}")
    ids = {
        "Cart": cart["id"],
        "Order": order["id"],
        "Return": returned["returnCreate"]["return"]["id"],
        "User": encode_global_id("User", user_id),
    }
    goods = 'currencyCode: "GBP", lines: [{sku: "A", quantity: 1}]'
    postage_text = f'charges: [{{code: "POST", title: "Postage", quantity: 1, unitPrice: {gbp}}}]'
    paid = '{countryCode: "GB", payment: {token: "tok_approve"}}'
    roots = [
        returning,
        f'cartCreate(input: {{{goods}, {postage_text}}}, idempotencyKey: "cart")',
        f'checkoutComplete(cartId: "{cart["id"]}", input: {paid}, idempotencyKey: "checkout")',
        f'orderConfirm(orderId: "{order["id"]}", idempotencyKey: "confirm")',
        f'cart(id: "{cart["id"]}")',
        f'order(id: "{order["id"]}")',
        f'order(number: "{order["number"]}")',
        "orders(last: 1, where: {status: CONFIRMED})",
        f'return(id: "{ids["Return"]}")',
        "returns(first: 3)",
    ]
    schema = build_orders()
    interpreted = client_of("orders", schema, database, compiled_execution=False).for_tenant(client.tenant_id)
    return House(Graph(schema, roots, list(ids)), client, interpreted, ids)


async def payments(provisioned: ProvisionedDatabase, closing: AsyncExitStack) -> House:
    provider = FakeProvider()
    till = await closing.enter_async_context(till_of(provisioned, provider))
    order = order_id()
    charged = await till.charge(order, "7.00", key="charge")
    await till.handle(till.return_received(order, 100))
    await till.work()
    refund = (await till.client.data("{ refunds(first: 1) { nodes { id } } }"))["refunds"]["nodes"][0]
    ids = {"Order": order, "Payment": charged["payment"]["id"], "Refund": refund["id"]}
    amount = '{amount: "7.00", currencyCode: "GBP"}'
    charge = f'orderId: "{order}", amount: {amount}, token: "tok_approve", idempotencyKey: "charge"'
    roots = [
        f"paymentCharge({charge})",
        f'payment(id: "{ids["Payment"]}")',
        "payments(first: 3)",
        "refunds(last: 3)",
    ]
    schema, tokens = build_payments(), till.client.tokens
    other = PaymentsSubgraph(
        schema,
        provider,
        provider_settings(),
        database=till.database,
        verifier=tokens.verifier(),
        compiled_execution=False,
    )
    interpreted = SubgraphClient(other, tokens, till.client.tenant_id)
    return House(Graph(schema, roots, list(ids)), till.client, interpreted, ids)


HOUSES: Final[Mapping[str, Callable[[ProvisionedDatabase, AsyncExitStack], Awaitable[House]]]] = {
    "catalog": catalog,
    "identity": identity,
    "inventory": inventory,
    "orders": orders,
    "payments": payments,
}


@pytest.fixture(params=HOUSES)
async def house(provisioned_database: ProvisionedDatabase, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with AsyncExitStack() as closing:
        yield await HOUSES[request.param](provisioned_database, closing)


async def test_each_field_alone_shows_what_it_shows_among_all_others(house: House):
    for way in house.graph.ways():
        selections = house.graph.selections(way.view)
        everything = await house.shown(house.interpreted, way, " ".join(selections.values()))
        assert everything, f"{way} leads to nothing"

        for name, selection in selections.items():
            expected = [{name: one[name]} for one in everything]
            for client in (house.compiled, house.interpreted):
                assert await house.shown(client, way, selection) == expected, f"{name} alone, by {way}"


async def test_each_two_fields_of_a_type_show_what_they_show_among_all_others(house: House):
    for way in {way.view.name: way for way in house.graph.ways()}.values():
        selections = house.graph.selections(way.view)
        everything = await house.shown(house.interpreted, way, " ".join(selections.values()))

        for one, other in pairs_of(selections):
            both = await house.shown(house.compiled, way, f"{selections[one]} {selections[other]}")
            assert both == [{one: each[one], other: each[other]} for each in everything], f"{one}, {other}, by {way}"
