import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kernel.database import StatementCount, count_statements
from kernel.ids import GlobalId, encode_global_id, uuid7
from subgraphs.inventory.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.inventory import ADJUST, CREATE_LOCATION, RESERVE, SET, Warehouse, envelope_of, order_id
from tests.factories.subgraphs import client_of

AVAILABILITY = """query($r: [_Any!]!) { _entities(representations: $r) { ... on ProductVariant {
  availability { available isInStock onHand reserved } } } }"""
LEVELS = """query($first: Int, $where: StockLevelWhere) { stockLevels(first: $first, where: $where) {
  totalCount nodes { onHand location { code } variant { id } } pageInfo { hasNextPage } } }"""
LEVEL_IDS = "{ stockLevels(first: 2) { nodes { id } } }"
MOVEMENTS = """query($where: StockMovementWhere) { stockMovements(first: 10, where: $where) {
  totalCount nodes { delta reason reference location { code } } } }"""


@pytest.fixture
async def warehouse(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Warehouse]:
    database = provisioned_database.connect("inventory_app")
    yield Warehouse(client_of("inventory", build_schema(), database))
    await database.close()


def _columns_read(count: StatementCount) -> list[list[str]]:
    """Of each statement behind the fence."""
    return [re.findall(r" AS (\w+)", statement.split("FROM", maxsplit=1)[0]) for statement in count.statements[1:]]


def variants_of(ids: list[str]) -> dict[str, Any]:
    return {"r": [{"__typename": "ProductVariant", "id": variant} for variant in ids]}


