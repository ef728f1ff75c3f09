import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import CANCEL, OrdersTenant, money, uuid_of
from tests.factories.subgraphs import SubgraphClient, client_of

RETURN = """mutation($input: ReturnCreateInput!, $key: String!) {
  returnCreate(input: $input, idempotencyKey: $key) {
    return { id status refundTotal { amount currencyCode } order { number returnStatus allowedActions }
      lines { kind sku quantity unitAmount { amount } isRestocked variant { id } } }
    userErrors { field code } } }"""
ORDER = """query($id: ID!) { order(id: $id) { paymentStatus returnStatus refundedTotal { amount } allowedActions
  lines(first: 10) { nodes { id sku quantity returnedQuantity } } returns { status refundTotal { amount } }
  history { type } } }"""
RETURNS = """query($first: Int!, $where: ReturnWhere) { returns(first: $first, where: $where) {
  nodes { externalReference refundTotal { amount } order { number } lines { sku } } totalCount } }"""


@pytest.fixture(scope="module")
async def orders(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("orders_app", pool_size=8)
    yield client_of("orders", build_schema(), database)
    await database.close()


@pytest.fixture
def tenant(orders: SubgraphClient) -> OrdersTenant:
    return OrdersTenant(orders, uuid7())


async def sold(tenant: OrdersTenant) -> dict[str, Any]:
    """A confirmed order of 3 mugs at 2.50, a plate at 2.50, and postage of 3.50: 13.50 in all."""
    await tenant.sell("MUG", "PLATE", price_minor=250)
    charge = {"code": "POST", "title": "Postage", "quantity": 1, "unitPrice": money("3.50")}
    placed = await tenant.confirmed_order(
        {"sku": "MUG", "quantity": 3}, {"sku": "PLATE", "quantity": 1}, charges=[charge]
    )
    return {"id": placed["id"], **(await tenant.data(ORDER, {"id": placed["id"]}))["order"]}


def given_back(order: dict[str, Any], *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"currencyCode": "GBP", "orderId": order["id"], "lines": list(lines), **changes}


def line_of(order: dict[str, Any], position: int, quantity: int, amount: str = "2.50") -> dict[str, Any]:
    line_id = order["lines"]["nodes"][position]["id"]
    return {"orderLineId": line_id, "quantity": quantity, "unitAmount": money(amount), "restock": True}


async def create(tenant: OrdersTenant, given: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    return (await tenant.data(RETURN, {"input": given, "key": key or str(uuid7())}))["returnCreate"]


async def test_a_return_takes_goods_back_and_tells_inventory_and_payments(tenant: OrdersTenant):
    order = await sold(tenant)
    postage = {
        "charge": {"code": "POST", "title": "Postage"},
        "quantity": 1,
        "unitAmount": money("3.50"),
        "restock": True,
    }

    payload = await create(tenant, given_back(order, line_of(order, 0, 2), postage))

    assert payload["userErrors"] == []
    received = payload["return"]
    assert (received["status"], received["refundTotal"]) == ("RECEIVED", money("8.50"))
    assert received["order"] == {
        "number": "1001",
        "returnStatus": "PARTIALLY_RETURNED",
        "allowedActions": ["RETURN"],
    }
    assert [(line["kind"], line["sku"], line["isRestocked"]) for line in received["lines"]] == [
        ("GOODS", "MUG", True),
        ("CHARGE", "POST", False),
    ]
    query = "SELECT envelope::json->'data' FROM outbox WHERE subject = 'retail.order.return.received.v1'"
    ((fact,),) = await tenant.rows(query)
    assert fact == {
        "returnId": str(uuid_of(received["id"], "Return")),
        "orderId": str(uuid_of(order["id"], "Order")),
        "currency": "GBP",
        "refundMinor": 850,
        "lines": [
            {
                "variantId": str(uuid_of(received["lines"][0]["variant"]["id"], "ProductVariant")),
                "quantity": 2,
                "restock": True,
            }
        ],
    }
    after = (await tenant.data(ORDER, {"id": order["id"]}))["order"]
    assert [line["returnedQuantity"] for line in after["lines"]["nodes"]] == [2, 0, 0]
    assert [entry["type"] for entry in after["history"]] == ["CREATED", "CONFIRMED", "RETURN_RECEIVED"]


async def test_a_whole_return_leaves_nothing_to_return(tenant: OrdersTenant):
    order = await sold(tenant)

    await create(tenant, given_back(order, line_of(order, 0, 3), line_of(order, 1, 1)))

    after = (await tenant.data(ORDER, {"id": order["id"]}))["order"]
    assert (after["returnStatus"], after["allowedActions"]) == ("RETURNED", [])


async def test_the_refund_is_noted_once_when_payments_has_made_it(tenant: OrdersTenant):
    order = await sold(tenant)
    received = (await create(tenant, given_back(order, line_of(order, 0, 2))))["return"]
    fact = {
        "refundId": str(uuid7()),
        "paymentId": str(uuid7()),
        "returnId": str(uuid_of(received["id"], "Return")),
        "orderId": str(uuid_of(order["id"], "Order")),
        "amountMinor": 500,
        "currency": "GBP",
    }
    event_id = uuid7()

    for _ in range(2):
        await tenant.receive("retail.payment.refunded.v1", fact, event_id=event_id)
    await tenant.receive("retail.payment.refunded.v1", fact)

    after = (await tenant.data(ORDER, {"id": order["id"]}))["order"]
    assert after["refundedTotal"] == {"amount": "5.00"}
    assert after["paymentStatus"] == "PARTIALLY_REFUNDED"
    assert after["returns"] == [{"status": "REFUNDED", "refundTotal": {"amount": "5.00"}}]
    assert [entry["type"] for entry in after["history"]].count("REFUNDED") == 1


async def test_payments_own_corrections_are_no_returns(tenant: OrdersTenant):
    order = await sold(tenant)
    before = await tenant.everything()
    fact = {"refundId": str(uuid7()), "paymentId": str(uuid7()), "returnId": None, "amountMinor": 5, "currency": "GBP"}

    await tenant.receive("retail.payment.refunded.v1", {**fact, "orderId": str(uuid_of(order["id"], "Order"))})

    assert await tenant.everything() == before
    assert (await tenant.data(ORDER, {"id": order["id"]}))["order"]["refundedTotal"] == {"amount": "0.00"}


async def test_a_return_that_owes_nothing_is_refunded_at_once(tenant: OrdersTenant):
    order = await sold(tenant)

    payload = await create(tenant, given_back(order, line_of(order, 0, 1, "0.00")))

    assert payload["return"]["status"] == "REFUNDED"


async def test_one_key_makes_one_return(tenant: OrdersTenant):
    order = await sold(tenant)
    given = given_back(order, line_of(order, 0, 2))

    first, second = [await create(tenant, given, key="C536379") for _ in range(2)]

    assert first == second
    assert await tenant.rows("SELECT count(*) FROM order_return") == [(1,)]


async def test_an_unreferenced_return_names_goods_by_sku(tenant: OrdersTenant):
    await tenant.sell("MUG", price_minor=250)
    line = {"sku": "MUG", "quantity": 4, "unitAmount": money("2.10"), "restock": False}
    given = {
        "currencyCode": "GBP",
        "lines": [line],
        "externalReference": "C536379",
        "customerReference": "14527",
        "countryCode": "GB",
        "occurredAt": "2010-12-01T09:41:00Z",
    }

    payload = await create(tenant, given)

    assert payload["userErrors"] == []
    assert payload["return"]["order"] is None
    assert payload["return"]["refundTotal"] == money("8.40")
    listed = await tenant.data(RETURNS, {"first": 5, "where": {"occurredAt": {"lt": "2011-01-01T00:00:00Z"}}})
    assert listed["returns"] == {
        "nodes": [
            {
                "externalReference": "C536379",
                "refundTotal": {"amount": "8.40"},
                "order": None,
                "lines": [{"sku": "MUG"}],
            }
        ],
        "totalCount": 1,
    }


async def test_returns_with_orders_and_lines_take_a_fixed_number_of_statements(tenant: OrdersTenant):
    order = await sold(tenant)
    for quantity in (1, 2):
        await create(tenant, given_back(order, line_of(order, 0, quantity)))

    with count_statements() as one:
        await tenant.data(RETURNS, {"first": 1})
    with count_statements() as two:
        data = await tenant.data(RETURNS, {"first": 2})

    assert [node["order"]["number"] for node in data["returns"]["nodes"]] == ["1001", "1001"]
    # tenant fence, page, total, orders, lines
    assert (one.total, two.total) == (5, 5)


async def refused(tenant: OrdersTenant, given: dict[str, Any]) -> tuple[list[str], str]:
    before = await tenant.everything()
    returned = await tenant.rows("SELECT returned_quantity FROM order_line ORDER BY id")
    payload = await create(tenant, given)
    assert await tenant.everything() == before
    assert await tenant.rows("SELECT returned_quantity FROM order_line ORDER BY id") == returned
    assert payload["return"] is None
    (error,) = payload["userErrors"]
    return error["field"], error["code"]


async def test_more_than_was_sold_cannot_come_back(tenant: OrdersTenant):
    order = await sold(tenant)
    await create(tenant, given_back(order, line_of(order, 0, 2)))
    field = ["input", "lines", "0", "quantity"]

    assert await refused(tenant, given_back(order, line_of(order, 0, 2))) == (field, "RETURN_EXCEEDS_SOLD")
    split = given_back(order, line_of(order, 0, 1), line_of(order, 0, 1))
    assert await refused(tenant, split) == (["input", "lines", "1", "quantity"], "RETURN_EXCEEDS_SOLD")


async def test_more_than_was_paid_cannot_go_back(tenant: OrdersTenant):
    order = await sold(tenant)
    await create(tenant, given_back(order, line_of(order, 0, 1, "10.00")))

    given = given_back(order, line_of(order, 0, 1, "3.51"))
    assert await refused(tenant, given) == (["input", "lines"], "REFUND_EXCEEDS_PAID")
    assert (await create(tenant, given_back(order, line_of(order, 0, 1, "3.50"))))["userErrors"] == []


async def test_returns_made_at_once_never_exceed_what_was_sold(tenant: OrdersTenant):
    order = await sold(tenant)

    payloads = await asyncio.gather(*(create(tenant, given_back(order, line_of(order, 0, 2))) for _ in range(6)))

    codes = sorted(error["code"] for payload in payloads for error in payload["userErrors"])
    assert codes == ["RETURN_EXCEEDS_SOLD"] * 5
    assert await tenant.rows("SELECT returned_quantity FROM order_line ORDER BY position LIMIT 1") == [(2,)]


async def test_only_a_confirmed_order_can_be_returned(tenant: OrdersTenant):
    await tenant.sell("MUG", price_minor=250)
    pending, lost = [await tenant.order({"sku": "MUG", "quantity": 1}) for _ in range(2)]
    cancel = {"order": lost["id"], "reason": "INSUFFICIENT_STOCK", "key": "k"}
    await tenant.data(CANCEL, cancel, role="tenant_owner checkout_saga")

    for placed in (pending, lost):
        order = {"id": placed["id"], **(await tenant.data(ORDER, {"id": placed["id"]}))["order"]}
        given = given_back(order, line_of(order, 0, 1))
        assert await refused(tenant, given) == (["input", "orderId"], "ORDER_NOT_RETURNABLE")


async def test_bad_returns_are_refused(tenant: OrdersTenant):
    order = await sold(tenant)
    first = order["lines"]["nodes"][0]["id"]
    line = line_of(order, 0, 1)
    by_sku = {"sku": "MUG", "quantity": 1, "unitAmount": money("2.50"), "restock": True}
    unknown = encode_global_id("OrderLine", uuid7())
    at = ["input", "lines", "0"]
    cases: list[tuple[dict[str, Any], list[str], str]] = [
        (given_back(order), ["input", "lines"], "INVALID"),
        (given_back(order, {**line, "quantity": 0}), [*at, "quantity"], "INVALID_QUANTITY"),
        (given_back(order, {**line, "quantity": -1}), [*at, "quantity"], "INVALID_QUANTITY"),
        (given_back(order, {**line, "unitAmount": money("-1.00")}), [*at, "unitAmount"], "INVALID"),
        (given_back(order, {**line, "unitAmount": money("1", "JPY")}), [*at, "unitAmount"], "WRONG_CURRENCY"),
        (given_back(order, line, currencyCode="JPY"), ["input", "currencyCode"], "WRONG_CURRENCY"),
        (given_back(order, {**line, "orderLineId": unknown}), [*at, "orderLineId"], "NO_SUCH_LINE"),
        (given_back(order, by_sku), at, "INVALID"),
        (given_back(order, line, countryCode="United Kingdom"), ["input", "countryCode"], "INVALID"),
        (
            given_back({**order, "id": encode_global_id("Order", uuid7())}, line),
            ["input", "orderId"],
            "NO_SUCH_ORDER",
        ),
        ({"currencyCode": "GBP", "lines": [{**by_sku, "sku": "NO-SUCH"}]}, [*at, "sku"], "UNKNOWN_SKU"),
        ({"currencyCode": "GBP", "lines": [line]}, at, "INVALID"),
        ({"currencyCode": "pounds", "lines": [by_sku]}, ["input", "currencyCode"], "INVALID"),
    ]

    assert first
    for given, field, code in cases:
        assert await refused(tenant, given) == (field, code)


async def test_another_tenants_order_cannot_be_returned(tenant: OrdersTenant):
    order = await sold(tenant)

    error = await refused(tenant.stranger(), given_back(order, line_of(order, 0, 1)))

    assert error == (["input", "orderId"], "NO_SUCH_ORDER")
    assert (await tenant.data(ORDER, {"id": order["id"]}))["order"]["returns"] == []


async def test_an_external_reference_names_one_return(tenant: OrdersTenant):
    order = await sold(tenant)
    await create(tenant, given_back(order, line_of(order, 0, 1), externalReference="C536379"))

    given = given_back(order, line_of(order, 0, 1), externalReference="C536379")
    assert await refused(tenant, given) == (["input", "externalReference"], "DUPLICATE_REFERENCE")


@pytest.mark.parametrize(
    ("role", "is_referenced"), [("customer", True), ("analyst", True), ("cashier", False), ("customer", False)]
)
async def test_who_may_not_take_goods_back(tenant: OrdersTenant, role: str, is_referenced: bool):
    order = await sold(tenant)
    given = given_back(order, line_of(order, 0, 1))
    if not is_referenced:
        given = {"currencyCode": "GBP", "lines": [{**given["lines"][0], "orderLineId": None, "sku": "MUG"}]}
    before = await tenant.everything()

    answer = await tenant.client.answer(RETURN, {"input": given, "key": "k"}, role=role)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await tenant.everything() == before


async def test_a_line_says_one_thing(tenant: OrdersTenant):
    order = await sold(tenant)
    before = await tenant.everything()
    line = line_of(order, 0, 1)

    for wrong in ({**line, "sku": "MUG"}, {**line, "orderLineId": None}):
        answer = await tenant.client.answer(RETURN, {"input": given_back(order, wrong), "key": "k"})
        assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": ["input", "lines", "0"]}
    assert await tenant.everything() == before
