from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import CART_CREATE, OrdersTenant, money
from tests.factories.subgraphs import SubgraphClient, client_of

LINES_ADD = """mutation($cart: ID!, $lines: [CartLineInput!]!, $key: String) {
  cartLinesAdd(cartId: $cart, lines: $lines, idempotencyKey: $key) {
    cart { version lines { sku quantity } total { amount } } userErrors { field code } } }"""
LINES_UPDATE = """mutation($cart: ID!, $lines: [CartLineUpdateInput!]!) {
  cartLinesUpdate(cartId: $cart, lines: $lines) {
    cart { lines { quantity unitPrice { amount } } charges { quantity } total { amount } }
    userErrors { field code } } }"""
LINES_REMOVE = """mutation($cart: ID!, $ids: [ID!]!) { cartLinesRemove(cartId: $cart, lineIds: $ids) {
    cart { lines { sku } charges { code } } userErrors { field code } } }"""
CHARGES_ADD = """mutation($cart: ID!, $charges: [ChargeInput!]!) { cartChargesAdd(cartId: $cart, charges: $charges) {
    cart { charges { code } total { amount } } userErrors { field code } } }"""


@pytest.fixture(scope="module")
async def orders(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("orders_app", pool_size=8)
    yield client_of("orders", build_schema(), database)
    await database.close()


@pytest.fixture
def tenant(orders: SubgraphClient) -> OrdersTenant:
    return OrdersTenant(orders, uuid7())


async def test_a_cart_keeps_goods_and_charges_at_their_prices(tenant: OrdersTenant):
    mug, _ = await tenant.sell("MUG-1", "MUG-2", price_minor=250)
    charge = {"code": "POST", "title": "Postage", "quantity": 1, "unitPrice": money("3.50")}
    discount = {"code": "D", "title": "Discount", "quantity": 1, "unitPrice": money("-1.00")}

    cart = await tenant.cart(
        {"variantId": mug, "quantity": 2},
        {"sku": "MUG-2", "quantity": 1, "unitPrice": money("2.00")},
        charges=[charge, discount],
    )

    assert [(line["sku"], line["quantity"], line["unitPrice"]["amount"]) for line in cart["lines"]] == [
        ("MUG-1", 2, "2.50"),
        ("MUG-2", 1, "2.00"),
    ]
    assert cart["lines"][0]["variant"] == {"id": mug}
    assert [(line["code"], line["total"]["amount"]) for line in cart["charges"]] == [("POST", "3.50"), ("D", "-1.00")]
    assert cart["total"] == money("9.50")
    assert await tenant.outbox() == []


async def test_lines_are_added_changed_and_removed(tenant: OrdersTenant):
    await tenant.sell("MUG-1", "MUG-2", price_minor=250)
    charge = {"code": "POST", "title": "Postage", "quantity": 1, "unitPrice": money("3.50")}
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1}, charges=[charge])

    added = await tenant.data(LINES_ADD, {"cart": cart["id"], "lines": [{"sku": "MUG-2", "quantity": 3}]})
    changes = [
        {"lineId": cart["lines"][0]["id"], "quantity": 5, "unitPrice": money("1.00")},
        {"lineId": cart["charges"][0]["id"], "quantity": 2},
    ]
    updated = await tenant.data(LINES_UPDATE, {"cart": cart["id"], "lines": changes})
    ids = [cart["lines"][0]["id"], cart["charges"][0]["id"]]
    removed = await tenant.data(LINES_REMOVE, {"cart": cart["id"], "ids": ids})

    assert await tenant.rows("SELECT version FROM cart") == [(5,)]
    assert added["cartLinesAdd"]["cart"]["lines"] == [
        {"sku": "MUG-1", "quantity": 1},
        {"sku": "MUG-2", "quantity": 3},
    ]
    assert updated["cartLinesUpdate"]["cart"]["total"] == {"amount": "19.50"}
    assert removed["cartLinesRemove"] == {"cart": {"lines": [{"sku": "MUG-2"}], "charges": []}, "userErrors": []}
    assert await tenant.rows("SELECT line_count FROM cart") == [(1,)]


async def test_lines_added_under_one_key_are_added_once(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart()
    variables = {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1}], "key": "536365:0"}

    first = await tenant.data(LINES_ADD, variables)
    second = await tenant.data(LINES_ADD, variables)

    assert first == second
    assert await tenant.rows("SELECT count(*) FROM cart_line") == [(1,)]


