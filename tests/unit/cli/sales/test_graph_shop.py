"""What the import asks of the public graph, and how it understands the answers."""

import re
from datetime import UTC, datetime

import pytest

from cli.api_client import ApiError
from cli.sales.catalogue import Article
from cli.sales.graph_shop import GraphShop
from cli.sales.matching import LotKey
from cli.sales.plan import OrderJob, plan_import
from cli.sales.shop import NoteLine, OrderStatus, PlacedOrder, ReturnNote, ShopRefused, SoldLine, StockEntry
from tests.factories.sales import book_of, row

AT = datetime(2010, 12, 1, 9, 0, tzinfo=UTC)


class FakeApi:
    """Answers by operation name, each list of answers in turn; remembers the variables."""

    def __init__(self, **answers):
        self.answers = {name: list(given) for name, given in answers.items()}
        self.asked = []

    async def execute(self, document, variables=None):
        name = re.search(r"(?:query|mutation) (\w+)", document).group(1)
        self.asked.append((name, variables))
        answer = self.answers[name].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def given(self, name):
        return [variables for asked, variables in self.asked if asked == name]


def cart(total: str) -> dict:
    return {"id": "cart-1", "total": {"amount": total, "currencyCode": "GBP"}}


def order(status: str = "PENDING", **more) -> dict:
    return {
        "id": "order-1",
        "status": status,
        "externalReference": "1",
        "total": {"amount": "6.00", "currencyCode": "GBP"},
        **more,
    }


def refused(code: str) -> dict:
    return {"order": None, "cart": None, "userErrors": [{"code": code, "message": "no"}]}


def created(total: str) -> dict:
    return {"cartCreate": {"cart": cart(total), "userErrors": []}}


def added(total: str) -> dict:
    return {"cartLinesAdd": {"cart": cart(total), "userErrors": []}}


CHECKED_OUT = {"checkoutComplete": {"order": order(), "userErrors": []}}
PENDING = PlacedOrder("order-1", "1", OrderStatus.PENDING, 600)


def job_of(*rows: str) -> OrderJob:
    (job,) = plan_import(book_of(*rows)).jobs
    return job


async def test_an_invoice_is_a_cart_with_its_own_prices_and_a_checkout():
    api = FakeApi(SalesCart=[created("6.00")], SalesCheckout=[CHECKED_OUT])
    job = job_of(row("1", "10001", 2, "2.00"), row("1", "POST", 1, "2.00", description="POSTAGE"))

    assert await GraphShop(api).place(job) == PENDING

    price = {"amount": "2.00", "currencyCode": "GBP"}
    assert api.asked == [
        (
            "SalesCart",
            {
                "input": {
                    "currencyCode": "GBP",
                    "lines": [{"sku": "10001", "quantity": 2, "unitPrice": price}],
                    "charges": [{"code": "POST", "title": "POSTAGE", "quantity": 1, "unitPrice": price}],
                    "customerReference": "20001",
                }
            },
        ),
        (
            "SalesCheckout",
            {
                "cart": "cart-1",
                "input": {
                    "countryCode": "GB",
                    "payment": {"method": "CARD", "token": "tok_approve"},
                    "externalReference": "1",
                    "placedAt": "2010-12-01T09:00:00Z",
                },
                "key": "sales:1",
            },
        ),
    ]


async def test_a_long_invoice_goes_in_by_250_lines():
    api = FakeApi(
        SalesCart=[created("2.50")], SalesCartLines=[added("5.00"), added("5.01")], SalesCheckout=[CHECKED_OUT]
    )

    await GraphShop(api).place(job_of(*(row("1", str(10000 + number), 1, "0.01") for number in range(501))))

    assert len(api.given("SalesCart")[0]["input"]["lines"]) == 250
    assert [(len(asked["lines"]), asked["key"]) for asked in api.given("SalesCartLines")] == [
        (250, "cart-1:250"),
        (1, "cart-1:500"),
    ]


async def test_a_cart_that_costs_something_else_is_not_checked_out():
    api = FakeApi(SalesCart=[created("6.01")])

    with pytest.raises(ShopRefused, match="WRONG_TOTAL: the cart costs 601, not 600"):
        await GraphShop(api).place(job_of(row("1", "10001", 3, "2.00")))


