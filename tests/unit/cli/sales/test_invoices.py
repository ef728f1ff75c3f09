"""Lines gathered into invoices."""

from datetime import date

from cli.sales.classification import RefusedLine
from cli.sales.invoices import before
from tests.factories.sales import book_of, moment, row


def test_the_head_of_an_invoice_is_its_first_lines():
    book = book_of(
        row("1", "10001", 1, "2.00", at="2010-12-01 23:59:00"),
        row("2", "10002", 1, "2.00", at="2010-12-01 23:59:00"),
        row("1", "10003", 1, "2.00", at="2010-12-02 00:00:00"),
    )

    assert [(invoice.number, invoice.invoiced_at, len(invoice.lines)) for invoice in book.invoices] == [
        ("1", moment("2010-12-01T23:59:00"), 2),
        ("2", moment("2010-12-01T23:59:00"), 1),
    ]


def test_a_line_of_another_customer_or_country_is_refused():
    book = book_of(
        row("1", "10001", 1, "2.00"),
        row("1", "10002", 1, "2.00", customer=None),
        row("1", "10003", 1, "2.00", country="France"),
    )

    reason = "customer or country differs from line 2 of the same invoice"
    day = date(2010, 12, 1)
    assert book.refused == (RefusedLine(3, reason, day), RefusedLine(4, reason, day))
    assert len(book.invoices[0].lines) == 1


def test_until_leaves_out_its_own_day():
    book = book_of(
        row("1", "10001", 1, "2.00", at="2010-12-01 23:59:59"), row("2", "10001", 1, "2.00", at="2010-12-02 00:00:00")
    )

    assert [invoice.number for invoice in before(book.invoices, date(2010, 12, 2))] == ["1"]


def test_a_broken_row_is_refused_whatever_the_day():
    book = book_of("broken", row("A1", "B", 1, "2.00", at="2010-12-05 00:00:00"))

    assert [line.number for line in book.refused_before(date(2010, 12, 1))] == [2]
    assert [line.number for line in book.refused_before(None)] == [2, 3]
