"""Units of a lot, counted through the lines of the order."""

import pytest

from cli.sales.matching import LotKey
from cli.sales.plan import ReturnJob, plan_import
from cli.sales.returning import LotDiffers, invoice_of, note_of, reference_of
from cli.sales.shop import SoldLine
from tests.factories.sales import book_of, row

LOT = LotKey("1", is_service=False, code="10001", unit_minor=200)
OTHER = LotKey("1", is_service=False, code="10001", unit_minor=300)
SOLD = [SoldLine("a", LOT, 2), SoldLine("b", OTHER, 9), SoldLine("c", LOT, 3), SoldLine("d", LOT, 4)]
SALES = tuple(row("1", "10001", count, price) for count, price in ((2, "2.00"), (9, "3.00"), (3, "2.00"), (4, "2.00")))


def last_return(*rows: str) -> ReturnJob:
    return [job for job in plan_import(book_of(*SALES, *rows)).jobs if isinstance(job, ReturnJob)][-1]


def lines_of(job: ReturnJob, sold=SOLD) -> list[tuple[str | None, int]]:
    return [(line.order_line_id, line.quantity) for line in note_of(job, 0, "order-1", sold).lines]


def test_units_come_from_the_first_line_of_the_lot_on():
    assert lines_of(last_return(row("C2", "10001", -4, "2.00"))) == [("a", 2), ("c", 2)]


def test_a_later_return_goes_on_where_the_earlier_ended():
    job = last_return(row("C2", "10001", -4, "2.00"), row("C3", "10001", -4, "2.00"))

    assert lines_of(job) == [("c", 1), ("d", 3)]


def test_the_note_is_the_same_at_every_attempt():
    job = last_return(row("C2", "10001", -4, "2.00"))

    assert note_of(job, 0, "order-1", SOLD) == note_of(job, 0, "order-1", SOLD)
    assert (note_of(job, 0, "order-1", SOLD).key, note_of(job, 0, "order-1", SOLD).reference) == ("sales:C2:1", "C2")


def test_an_order_that_sold_something_else_is_not_guessed_at():
    job = last_return(row("C2", "10001", -9, "2.00"))

    with pytest.raises(LotDiffers, match="order 1 lacks 4 of 10001 at 200"):
        lines_of(job, SOLD[:3])


@pytest.mark.parametrize(("position", "reference"), [(0, "C2"), (1, "C2/2"), (10, "C2/11")])
def test_references_of_parts_lead_back_to_the_credit_note(position, reference):
    assert reference_of("C2", position) == reference
    assert invoice_of(reference) == "C2"