@pytest.mark.parametrize(
    "answer",
    [{"checkoutComplete": refused("DUPLICATE_REFERENCE")}, ApiError("IDEMPOTENCY_KEY_REUSED", "another request")],
)
async def test_an_order_that_was_entered_before_is_found_again(answer):
    api = FakeApi(SalesCart=[created("6.00")], SalesCheckout=[answer], SalesOrder=[{"order": order(history=[])}])

    assert await GraphShop(api).place(job_of(row("1", "10001", 3, "2.00"))) == PENDING


async def test_other_refusals_are_told():
    api = FakeApi(SalesCart=[{"cartCreate": refused("UNKNOWN_SKU")}])

    with pytest.raises(ShopRefused, match="UNKNOWN_SKU: no"):
        await GraphShop(api).place(job_of(row("1", "10001", 3, "2.00")))


async def test_a_cancelled_order_tells_its_reason():
    history = [{"type": "CREATED", "message": "placed"}, {"type": "CANCELLED", "message": "PAYMENT_DECLINED"}]
    api = FakeApi(SalesOrder=[{"order": order("CANCELLED", history=history)}, {"order": None}])
    shop = GraphShop(api)

    assert (await shop.order("1")).cancel_reason == "PAYMENT_DECLINED"
    assert await shop.order("1") is None


async def test_the_status_of_many_orders_is_one_request():
    api = FakeApi(SalesStatuses=[{"o0": order("CONFIRMED"), "o1": None}])

    found = await GraphShop(api).statuses(["order-1", "order-2"])

    assert {key: placed.status for key, placed in found.items()} == {"order-1": OrderStatus.CONFIRMED}
    assert api.given("SalesStatuses") == [{"id0": "order-1", "id1": "order-2"}]


async def test_products_go_in_by_hundreds_and_their_variants_come_back():
    def upserted(count):
        results = [
            {"product": {"variants": [{"id": f"v{number}", "sku": f"s{number}"}]}, "userErrors": []}
            for number in range(count)
        ]
        return {"productBulkUpsert": {"results": results}}

    api = FakeApi(SalesUpsert=[upserted(100), upserted(50)])

    ids = await GraphShop(api).upsert([Article(f"S{number}", "Name", 150, 3) for number in range(150)])

    assert ids["s99"] == "v99"
    assert [len(asked["items"]) for asked in api.given("SalesUpsert")] == [100, 50]
    assert api.given("SalesUpsert")[0]["items"][0] == {
        "slug": "sales-s0",
        "name": "Name",
        "externalReference": "S0",
        "variants": [{"sku": "S0", "name": "Name", "price": {"amount": "1.50", "currencyCode": "GBP"}}],
    }


@pytest.mark.parametrize(("code", "answer"), [(None, True), ("UNKNOWN_SKU", False)])
async def test_carts_tell_whether_products_have_arrived(code, answer):
    api = FakeApi(SalesCart=[created("1.00") if code is None else {"cartCreate": refused(code)}])

    assert await GraphShop(api).sells(["10001"]) is answer


LOCATIONS = {
    "stockLocations": {
        "nodes": [
            {"id": "store", "kind": "STORE"},
            {"id": "warehouse-1", "kind": "WAREHOUSE"},
            {"id": "warehouse-2", "kind": "WAREHOUSE"},
        ]
    }
}
DONE = {"inventoryAdjust": {"userErrors": []}}


async def test_stock_lies_in_the_oldest_warehouse():
    api = FakeApi(SalesLocations=[LOCATIONS], SalesAdjust=[DONE, DONE])
    shop, entry = GraphShop(api), StockEntry("key", "WRITE_OFF", AT, (("v1", -3),))

    await shop.adjust(entry)
    await shop.adjust(entry)

    assert len(api.given("SalesLocations")) == 1
    line = {"variantId": "v1", "locationId": "warehouse-1", "delta": -3}
    given = {"reason": "WRITE_OFF", "reference": "key", "occurredAt": "2010-12-01T09:00:00Z", "lines": [line]}
    assert api.given("SalesAdjust")[0] == {"input": given, "key": "key"}


