from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import CANCEL, CART_CREATE, CONFIRM, OrdersTenant, uuid_of
from tests.factories.subgraphs import SubgraphClient, client_of

ORDERS = """query($first: Int!, $after: String, $where: OrderWhere, $by: OrderOrderBy) {
  orders(first: $first, after: $after, where: $where, orderBy: $by) {
    nodes { id number status total { amount }
      lines(first: 2) { nodes { sku quantity variant { id } } pageInfo { hasNextPage endCursor } totalCount }
      history { type message } saga { state step } returns { status } allowedActions }
    totalCount pageInfo { hasNextPage endCursor } } }"""
ORDER = """query($id: ID, $number: String, $reference: String) {
  order(id: $id, number: $number, externalReference: $reference) { id number } }"""
LINES = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { order(id: $id) {
  lines(first: $first, after: $after, last: $last, before: $before) {
    nodes { sku } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
ENTITIES = """query($r: [_Any!]!) { _entities(representations: $r) {
  ... on Order { number } ... on Cart { version } ... on Return { status }
  ... on User { orders(first: 2) { nodes { number } totalCount } } } }"""


@pytest.fixture(scope="module")
async def orders(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("orders_app", pool_size=8)
    yield client_of("orders", build_schema(), database)
    await database.close()


@pytest.fixture
def tenant(orders: SubgraphClient) -> OrdersTenant:
    return OrdersTenant(orders, uuid7())


async def three_orders(tenant: OrdersTenant) -> list[dict[str, Any]]:
    await tenant.sell("A", "B", "C")
    lines = [{"sku": sku, "quantity": 1} for sku in ("A", "B", "C")]
    return [await tenant.order(*lines[: count + 1]) for count in range(3)]


async def test_orders_with_lines_history_saga_and_returns_take_a_fixed_number_of_statements(tenant: OrdersTenant):
    placed = await three_orders(tenant)

    with count_statements() as one:
        await tenant.data(ORDERS, {"first": 1})
    with count_statements() as three:
        orders = (await tenant.data(ORDERS, {"first": 3}))["orders"]

    assert [node["number"] for node in orders["nodes"]] == ["1003", "1002", "1001"]
    assert [node["id"] for node in orders["nodes"]] == [order["id"] for order in reversed(placed)]
    assert orders["totalCount"] == 3
    first = orders["nodes"][0]
    assert [line["sku"] for line in first["lines"]["nodes"]] == ["A", "B"]
    assert first["lines"]["totalCount"] == 3
    assert first["lines"]["pageInfo"]["hasNextPage"] is True
    assert orders["nodes"][2]["lines"]["pageInfo"]["hasNextPage"] is False
    assert first["history"] == [{"type": "CREATED", "message": "the cart was checked out"}]
    assert first["saga"] == {"state": "RUNNING", "step": "RESERVE_STOCK"}
    # fence, page, total, lines, line counts, history, sagas, returns
    assert (one.total, three.total) == (8, 8)


async def test_the_next_page_and_the_other_direction_continue_where_the_cursor_says(tenant: OrdersTenant):
    await three_orders(tenant)

    first = (await tenant.data(ORDERS, {"first": 2}))["orders"]
    second = (await tenant.data(ORDERS, {"first": 2, "after": first["pageInfo"]["endCursor"]}))["orders"]
    oldest = (await tenant.data(ORDERS, {"first": 1, "by": {"direction": "ASC"}}))["orders"]

    assert [node["number"] for node in second["nodes"]] == ["1001"]
    assert second["pageInfo"]["hasNextPage"] is False
    assert [node["number"] for node in oldest["nodes"]] == ["1001"]


async def test_orders_are_filtered_by_status_reference_and_time(tenant: OrdersTenant):
    await tenant.sell("A")
    carts = [await tenant.cart({"sku": "A", "quantity": 1}) for _ in range(2)]
    await tenant.check_out(carts[0]["id"], placedAt="2010-12-01T08:26:00Z", externalReference="536365")
    later = await tenant.check_out(carts[1]["id"], placedAt="2011-01-01T00:00:00Z")
    await tenant.data(CONFIRM, {"order": later["order"]["id"], "key": "k"}, role="tenant_owner checkout_saga")

    async def numbers(where: dict[str, Any]) -> list[str]:
        orders = (await tenant.data(ORDERS, {"first": 10, "where": where}))["orders"]
        assert orders["totalCount"] == len(orders["nodes"])
        return [node["number"] for node in orders["nodes"]]

    assert await numbers({"status": "CONFIRMED"}) == ["1002"]
    assert await numbers({"externalReference": "536365"}) == ["1001"]
    december = {"gte": "2010-12-01T00:00:00Z", "lt": "2011-01-01T00:00:00Z"}
    assert await numbers({"placedAt": december}) == ["1001"]
    assert await numbers({"placedAt": december, "status": "CONFIRMED"}) == []


async def test_an_order_is_found_by_exactly_one_key(tenant: OrdersTenant):
    await tenant.sell("A")
    cart = await tenant.cart({"sku": "A", "quantity": 1})
    placed = (await tenant.check_out(cart["id"], externalReference="536365"))["order"]
    expected = {"order": {"id": placed["id"], "number": "1001"}}

    assert await tenant.data(ORDER, {"id": placed["id"]}) == expected
    assert await tenant.data(ORDER, {"number": "1001"}) == expected
    assert await tenant.data(ORDER, {"reference": "536365"}) == expected
    for wrong in ({}, {"id": placed["id"], "number": "1001"}):
        answer = await tenant.client.answer(ORDER, wrong)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_lines_are_paged_in_both_directions(tenant: OrdersTenant):
    placed = (await three_orders(tenant))[2]

    async def page(**arguments: Any) -> tuple[list[str], dict[str, Any]]:
        lines = (await tenant.data(LINES, {"id": placed["id"], **arguments}))["order"]["lines"]
        return [line["sku"] for line in lines["nodes"]], lines["pageInfo"]

    first, info = await page(first=2)
    rest, _ = await page(first=2, after=info["endCursor"])
    last, backwards = await page(last=2)
    before, _ = await page(last=2, before=backwards["startCursor"])

    assert (first, rest, last, before) == (["A", "B"], ["C"], ["B", "C"], ["A"])
    assert (backwards["hasPreviousPage"], backwards["hasNextPage"]) == (True, False)


@pytest.mark.parametrize("arguments", [{}, {"first": 0}, {"first": 101}, {"first": 1, "after": "nonsense"}])
async def test_a_bad_page_is_bad_input(tenant: OrdersTenant, arguments: dict[str, Any]):
    placed = (await three_orders(tenant))[0]

    answer = await tenant.client.answer(LINES, {"id": placed["id"], **arguments})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_another_tenants_order_looks_like_a_missing_one(tenant: OrdersTenant):
    placed = (await three_orders(tenant))[0]
    stranger = tenant.stranger()

    for key in ({"id": placed["id"]}, {"number": "1001"}, {"id": encode_global_id("Order", uuid7())}):
        assert await stranger.data(ORDER, key) == {"order": None}
    assert (await stranger.data(ORDERS, {"first": 5}))["orders"]["nodes"] == []
    representations = [{"__typename": "Order", "id": placed["id"]}, {"__typename": "Order", "number": "1001"}]
    assert await stranger.data(ENTITIES, {"r": representations}) == {"_entities": [None, None]}


async def test_a_customer_sees_his_own_orders_only(tenant: OrdersTenant):
    await tenant.sell("A")
    given = {"currencyCode": "GBP", "lines": [{"sku": "A", "quantity": 1}]}
    cart = (await tenant.answer_as("ada", CART_CREATE, {"input": given}))["data"]["cartCreate"]["cart"]
    await tenant.check_out(cart["id"])
    await tenant.order({"sku": "A", "quantity": 1})

    mine = await tenant.answer_as("ada", ORDERS, {"first": 5})
    others = await tenant.answer_as("mallory", ORDERS, {"first": 5})
    staff = await tenant.answer_as("bob", ORDERS, {"first": 5}, role="cashier")

    assert [node["number"] for node in mine["data"]["orders"]["nodes"]] == ["1001"]
    assert mine["data"]["orders"]["totalCount"] == 1
    assert others["data"]["orders"]["nodes"] == []
    assert [node["number"] for node in staff["data"]["orders"]["nodes"]] == ["1002", "1001"]
    for key in ({"number": "1002"}, {"number": "1001"}):
        seen = await tenant.answer_as("mallory", ORDER, key)
        assert seen == {"data": {"order": None}}


async def test_references_to_orders_take_one_statement_per_key(tenant: OrdersTenant):
    placed = await three_orders(tenant)
    representations = [{"__typename": "Order", "id": order["id"]} for order in placed]

    with count_statements() as count:
        data = await tenant.data(ENTITIES, {"r": [*representations, {"__typename": "Order", "number": "1002"}]})

    assert [entity["number"] for entity in data["_entities"]] == ["1001", "1002", "1003", "1002"]
    assert count.total == 3  # tenant fence, by id, by number


async def test_a_users_orders_are_found_by_what_identity_told(tenant: OrdersTenant):
    await tenant.sell("A")
    users = [{"userId": str(uuid7()), "keycloakId": name, "roles": ["customer"]} for name in ("ada", "bob")]
    for user in users:
        await tenant.receive("retail.user.created.v1", user)
    given = {"currencyCode": "GBP", "lines": [{"sku": "A", "quantity": 1}]}
    for name in ("ada", "ada", "ada", "bob"):
        cart = (await tenant.answer_as(name, CART_CREATE, {"input": given}))["data"]["cartCreate"]["cart"]
        await tenant.check_out(cart["id"])
    ids = [encode_global_id("User", uuid_) for uuid_ in (users[0]["userId"], users[1]["userId"])]
    representations = [{"__typename": "User", "id": user_id} for user_id in ids]

    with count_statements() as count:
        data = await tenant.data(ENTITIES, {"r": representations})
    mine = await tenant.answer_as("bob", ENTITIES, {"r": representations})

    assert [[node["number"] for node in user["orders"]["nodes"]] for user in data["_entities"]] == [
        ["1003", "1002"],
        ["1004"],
    ]
    assert [user["orders"]["totalCount"] for user in data["_entities"]] == [3, 1]
    assert count.total == 4  # tenant fence, subjects, pages, counts
    assert [user["orders"] is None for user in mine["data"]["_entities"]] == [True, False]


async def test_an_order_is_confirmed_or_cancelled_once_and_by_the_saga_only(tenant: OrdersTenant):
    await tenant.sell("A")
    bought, lost = [await tenant.order({"sku": "A", "quantity": 1}) for _ in range(2)]
    cancel = {"order": lost["id"], "reason": "PAYMENT_DECLINED"}

    forbidden = await tenant.client.answer(CONFIRM, {"order": bought["id"], "key": "k"})
    for key in ("a", "a", "b"):
        confirmed = await tenant.data(CONFIRM, {"order": bought["id"], "key": key}, role="tenant_owner checkout_saga")
        cancelled = await tenant.data(CANCEL, {**cancel, "key": key}, role="tenant_owner checkout_saga")
        assert confirmed["orderConfirm"] == {"order": {"status": "CONFIRMED"}, "userErrors": []}
        assert cancelled["orderCancel"] == {"order": {"status": "CANCELLED"}, "userErrors": []}
    before = await tenant.everything()
    crossed = await tenant.data(
        CANCEL, {**cancel, "order": bought["id"], "key": "c"}, role="tenant_owner checkout_saga"
    )
    missing = await tenant.data(
        CONFIRM, {"order": encode_global_id("Order", uuid7()), "key": "d"}, role="tenant_owner checkout_saga"
    )

    assert forbidden["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert crossed["orderCancel"]["userErrors"] == [{"code": "ORDER_NOT_PENDING"}]
    assert missing["orderConfirm"]["userErrors"] == [{"code": "NO_SUCH_ORDER"}]
    assert await tenant.everything() == before
    facts = ["retail.order.created.v1"] * 2 + ["retail.order.confirmed.v1", "retail.order.cancelled.v1"]
    assert await tenant.outbox() == facts
    kinds = "SELECT type FROM order_history WHERE order_id = :id ORDER BY at, id"
    assert await tenant.rows(kinds, id=uuid_of(bought["id"], "Order")) == [("CREATED",), ("CONFIRMED",)]
