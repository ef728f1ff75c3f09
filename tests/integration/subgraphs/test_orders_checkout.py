import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import CHECKOUT, OrdersTenant, money, uuid_of
from tests.factories.subgraphs import SubgraphClient, client_of


@pytest.fixture(scope="module")
async def orders(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("orders_app", pool_size=8)
    yield client_of("orders", build_schema(), database)
    await database.close()


@pytest.fixture
def tenant(orders: SubgraphClient) -> OrdersTenant:
    return OrdersTenant(orders, uuid7())


async def test_a_checkout_writes_order_lines_saga_history_and_outbox_and_closes_the_cart(tenant: OrdersTenant):
    (variant_id,) = await tenant.sell("MUG-1", price_minor=250)
    charge = {"code": "POST", "title": "Postage", "quantity": 1, "unitPrice": money("3.50")}
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 2}, {"sku": "MUG-1", "quantity": 1}, charges=[charge])

    payload = await tenant.check_out(cart["id"], externalReference="536365")

    assert payload["userErrors"] == []
    assert payload["order"]["number"] == "1001"
    assert payload["order"]["status"] == "PENDING"
    assert payload["order"]["paymentStatus"] == "PENDING"
    assert payload["order"]["total"] == money("11.00")
    assert payload["saga"]["state"] == "RUNNING"
    assert payload["saga"]["step"] == "RESERVE_STOCK"
    order_id = uuid_of(payload["order"]["id"], "Order")
    lines = "SELECT position, kind, sku, title, quantity, unit_price, order_id FROM order_line ORDER BY position"
    assert await tenant.rows(lines) == [
        (0, "GOODS", "MUG-1", "Mug, MUG-1", 2, 250, order_id),
        (1, "GOODS", "MUG-1", "Mug, MUG-1", 1, 250, order_id),
        (2, "CHARGE", "POST", "Postage", 1, 350, order_id),
    ]
    assert await tenant.rows("SELECT order_id, fence, attempts, payload FROM checkout_saga") == [
        (
            order_id,
            0,
            0,
            {
                "total_minor": 1100,
                "currency": "GBP",
                "payment_token": "tok_approve",
                "lines": [{"variant_id": str(uuid_of(variant_id, "ProductVariant")), "quantity": 3}],
            },
        )
    ]
    assert await tenant.rows("SELECT type FROM order_history") == [("CREATED",)]
    assert await tenant.rows("SELECT order_id FROM cart") == [(order_id,)]
    facts = "SELECT subject, (envelope::json->'data')::text FROM outbox"
    ((subject, fact),) = await tenant.rows(facts)
    assert subject == "retail.order.created.v1"
    assert '"totalMinor":1100' in fact.replace(" ", "")
    assert "ada@example.test" not in fact


async def test_fifty_checkouts_with_one_key_place_one_order_and_answer_the_same(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})

    payloads = await asyncio.gather(*(tenant.check_out(cart["id"], key="invoice-1") for _ in range(50)))

    assert payloads == [payloads[0]] * 50
    assert payloads[0]["userErrors"] == []
    assert await tenant.rows('SELECT count(*) FROM "order"') == [(1,)]
    assert await tenant.rows("SELECT count(*) FROM checkout_saga") == [(1,)]
    assert await tenant.outbox() == ["retail.order.created.v1"]


async def test_a_cart_checked_out_under_two_keys_becomes_one_order(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})

    payloads = await asyncio.gather(*(tenant.check_out(cart["id"]) for _ in range(6)))

    codes = sorted(error["code"] for payload in payloads for error in payload["userErrors"])
    assert codes == ["CART_CLOSED"] * 5
    assert await tenant.rows('SELECT count(*) FROM "order"') == [(1,)]