async def test_a_shop_without_a_warehouse_gets_one():
    nowhere = {"stockLocations": {"nodes": []}}
    opened = {"stockLocationCreate": {"location": {"id": "new"}, "userErrors": []}}
    api = FakeApi(SalesLocations=[nowhere], SalesLocationCreate=[opened], SalesAdjust=[DONE])

    await GraphShop(api).adjust(StockEntry("key", "GIFT", AT, (("v1", -3),)))

    assert api.given("SalesAdjust")[0]["input"]["lines"][0]["locationId"] == "new"


async def test_the_lines_of_an_order_are_read_page_by_page():
    def page(line_id, kind, cursor):
        line = {"id": line_id, "kind": kind, "sku": "10001", "quantity": 2}
        price = {"unitPrice": {"amount": "0.10", "currencyCode": "GBP"}}
        info = {"hasNextPage": cursor is not None, "endCursor": cursor}
        return {"order": {"lines": {"nodes": [{**line, **price}], "pageInfo": info}}}

    api = FakeApi(SalesOrderLines=[page("l1", "GOODS", "c1"), page("l2", "CHARGE", None)])

    lines = await GraphShop(api).sold_lines("order-1", "1")

    assert lines == [
        SoldLine("l1", LotKey("1", is_service=False, code="10001", unit_minor=10), 2),
        SoldLine("l2", LotKey("1", is_service=True, code="10001", unit_minor=10), 2),
    ]
    assert [asked["after"] for asked in api.given("SalesOrderLines")] == [None, "c1"]


async def test_a_return_names_order_lines_skus_and_charges():
    api = FakeApi(SalesReturn=[{"returnCreate": {"userErrors": []}}])
    lines = (
        NoteLine("10001", "TRAY", is_service=False, quantity=2, unit_minor=100, order_line_id="l1"),
        NoteLine("10001", "TRAY", is_service=False, quantity=1, unit_minor=100, order_line_id=None),
        NoteLine("D", "Discount", is_service=True, quantity=1, unit_minor=250, order_line_id=None),
    )

    await GraphShop(api).give_back(ReturnNote("sales:C1:1", "C1", "order-1", None, "FR", AT, lines))

    pound, more = {"amount": "1.00", "currencyCode": "GBP"}, {"amount": "2.50", "currencyCode": "GBP"}
    (asked,) = api.given("SalesReturn")
    assert asked["key"] == "sales:C1:1"
    assert asked["input"] == {
        "orderId": "order-1",
        "currencyCode": "GBP",
        "externalReference": "C1",
        "customerReference": None,
        "countryCode": "FR",
        "occurredAt": "2010-12-01T09:00:00Z",
        "lines": [
            {"quantity": 2, "unitAmount": pound, "restock": True, "orderLineId": "l1"},
            {"quantity": 1, "unitAmount": pound, "restock": True, "sku": "10001"},
            {"quantity": 1, "unitAmount": more, "restock": False, "charge": {"code": "D", "title": "Discount"}},
        ],
    }


@pytest.mark.parametrize(("code", "is_refused"), [("DUPLICATE_REFERENCE", False), ("RETURN_EXCEEDS_SOLD", True)])
async def test_a_return_that_was_entered_before_is_done_and_other_refusals_are_told(code, is_refused):
    api = FakeApi(SalesReturn=[{"returnCreate": refused(code)}])
    note = ReturnNote("sales:C1:1", "C1", None, None, "FR", AT, ())

    if is_refused:
        with pytest.raises(ShopRefused, match=code):
            await GraphShop(api).give_back(note)
    else:
        await GraphShop(api).give_back(note)


async def test_existing_documents_are_read_through_all_pages():
    def page(field, nodes, cursor):
        return {field: {"nodes": nodes, "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}}}

    api = FakeApi(
        SalesOrders=[page("orders", [order()], "c1"), page("orders", [order(externalReference=None)], None)],
        SalesReturnReferences=[page("returns", [{"externalReference": "C1"}, {"externalReference": None}], None)],
        SalesMovements=[page("stockMovements", [{"reference": "a"}], None), page("stockMovements", [], None)],
    )
    shop = GraphShop(api)

    assert [found async for found in shop.orders_since(AT)] == [PENDING]
    assert [found async for found in shop.return_references_since(AT)] == ["C1"]
    assert [found async for found in shop.movement_references(["GIFT", "CORRECTION"])] == ["a"]
    assert api.given("SalesOrders")[1] == {"where": {"placedAt": {"gte": "2010-12-01T09:00:00Z"}}, "after": "c1"}
