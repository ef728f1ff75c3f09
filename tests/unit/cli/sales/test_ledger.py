"""Sums of a file, and where two ledgers differ."""

from cli.sales.ledger import Difference, Ledger, compare, ledger_of
from tests.factories.sales import book_of, row


def test_the_file_is_summed_by_month_country_product_and_reason():
    ledger = ledger_of(
        book_of(
            row("1", "10001", 3, "2.00"),
            row("1", "10001a", 1, "2.50"),
            row("1", "POST", 1, "5.00"),
            row("2", "10001", 2, "1.00", country="France", at="2011-01-01 00:00:00"),
            row("C3", "10001", -1, "2.00"),
            row("C3", "D", -1, "0.50"),
            row("4", "10001", -6, "0.0", customer=None),
            row("5", "10001", 2, "0.0", customer=None),
            row("6", "10001", 1, "0.0"),
            row("7", "10001", 0, "1.0"),
        ).invoices
    )

    assert ledger == Ledger(
        revenue={"2010-12 United Kingdom": 1350, "2011-01 France": 200},
        units_sold={"10001": 5, "10001A": 1},
        refunds={"2010-12 United Kingdom": 250},
        units_returned={"10001": 1},
        adjustments={"WRITE_OFF": -6, "CORRECTION": 2, "GIFT": -1},
        line_count={"WRITE_OFF": 1, "CORRECTION": 1, "GIFT": 1},
        invoice_totals={"1": 1350, "2": 200},
        credit_totals={"C3": 250},
    )


def test_equal_ledgers_do_not_differ():
    rows = (row("1", "10001", 3, "2.00"), row("C3", "10001", -1, "2.00"))

    figures = compare(ledger_of(book_of(*rows).invoices), ledger_of(book_of(*rows).invoices))

    assert [figure.differences for figure in figures] == [()] * 8
    assert [(figure.name, figure.file, figure.graph) for figure in figures][:2] == [
        ("revenue per month and country", 600, 600),
        ("revenue per invoice", 600, 600),
    ]


def test_each_figure_shows_its_own_difference():
    file, graph = Ledger(), Ledger()
    file.sale("1", "2010-12 France", 100)
    graph.sale("1", "2010-12 Spain", 100)
    file.refund("C2", "2010-12 France", 50)
    file.units_sold["10001"] = 3
    graph.units_sold["10001"] = 4
    graph.units_returned["10001"] = 1
    file.adjust("GIFT", 0)

    differences = {figure.name: figure.differences for figure in compare(file, graph)}

    assert differences == {
        "revenue per month and country": (
            Difference("2010-12 France", 100, 0),
            Difference("2010-12 Spain", 0, 100),
        ),
        "revenue per invoice": (),
        "units sold per product": (Difference("10001", 3, 4),),
        "refunds per month and country": (Difference("2010-12 France", 50, 0),),
        "refunds per credit note": (Difference("C2", 50, 0),),
        "units returned per product": (Difference("10001", 0, 1),),
        "stock adjusted per reason": (Difference("GIFT", 0, 0),),
        "adjustment lines per reason": (Difference("GIFT", 1, 0),),
    }
