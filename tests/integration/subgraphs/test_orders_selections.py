"""What orders reads for a selection: these columns, in these statements; the same whoever executes the operation."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import uuid7
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import OrdersTenant
from tests.factories.subgraphs import client_of


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
async def tenant(
    provisioned_database: ProvisionedDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[OrdersTenant]:
    database = provisioned_database.connect("orders_app", pool_size=2)
    client = client_of("orders", build_schema(), database, compiled_execution=request.param)
    tenant = OrdersTenant(client, uuid7())
    await tenant.sell("A", "B")
    yield tenant
    await database.close()


async def statements(
    tenant: OrdersTenant, document: str, variables: Mapping[str, Any] | None = None, *, subject: str | None = None
) -> list[str]:
    """What is sent for a document, without the fence, blanks and the schema's name."""
    with count_statements() as count:
        if subject is None:
            await tenant.data(document, variables)
        else:
            await tenant.answer_as(subject, document, variables)
    fence, *sent = [
        " ".join(statement.replace("orders.", "").replace('"order"', "order").split()) for statement in count.statements
    ]
    assert fence == f"BEGIN READ ONLY; SELECT set_config('app.tenant', '{tenant.tenant_id}', true)"
    return sent


async def test_a_list_reads_what_is_selected_and_its_order(tenant: OrdersTenant):
    assert await statements(tenant, "{ orders(first: 2) { nodes { number } } }") == [
        (
            "SELECT order.id AS id, order.number AS number, order.placed_at AS placed_at FROM order "
            "ORDER BY order.placed_at DESC, order.id DESC LIMIT $1::INTEGER"
        )
    ]


async def test_whose_orders_the_caller_may_see_is_a_condition_of_the_statement(tenant: OrdersTenant):
    placed = await tenant.order({"sku": "A", "quantity": 1})
    document = "query($id: ID!) { order(id: $id) { status } }"

    for_staff = await statements(tenant, document, {"id": placed["id"]})
    for_customer = await statements(tenant, document, {"id": placed["id"]}, subject="mallory")

    assert for_staff == ["SELECT order.id AS id, order.status AS status FROM order WHERE order.id = $1::UUID"]
    assert for_customer == [
        (
            "SELECT order.id AS id, order.status AS status FROM order "
            "WHERE order.id = $1::UUID AND order.owner = $2::VARCHAR"
        )
    ]


async def test_lines_charges_and_total_of_a_cart_are_one_statement(tenant: OrdersTenant):
    cart = await tenant.cart({"sku": "A", "quantity": 2})
    document = "query($id: ID!) { cart(id: $id) { lines { title } charges { code } total { amount } } }"

    assert await statements(tenant, document, {"id": cart["id"]}) == [
        "SELECT cart.id AS id, cart.currency AS currency FROM cart WHERE cart.id = ANY ($1::UUID[])",
        (
            "SELECT cart_line.cart_id AS cart_id, cart_line.kind AS kind, cart_line.sku AS sku, "
            "cart_line.title AS title, cart_line.quantity AS quantity, cart_line.unit_price AS unit_price "
            "FROM cart_line WHERE cart_line.cart_id = ANY ($1::UUID[]) "
            "ORDER BY cart_line.cart_id, cart_line.position"
        ),
    ]


async def test_a_page_of_each_orders_lines_and_all_their_totals_are_two_statements(tenant: OrdersTenant):
    for skus in (("A",), ("A", "B")):
        await tenant.order(*({"sku": sku, "quantity": 1} for sku in skus))
    document = "{ orders(first: 5) { nodes { lines(first: 1) { nodes { sku } totalCount } } } }"

    sent = await statements(tenant, document)
    orders = (await tenant.data(document))["orders"]["nodes"]

    assert [order["lines"] for order in orders] == [
        {"nodes": [{"sku": "A"}], "totalCount": 2},
        {"nodes": [{"sku": "A"}], "totalCount": 1},
    ]
    assert sent[1:] == [
        (
            "SELECT page.order_id, page.position, page.sku FROM unnest($1::UUID[]) AS parents(key) "
            "JOIN LATERAL (SELECT order_line.order_id AS order_id, order_line.position AS position, "
            "order_line.sku AS sku FROM order_line WHERE order_line.order_id = parents.key "
            "ORDER BY order_line.position ASC LIMIT $2::INTEGER) AS page ON true ORDER BY page.position ASC"
        ),
        (
            "SELECT order_line.order_id, count(*) AS count_1 FROM order_line "
            "WHERE order_line.order_id = ANY ($1::UUID[]) GROUP BY order_line.order_id"
        ),
    ]


async def test_a_mutation_reads_what_it_wrote_only_when_that_is_selected(tenant: OrdersTenant):
    cart = await tenant.cart()
    document = "mutation($id: ID!) { cartLinesRemove(cartId: $id, lineIds: []) { %s userErrors { code } } }"

    with count_statements() as unselected:
        await tenant.data(document % "", {"id": cart["id"]})
    with count_statements() as selected:
        answer = await tenant.data(document % "cart { currencyCode }", {"id": cart["id"]})

    assert answer["cartLinesRemove"] == {"cart": {"currencyCode": "GBP"}, "userErrors": []}
    assert selected.total == unselected.total + 2  # tenant fence, cart
