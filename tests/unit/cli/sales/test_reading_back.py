"""The ledger of the graph: only what bears a reference of the file counts."""

from datetime import UTC, datetime

from cli.sales.graph_shop import GraphShop
from cli.sales.ledger import Ledger
from cli.sales.reading_back import Window, read_back
from tests.factories.sales import book_of, row

UNTIL = datetime(2011, 1, 1, tzinfo=UTC)


class FakeApi:
    """Answers by the root field of the operation; remembers the variables."""

    def __init__(self, **pages):
        self.pages = pages
        self.asked = []

    async def execute(self, document, variables=None):
        field = next(name for name in self.pages if f" {name}(" in document)
        self.asked.append((field, variables))
        if field == "stockMovements":
            return {field: connection([node for node in self.pages[field] if node["reason"] == variables["reason"]])}
        if field == "order":
            return {field: {"lines": connection(self.pages[field])}}
        return {field: connection(self.pages[field])}


def connection(nodes, cursor=None):
    return {"nodes": nodes, "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}}


def money(amount):
    return {"amount": amount, "currencyCode": "GBP"}


def order(reference, total, lines, **more):
    return {
        "id": f"id-{reference}",
        "externalReference": reference,
        "placedAt": "2010-12-01T09:00:00Z",
        "countryCode": "IE",
        "total": money(total),
        "lines": lines,
        **more,
    }


def goods(sku, quantity, kind="GOODS"):
    return {"kind": kind, "sku": sku, "quantity": quantity}


def returned(reference, total, *lines):
    moment = "2010-12-31T23:59:59Z"
    head = {"externalReference": reference, "occurredAt": moment, "countryCode": "ZZ", "refundTotal": money(total)}
    return {**head, "lines": list(lines)}


def moved(reason, reference, delta):
    return {"reason": reason, "reference": reference, "delta": delta, "occurredAt": "2010-12-01T09:00:00Z"}


async def test_the_graph_is_summed_like_the_file():
    invoices = book_of(
        row("1", "10001", 3, "2.00"), row("C2", "10001", -1, "2.00"), row("3", "10001", 1, "0.0")
    ).invoices
    api = FakeApi(
        orders=[
            order("1", "6.00", connection([goods("10001", 2), goods("POST", 1, "CHARGE")], "c1")),
            order("somebody's", "99.00", connection([goods("10001", 50)])),
            order(None, "99.00", connection([goods("10001", 50)])),
        ],
        order=[goods("10001", 1)],
        returns=[
            returned("C2", "2.00", goods("10001", 1), goods("D", 1, "CHARGE")),
            returned("C2/2", "1.50", goods("10002", 3)),
            returned("C9", "7.00", goods("10001", 1)),
        ],
        stockMovements=[
            moved("GIFT", "sales:3:GIFT", -1),
            moved("GIFT", "sales:33:GIFT", -7),
            moved("GIFT", None, -7),
            moved("WRITE_OFF", "3", -7),
        ],
    )

    ledger = await read_back(GraphShop(api), Window.of(invoices, UNTIL))

    assert ledger == Ledger(
        revenue={"2010-12 EIRE": 600},
        invoice_totals={"1": 600},
        units_sold={"10001": 3},
        refunds={"2010-12 Unspecified": 350},
        credit_totals={"C2": 350},
        units_returned={"10001": 1, "10002": 3},
        adjustments={"GIFT": -1},
        line_count={"GIFT": 1},
    )
    during = {"gte": "2010-12-01T09:00:00+00:00", "lt": "2011-01-01T00:00:00+00:00"}
    assert ("orders", {"where": {"placedAt": during, "status": "CONFIRMED"}, "after": None}) in api.asked
    assert ("order", {"id": "id-1", "after": "c1"}) in api.asked
    assert ("returns", {"where": {"occurredAt": during}, "after": None}) in api.asked


def test_without_invoices_the_window_is_empty():
    window = Window.of((), UNTIL)

    assert (window.since, window.until) == (UNTIL, UNTIL)