async def test_availability_of_sixty_variants_is_one_statement(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(60, 7)
    await warehouse.reserve(order_id(), {variants[0]: 7})

    with count_statements() as count:
        data = await warehouse.client.data(AVAILABILITY, variants_of(variants))

    assert count.total == 2  # tenant fence, counts
    found = [entity["availability"] for entity in data["_entities"]]
    assert found[0] == {"available": 0, "isInStock": False, "onHand": 7, "reserved": 7}
    assert found[1:] == [{"available": 7, "isInStock": True, "onHand": 7, "reserved": 0}] * 59


async def test_a_customer_sees_what_is_available_but_not_the_counts_behind_it(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 3)

    answer = await warehouse.client.answer(AVAILABILITY, variants_of(variants), role="customer")

    assert answer["data"]["_entities"][0]["availability"] == {
        "available": 3,
        "isInStock": True,
        "onHand": None,
        "reserved": None,
    }
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def test_levels_reservations_and_locations_are_for_staff_by_whatever_way_they_are_reached(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 3)
    reserved = await warehouse.reserve(order_id(), {variants[0]: 1})
    level = (await warehouse.client.data(LEVEL_IDS))["stockLevels"]["nodes"][0]
    document = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on StockLevel { onHand } ... on Reservation { status } ... on StockLocation { kind }
      ... on ProductVariant { id stockLevels { onHand } } } }"""
    references = [
        {"__typename": "StockLevel", "id": level["id"]},
        {"__typename": "Reservation", "id": reserved["reservation"]["id"]},
        {"__typename": "StockLocation", "id": warehouse.locations[0]},
        *variants_of(variants)["r"],
    ]

    with count_statements() as count:
        as_customer = await warehouse.client.answer(document, {"r": references}, role="customer")
    as_clerk = await warehouse.client.data(document, {"r": references}, role="stock_clerk")

    assert as_customer["data"] == {"_entities": [None, None, None, {"id": variants[0], "stockLevels": None}]}
    assert [(error["path"], error["extensions"]["code"]) for error in as_customer["errors"]] == [
        (["_entities", 0], "FORBIDDEN"),
        (["_entities", 1], "FORBIDDEN"),
        (["_entities", 2], "FORBIDDEN"),
        (["_entities", 3, "stockLevels"], "FORBIDDEN"),
    ]
    assert count.total == 0
    assert as_clerk["_entities"] == [
        {"onHand": 3},
        {"status": "OPEN"},
        {"kind": "WAREHOUSE"},
        {"id": variants[0], "stockLevels": [{"onHand": 3}]},
    ]


async def test_another_tenants_variant_has_no_stock_just_like_an_unknown_one(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 3)
    stranger = warehouse.client.for_tenant(uuid7())
    unknown = encode_global_id("ProductVariant", uuid7())

    data = await stranger.data(AVAILABILITY, variants_of([*variants, unknown]))

    nothing = {"available": 0, "isInStock": False, "onHand": 0, "reserved": 0}
    assert [entity["availability"] for entity in data["_entities"]] == [nothing, nothing]


async def test_stock_levels_are_listed_with_exact_count_in_a_fixed_number_of_statements(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(5, 4)

    with count_statements() as count:
        page = (await warehouse.client.data(LEVELS, {"first": 2}))["stockLevels"]
    filtered = (await warehouse.client.data(LEVELS, {"first": 2, "where": {"variantId": variants[3]}}))["stockLevels"]

    assert count.total == 4  # tenant fence, page, total, locations
    assert (page["totalCount"], len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (5, 2, True)
    assert filtered["totalCount"] == 1
    assert filtered["nodes"][0]["variant"] == {"id": variants[3]}


async def test_a_small_selection_reads_only_its_columns(warehouse: Warehouse):
    await warehouse.stocked_variants(2, 4)
    levels = "{ stockLevels(first: 2) { nodes { onHand variant { availability { onHand } } location { kind } } } }"
    entities = "query($r: [_Any!]!) { _entities(representations: $r) { ... on StockLevel { version } } }"
    level_ids = [node["id"] for node in (await warehouse.client.data(LEVEL_IDS))["stockLevels"]["nodes"]]

    with count_statements() as listed:
        data = await warehouse.client.data(levels)
    with count_statements() as referred:
        references = [{"__typename": "StockLevel", "id": level_id} for level_id in level_ids]
        versions = await warehouse.client.data(entities, {"r": references})

    assert (
        data["stockLevels"]["nodes"]
        == [{"onHand": 4, "variant": {"availability": {"onHand": 4}}, "location": {"kind": "WAREHOUSE"}}] * 2
    )
    assert versions == {"_entities": [{"version": 2}, {"version": 2}]}
    # keys of relations, the order and the answer come with what is selected
    assert sorted(_columns_read(listed)) == [
        ["id", "kind"],
        ["id", "variant_id", "location_id", "on_hand"],
        ["variant_id", "on_hand"],
    ]
    assert _columns_read(referred) == [["id", "version"]]


async def test_lines_of_reservations_and_their_places_are_a_statement_each(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(3, 4)
    for _ in range(3):
        await warehouse.reserve(order_id(), dict.fromkeys(variants, 1))

    with count_statements() as count:
        data = await warehouse.client.data("{ reservations(first: 3) { nodes { lines { location { code } } } } }")

    assert [len(node["lines"]) for node in data["reservations"]["nodes"]] == [3, 3, 3]
    assert _columns_read(count) == [["id"], ["reservation_id", "location_id"], ["id", "code"]]


async def test_movements_are_listed_latest_first_by_variant_and_reason(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(2, 4)
    order = order_id()
    await warehouse.reserve(order, {variants[0]: 3})
    await warehouse.commit(order)

    with count_statements() as count:
        everything = (await warehouse.client.data(MOVEMENTS, {"where": {"variantId": variants[0]}}))["stockMovements"]
    sales = (await warehouse.client.data(MOVEMENTS, {"where": {"reason": "SALE"}}))["stockMovements"]

    assert count.total == 4  # tenant fence, page, total, locations
    assert [(node["delta"], node["reason"]) for node in everything["nodes"]] == [(-3, "SALE"), (4, "OPENING_BALANCE")]
    assert sales["totalCount"] == 1
    order_uuid = GlobalId.decode(order, expected_type="Order").uuid
    assert sales["nodes"][0]["reference"] == f"order:{order_uuid}"


async def test_a_reservation_is_listed_with_its_lines(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 4)
    order = order_id()
    await warehouse.reserve(order, {variants[0]: 3})
    document = """query($order: ID!) { reservations(first: 1, where: {orderId: $order, status: OPEN}) {
      totalCount nodes { orderId status lines { quantity variant { id } location { kind } } } } }"""

    data = await warehouse.client.data(document, {"order": order})

    assert data["reservations"] == {
        "totalCount": 1,
        "nodes": [
            {
                "orderId": order,
                "status": "OPEN",
                "lines": [{"quantity": 3, "variant": {"id": variants[0]}, "location": {"kind": "WAREHOUSE"}}],
            }
        ],
    }


async def test_an_adjustment_counts_each_line_and_writes_movements_and_one_fact(warehouse: Warehouse):
    variants = await warehouse.learn_variants(1)
    location = await warehouse.open_location()
    line = {"variantId": variants[0], "locationId": location}
    lines = [{**line, "delta": 10}, {**line, "delta": -4, "changeFromQuantity": 10}]
    given = {"input": {"reason": "CORRECTION", "reference": "N-1", "lines": lines}, "key": "a-1"}

    data = (await warehouse.client.data(ADJUST, given))["inventoryAdjust"]

    assert [(level["onHand"], level["version"]) for level in data["levels"]] == [(6, 2)]
    assert await warehouse.rows("SELECT delta, reference FROM stock_movement ORDER BY delta") == [
        (-4, "N-1"),
        (10, "N-1"),
    ]
    facts = await warehouse.rows("SELECT subject, envelope::json->'data'->'levels'->0->>'onHand' FROM outbox")
    assert facts == [("retail.inventory.stock.updated.v1", "6")]
    await warehouse.assert_books_balance()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"delta": -5}, "INSUFFICIENT_STOCK", "delta"),
        ({"delta": 0}, "INVALID_QUANTITY", "delta"),
        ({"delta": 1_000_000_000}, "INVALID_QUANTITY", "delta"),
        ({"changeFromQuantity": 5}, "STALE_QUANTITY", "changeFromQuantity"),
        ({"variantId": encode_global_id("ProductVariant", uuid7())}, "UNKNOWN_VARIANT", "variantId"),
        ({"locationId": encode_global_id("StockLocation", uuid7())}, "UNKNOWN_LOCATION", "locationId"),
    ],
)
async def test_an_adjustment_with_one_bad_line_changes_nothing(
    warehouse: Warehouse, change: dict[str, Any], code: str, field: str
):
    variants = await warehouse.stocked_variants(2, 4)
    good = {"variantId": variants[0], "locationId": warehouse.locations[0], "delta": 1}
    bad = {**good, "variantId": variants[1], **change}
    before = await warehouse.rows("SELECT count(*) FROM outbox")

    given = {"input": {"reason": "CORRECTION", "lines": [good, bad]}, "key": "bad"}
    data = (await warehouse.client.data(ADJUST, given))["inventoryAdjust"]

    assert [(error["code"], error["field"]) for error in data["userErrors"]] == [(code, ["input", "lines", "1", field])]
    assert data["levels"] is None
    assert [await warehouse.counts(variant) for variant in variants] == [(4, 0), (4, 0)]
    assert await warehouse.rows("SELECT count(*) FROM outbox") == before
    assert await warehouse.rows("SELECT count(*) FROM idempotency WHERE key = 'bad'") == [(0,)]


async def test_an_adjustment_has_one_to_two_hundred_and_fifty_lines(warehouse: Warehouse):
    variants = await warehouse.learn_variants(1)
    line = {"variantId": variants[0], "locationId": await warehouse.open_location(), "delta": 1}

    for lines in ([], [line] * 251):
        given = {"input": {"reason": "CORRECTION", "lines": lines}, "key": "k"}
        data = (await warehouse.client.data(ADJUST, given))["inventoryAdjust"]
        assert [error["code"] for error in data["userErrors"]] == ["TOO_MANY_LINES"]

    assert await warehouse.rows("SELECT count(*) FROM stock_level") == [(0,)]


async def test_an_adjustment_of_250_levels_is_a_handful_of_statements(warehouse: Warehouse):
    variants = await warehouse.learn_variants(250)
    location = await warehouse.open_location()
    lines = [{"variantId": variant, "locationId": location, "delta": 3} for variant in variants]

    with count_statements() as count:
        given = {"input": {"reason": "RECEIVED", "lines": lines}, "key": "many"}
        await warehouse.client.data(ADJUST, given)

    # fence, key, variants, locations, missing levels, lock, levels, movements, answer, outbox; then fence and levels
    assert count.total == 12
    await warehouse.assert_books_balance()


async def test_a_payload_reads_what_was_written_only_if_it_is_selected(warehouse: Warehouse):
    variants = await warehouse.learn_variants(1)
    line = {"variantId": variants[0], "locationId": await warehouse.open_location(), "delta": 3}
    document = """mutation($input: InventoryAdjustInput!, $key: String!) {
      inventoryAdjust(input: $input, idempotencyKey: $key) { userErrors { code } } }"""

    with count_statements() as count:
        given = {"input": {"reason": "RECEIVED", "lines": [line]}, "key": "errors-only"}
        data = await warehouse.client.data(document, given)

    # fence, key, variants, locations, missing levels, lock, levels, movements, answer, outbox
    assert count.total == 10
    assert data == {"inventoryAdjust": {"userErrors": []}}


async def test_setting_a_quantity_writes_the_difference_and_nothing_when_it_is_right(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(2, 4)
    place = {"locationId": warehouse.locations[0]}
    lines = [{**place, "variantId": variants[0], "quantity": 1}, {**place, "variantId": variants[1], "quantity": 4}]

    data = await warehouse.client.data(SET, {"input": {"reason": "CORRECTION", "lines": lines}, "key": "count-1"})

    assert data["inventorySet"] == {"levels": [{"onHand": 1}, {"onHand": 4}], "userErrors": []}
    assert await warehouse.rows("SELECT delta FROM stock_movement WHERE reason = 'CORRECTION'") == [(-3,)]
    await warehouse.assert_books_balance()


@pytest.mark.parametrize(("quantity", "code"), [(-1, "INVALID_QUANTITY"), (2, "INSUFFICIENT_STOCK")])
async def test_a_quantity_below_zero_or_below_what_is_promised_is_refused(
    warehouse: Warehouse, quantity: int, code: str
):
    variants = await warehouse.stocked_variants(1, 4)
    await warehouse.reserve(order_id(), {variants[0]: 3})
    line = {"locationId": warehouse.locations[0], "variantId": variants[0], "quantity": quantity}

    data = await warehouse.client.data(SET, {"input": {"reason": "CORRECTION", "lines": [line]}, "key": "c"})

    assert [error["code"] for error in data["inventorySet"]["userErrors"]] == [code]
    assert await warehouse.counts(variants[0]) == (4, 3)


async def test_the_same_key_has_one_effect_and_another_body_is_refused(warehouse: Warehouse):
    variants = await warehouse.learn_variants(1)
    line = {"variantId": variants[0], "locationId": await warehouse.open_location(), "delta": 5}
    given = {"input": {"reason": "RECEIVED", "lines": [line]}, "key": "k-1"}

    first = await warehouse.client.data(ADJUST, given)
    again = await warehouse.client.data(ADJUST, given)
    other = await warehouse.client.answer(
        ADJUST, {"input": {"reason": "RECEIVED", "lines": [{**line, "delta": 6}]}, "key": "k-1"}
    )

    assert first == again
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await warehouse.counts(variants[0]) == (5, 0)


async def test_a_location_code_is_unique_in_the_tenant_only(warehouse: Warehouse):
    given = {"input": {"code": "MAIN", "name": "Main", "kind": "STORE"}}
    await warehouse.client.data(CREATE_LOCATION, given)

    again = await warehouse.client.data(CREATE_LOCATION, given)
    elsewhere = await warehouse.client.for_tenant(uuid7()).data(CREATE_LOCATION, given)

    assert [error["code"] for error in again["stockLocationCreate"]["userErrors"]] == ["CODE_TAKEN"]
    assert elsewhere["stockLocationCreate"]["location"]["code"] == "MAIN"
    assert await warehouse.rows("SELECT count(*) FROM stock_location") == [(1,)]


async def test_the_database_itself_refuses_to_promise_more_than_is_there(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 4)

    for change in ("reserved = 5", "reserved = -1", "on_hand = -1"):
        with pytest.raises(IntegrityError, match="reserved_is_on_hand"):
            async with behind_the_api(warehouse.client.subgraph.database, warehouse.client.tenant_id) as session:
                await session.execute(text(f"UPDATE stock_level SET {change}"))

    assert await warehouse.counts(variants[0]) == (4, 0)


async def test_movements_cannot_be_changed_or_removed(warehouse: Warehouse):
    await warehouse.stocked_variants(1, 4)

    for statement in ("UPDATE stock_movement SET delta = 1", "DELETE FROM stock_movement"):
        with pytest.raises(Exception, match="permission denied"):
            await warehouse.rows(statement)


async def test_returned_goods_go_back_on_the_shelf_once_and_postage_does_not(warehouse: Warehouse):
    variants = await warehouse.learn_variants(3)
    await warehouse.open_location(kind="STORE")
    await warehouse.open_location(kind="WAREHOUSE")
    uuids = [str(GlobalId.decode(variant, expected_type="ProductVariant").uuid) for variant in variants]
    lines = [
        {"variantId": uuids[0], "quantity": 2, "restock": True},
        {"variantId": uuids[0], "quantity": 1, "restock": True},
        {"variantId": uuids[1], "quantity": 9, "restock": False},
        {"variantId": None, "quantity": 1, "restock": True},
    ]
    received = {"returnId": str(uuid7()), "orderId": None, "currency": "GBP", "refundMinor": 1, "lines": lines}
    envelope = envelope_of(warehouse.client.tenant_id, "retail.order.return.received.v1", received)

    handled = [await warehouse.handle(envelope), await warehouse.handle(envelope)]

    assert handled == [True, False]
    assert [await warehouse.counts(variant) for variant in variants] == [(3, 0), (0, 0), (0, 0)]
    assert await warehouse.rows(
        "SELECT movement.delta, movement.reason, kind, movement.occurred_at FROM stock_movement AS movement "
        "JOIN stock_location AS location ON location.id = location_id"
    ) == [(3, "RETURN", "WAREHOUSE", envelope.occurred_at)]
    await warehouse.assert_books_balance()


async def test_a_level_that_runs_low_or_out_is_told_once(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 12)

    for quantity in (1, 1, 1, 9):
        await warehouse.reserve(order_id(), {variants[0]: quantity})

    alerts = await warehouse.rows(
        "SELECT subject, envelope::json->'data'->>'available' FROM outbox WHERE subject ~ 'low|out' ORDER BY seq"
    )
    assert alerts == [("retail.inventory.stock.low.v1", "10"), ("retail.inventory.stock.out.v1", None)]


@pytest.mark.parametrize("role", ["customer", "analyst", "tenant_owner", ""])
async def test_only_the_saga_reserves_and_only_staff_adjusts(warehouse: Warehouse, role: str):
    variants = await warehouse.stocked_variants(1, 4)
    lines = [{"variantId": variants[0], "quantity": 1}]
    given = {"order": order_id(), "lines": lines, "key": secrets.token_hex(4)}

    answer = await warehouse.client.answer(RESERVE, given, role=role)

    expected = "FORBIDDEN" if role else "UNAUTHENTICATED"
    assert [error["extensions"]["code"] for error in answer["errors"]] == [expected]
    assert await warehouse.counts(variants[0]) == (4, 0)
    line = {"variantId": variants[0], "locationId": warehouse.locations[0], "delta": 1}
    if role in {"customer", "analyst"}:
        refused = await warehouse.client.answer(
            ADJUST, {"input": {"reason": "GIFT", "lines": [line]}, "key": "k"}, role=role
        )
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await warehouse.counts(variants[0]) == (4, 0)