async def test_concurrent_checkouts_get_distinct_consecutive_numbers(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    carts = [await tenant.cart({"sku": "MUG-1", "quantity": 1}) for _ in range(12)]

    payloads = await asyncio.gather(*(tenant.check_out(cart["id"]) for cart in carts))

    assert sorted(int(payload["order"]["number"]) for payload in payloads) == list(range(1001, 1013))


async def test_an_order_of_a_thousand_lines_takes_as_many_statements_as_one_of_one_line(tenant: OrdersTenant):
    await tenant.sell(*(f"SKU-{number}" for number in range(250)))
    small = await tenant.cart({"sku": "SKU-0", "quantity": 1})
    lines = [{"sku": f"SKU-{number}", "quantity": 1} for number in range(250)]
    big = await tenant.cart(*lines)
    add = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {"
    add += " userErrors { code } } }"
    for _ in range(3):
        await tenant.data(add, {"cart": big["id"], "lines": lines})

    with count_statements() as one_line:
        await tenant.check_out(small["id"])
    with count_statements() as thousand_lines:
        payload = await tenant.check_out(big["id"])

    assert payload["order"]["total"] == money("2500.00")
    assert await tenant.rows("SELECT max(position) FROM order_line") == [(999,)]
    # fence, key claimed; cart, its lines, lines copied, saga, cart closed, number, order, history; key's result,
    # outbox; then fence, order and saga for the answer
    assert (one_line.total, thousand_lines.total) == (15, 15)


async def test_a_free_order_needs_no_payment(tenant: OrdersTenant):
    await tenant.sell("GIFT", price_minor=0)
    cart = await tenant.cart({"sku": "GIFT", "quantity": 1})

    payload = await tenant.check_out(cart["id"], payment=None)

    assert payload["userErrors"] == []
    assert payload["order"]["paymentStatus"] == "NOT_REQUIRED"


async def refused(tenant: OrdersTenant, cart_id: str, **changes: Any) -> dict[str, Any]:
    before = await tenant.everything()
    payload = await tenant.check_out(cart_id, **changes)
    assert await tenant.everything() == before
    assert payload["order"] is None
    (error,) = payload["userErrors"]
    return error


async def test_an_expired_cart_is_refused(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    await tenant.execute("UPDATE cart SET expires_at = now() - interval '1 second'")

    assert (await refused(tenant, cart["id"]))["code"] == "CART_EXPIRED"


async def test_an_empty_cart_is_refused(tenant: OrdersTenant):
    cart = await tenant.cart()

    assert (await refused(tenant, cart["id"]))["code"] == "CART_EMPTY"


async def test_another_tenants_cart_looks_like_a_missing_one(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    stranger = tenant.stranger()

    theirs = await refused(stranger, cart["id"])

    assert theirs == await refused(stranger, encode_global_id("Cart", uuid7()))
    assert theirs["code"] == "NO_SUCH_CART"
    assert (await tenant.check_out(cart["id"]))["userErrors"] == []


async def test_another_customers_cart_looks_like_a_missing_one(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    before = await tenant.everything()
    given = {"countryCode": "GB", "payment": {"token": "tok_approve"}}
    variables = {"cart": cart["id"], "input": given, "key": "k"}

    answer = await tenant.answer_as("mallory", CHECKOUT, variables)
    seen = await tenant.answer_as("mallory", "query($id: ID!) { cart(id: $id) { id } }", {"id": cart["id"]})

    assert answer["data"]["checkoutComplete"]["userErrors"][0]["code"] == "NO_SUCH_CART"
    assert seen["data"] == {"cart": None}
    assert await tenant.everything() == before


async def test_a_variant_no_longer_sold_is_refused(tenant: OrdersTenant):
    (variant_id,) = await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    await tenant.execute("UPDATE variant SET is_active = false")

    error = await refused(tenant, cart["id"])

    assert (error["code"], error["message"]) == ("UNKNOWN_SKU", "MUG-1 is no longer sold")
    assert variant_id


async def test_a_changed_price_is_refused_until_the_line_takes_it(tenant: OrdersTenant):
    await tenant.sell("MUG-1", price_minor=250)
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 2})
    await tenant.execute("UPDATE variant SET price = 300")

    assert (await refused(tenant, cart["id"]))["code"] == "PRICE_CHANGED"
    update = "mutation($cart: ID!, $lines: [CartLineUpdateInput!]!) { cartLinesUpdate(cartId: $cart, lines: $lines) {"
    update += " cart { total { amount } } userErrors { code } } }"
    line = {"lineId": cart["lines"][0]["id"], "quantity": 2}
    updated = await tenant.data(update, {"cart": cart["id"], "lines": [line]})
    assert updated["cartLinesUpdate"] == {"cart": {"total": {"amount": "6.00"}}, "userErrors": []}
    assert (await tenant.check_out(cart["id"]))["order"]["total"] == money("6.00")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"payment": None}, "PAYMENT_REQUIRED", ["input", "payment"]),
        ({"countryCode": "UK-1"}, "INVALID", ["input", "countryCode"]),
        ({"email": "nobody"}, "INVALID", ["input", "email"]),
        ({"externalReference": " "}, "INVALID", ["input", "externalReference"]),
        ({"placedAt": "2999-01-01T00:00:00Z"}, "INVALID", ["input", "placedAt"]),
    ],
)
async def test_a_bad_input_is_refused(tenant: OrdersTenant, changes: dict[str, Any], code: str, field: list[str]):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})

    error = await refused(tenant, cart["id"], **changes)

    assert (error["code"], error["field"]) == (code, field)


async def test_an_external_reference_names_one_order(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    first, second = [await tenant.cart({"sku": "MUG-1", "quantity": 1}) for _ in range(2)]
    await tenant.check_out(first["id"], externalReference="536365")

    assert (await refused(tenant, second["id"], externalReference="536365"))["code"] == "DUPLICATE_REFERENCE"
    stranger = tenant.stranger()
    await stranger.sell("MUG-1")
    theirs = await stranger.cart({"sku": "MUG-1", "quantity": 1})
    assert (await stranger.check_out(theirs["id"], externalReference="536365"))["userErrors"] == []


async def test_a_key_used_for_another_checkout_is_refused(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    first, second = [await tenant.cart({"sku": "MUG-1", "quantity": 1}) for _ in range(2)]
    await tenant.check_out(first["id"], key="invoice-1")
    before = await tenant.everything()
    given = {"countryCode": "GB", "payment": {"token": "tok_approve"}}

    answer = await tenant.client.answer(CHECKOUT, {"cart": second["id"], "input": given, "key": "invoice-1"})

    assert answer["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await tenant.everything() == before


async def test_backdating_needs_orders_manage(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    before = await tenant.everything()
    given = {"countryCode": "GB", "payment": {"token": "t"}, "placedAt": "2010-12-01T08:26:00Z"}

    answer = await tenant.client.answer(CHECKOUT, {"cart": cart["id"], "input": given, "key": "k"}, role="cashier")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await tenant.everything() == before


async def test_an_id_of_another_type_is_bad_input(tenant: OrdersTenant):
    given = {"countryCode": "GB", "payment": {"token": "t"}}

    answer = await tenant.client.answer(
        CHECKOUT, {"cart": encode_global_id("Order", uuid7()), "input": given, "key": "k"}
    )

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": ["cartId"]}


async def test_without_a_token_nobody_checks_out(tenant: OrdersTenant):
    given = {"countryCode": "GB", "payment": {"token": "t"}}
    variables = {"cart": encode_global_id("Cart", uuid7()), "input": given, "key": "k"}

    answer = await tenant.client.answer(CHECKOUT, variables, role="")

    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