async def test_adding_many_lines_takes_as_many_statements_as_adding_one(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart()

    with count_statements() as one:
        await tenant.data(LINES_ADD, {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1}]})
    with count_statements() as many:
        await tenant.data(LINES_ADD, {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1}] * 250})

    # fence, cart, variants, lines, cart's count; then fence, cart and lines for the answer
    assert (one.total, many.total) == (8, 8)


async def changes_nothing(
    tenant: OrdersTenant, document: str, variables: dict[str, Any], *, role: str = "tenant_owner"
) -> dict[str, Any]:
    before = await tenant.everything()
    versions = await tenant.rows("SELECT id, version FROM cart")
    answer = await tenant.client.answer(document, variables, role=role)
    assert await tenant.everything() == before
    assert await tenant.rows("SELECT id, version FROM cart") == versions
    return answer


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ({"sku": "NO-SUCH", "quantity": 1}, "UNKNOWN_SKU", ["lines", "1"]),
        ({"sku": "OLD", "quantity": 1}, "UNKNOWN_SKU", ["lines", "1"]),
        ({"variantId": encode_global_id("ProductVariant", uuid7()), "quantity": 1}, "UNKNOWN_SKU", ["lines", "1"]),
        ({"sku": "MUG-1", "quantity": 0}, "INVALID_QUANTITY", ["lines", "1", "quantity"]),
        ({"sku": "MUG-1", "quantity": -1}, "INVALID_QUANTITY", ["lines", "1", "quantity"]),
        ({"sku": "MUG-1", "quantity": 1_000_001}, "INVALID_QUANTITY", ["lines", "1", "quantity"]),
        ({"sku": "TEA", "quantity": 1}, "WRONG_CURRENCY", ["lines", "1"]),
        (
            {"sku": "MUG-1", "quantity": 1, "unitPrice": money("300", "JPY")},
            "WRONG_CURRENCY",
            ["lines", "1", "unitPrice"],
        ),
        ({"sku": "MUG-1", "quantity": 1, "unitPrice": money("-0.01")}, "INVALID", ["lines", "1", "unitPrice"]),
    ],
)
async def test_a_bad_line_is_refused_with_all_others(
    tenant: OrdersTenant, line: dict[str, Any], code: str, field: list[str]
):
    await tenant.sell("MUG-1")
    await tenant.sell("OLD", status="ARCHIVED")
    await tenant.sell("TEA", currency="JPY", price_minor=300)
    cart = await tenant.cart()
    lines = [{"sku": "MUG-1", "quantity": 1}, line]

    answer = await changes_nothing(tenant, LINES_ADD, {"cart": cart["id"], "lines": lines})
    created = await changes_nothing(tenant, CART_CREATE, {"input": {"currencyCode": "GBP", "lines": lines}})

    assert answer["data"]["cartLinesAdd"] == {"cart": None, "userErrors": [{"field": field, "code": code}]}
    (error,) = created["data"]["cartCreate"]["userErrors"]
    assert (error["field"], error["code"]) == (["input", *field], code)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"quantity": 1}, ["lines", "0"]),
        ({"quantity": 1, "sku": "MUG-1", "variantId": "x"}, ["lines", "0"]),
        ({"quantity": 1, "variantId": encode_global_id("Product", uuid7())}, ["lines", "0", "variantId"]),
        ({"quantity": 1, "sku": "MUG-1", "unitPrice": money("1.234")}, ["lines", "0", "unitPrice", "amount"]),
    ],
)
async def test_a_malformed_line_is_bad_input(tenant: OrdersTenant, line: dict[str, Any], field: list[str]):
    await tenant.sell("MUG-1")
    cart = await tenant.cart()

    answer = await changes_nothing(tenant, LINES_ADD, {"cart": cart["id"], "lines": [line]})

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": field}


async def test_more_than_250_lines_at_a_time_are_bad_input(tenant: OrdersTenant):
    cart = await tenant.cart()

    answer = await changes_nothing(
        tenant, LINES_ADD, {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1}] * 251}
    )

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_cart_holds_two_thousand_lines(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart()
    await tenant.execute("UPDATE cart SET line_count = 1999, next_position = 1999")
    one = {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1}]}

    last = await tenant.data(LINES_ADD, one)
    beyond = await changes_nothing(tenant, LINES_ADD, one)

    assert last["cartLinesAdd"]["userErrors"] == []
    assert beyond["data"]["cartLinesAdd"]["userErrors"] == [{"field": ["cartId"], "code": "CART_FULL"}]


@pytest.mark.parametrize("document", [LINES_ADD, LINES_UPDATE])
async def test_an_expired_or_closed_cart_does_not_change(tenant: OrdersTenant, document: str):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    line: dict[str, Any] = {"sku": "MUG-1", "quantity": 2}
    if document is LINES_UPDATE:
        line = {"lineId": cart["lines"][0]["id"], "quantity": 2}
    variables = {"cart": cart["id"], "lines": [line]}

    await tenant.execute("UPDATE cart SET expires_at = now()")
    expired = await changes_nothing(tenant, document, variables)
    await tenant.execute("UPDATE cart SET expires_at = now() + interval '1 day', order_id = :id", id=uuid7())
    closed = await changes_nothing(tenant, document, variables)

    codes = [
        error["code"] for answer in (expired, closed) for error in next(iter(answer["data"].values()))["userErrors"]
    ]
    assert codes == ["CART_EXPIRED", "CART_CLOSED"]


async def test_a_line_of_another_cart_is_no_line_of_this_one(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart, other = [await tenant.cart({"sku": "MUG-1", "quantity": 1}) for _ in range(2)]
    foreign = other["lines"][0]["id"]

    updated = await changes_nothing(
        tenant, LINES_UPDATE, {"cart": cart["id"], "lines": [{"lineId": foreign, "quantity": 9}]}
    )
    removed = await changes_nothing(tenant, LINES_REMOVE, {"cart": cart["id"], "ids": [foreign]})

    assert updated["data"]["cartLinesUpdate"]["userErrors"] == [
        {"field": ["lines", "0", "lineId"], "code": "NO_SUCH_LINE"}
    ]
    assert removed["data"]["cartLinesRemove"]["userErrors"] == [{"field": ["lineIds", "0"], "code": "NO_SUCH_LINE"}]


async def test_a_customer_may_neither_choose_prices_nor_add_charges(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart()
    priced = {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1, "unitPrice": money("0.01")}]}
    charge = {"code": "D", "title": "Discount", "quantity": 1, "unitPrice": money("-9.99")}
    given = {"currencyCode": "GBP", "charges": [charge]}

    answers = [
        await changes_nothing(tenant, LINES_ADD, priced, role="customer"),
        await changes_nothing(tenant, CHARGES_ADD, {"cart": cart["id"], "charges": [charge]}, role="customer"),
        await changes_nothing(tenant, CART_CREATE, {"input": given}, role="customer"),
    ]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["FORBIDDEN"] * 3


async def test_a_customer_has_carts_of_his_own_and_staff_may_change_them(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    given = {"currencyCode": "GBP", "lines": [{"sku": "MUG-1", "quantity": 1}]}
    created = await tenant.answer_as("ada", CART_CREATE, {"input": given})
    cart_id = created["data"]["cartCreate"]["cart"]["id"]
    add = {"cart": cart_id, "lines": [{"sku": "MUG-1", "quantity": 1}]}

    by_cashier = await tenant.answer_as("bob", LINES_ADD, add, role="cashier")
    by_stranger = await tenant.answer_as("mallory", LINES_ADD, add)

    assert by_cashier["data"]["cartLinesAdd"]["userErrors"] == []
    assert by_stranger["data"]["cartLinesAdd"]["userErrors"] == [{"field": ["cartId"], "code": "NO_SUCH_CART"}]
    assert await tenant.rows("SELECT owner, line_count FROM cart") == [("ada", 2)]


async def test_another_tenants_cart_looks_like_a_missing_one(tenant: OrdersTenant):
    await tenant.sell("MUG-1")
    cart = await tenant.cart({"sku": "MUG-1", "quantity": 1})
    stranger = tenant.stranger()
    query = "query($id: ID!, $r: [_Any!]!) { cart(id: $id) { id } _entities(representations: $r) { __typename } }"
    add = {"cart": cart["id"], "lines": [{"sku": "MUG-1", "quantity": 1}]}
    before = await tenant.everything()

    read = await stranger.data(query, {"id": cart["id"], "r": [{"__typename": "Cart", "id": cart["id"]}]})
    written = await stranger.data(LINES_ADD, add)

    assert read == {"cart": None, "_entities": [None]}
    assert written["cartLinesAdd"]["userErrors"] == [{"field": ["cartId"], "code": "NO_SUCH_CART"}]
    assert await tenant.everything() == before


async def test_a_cart_needs_a_currency_code(tenant: OrdersTenant):
    answer = await changes_nothing(tenant, CART_CREATE, {"input": {"currencyCode": "pounds"}})

    (error,) = answer["data"]["cartCreate"]["userErrors"]
    assert (error["field"], error["code"]) == (["input", "currencyCode"], "INVALID")
