"""Which sold units a credit note gives back."""

from hypothesis import given
from hypothesis import strategies as st

from cli.sales.matching import LotKey, ReturnedUnits, ReturnPart, SoldUnits
from cli.sales.plan import OrderJob, ReturnJob, plan_import
from tests.factories.sales import book_of, row


def parts_of(*rows: str) -> tuple[ReturnPart, ...]:
    """The parts of the last credit note."""
    jobs = plan_import(book_of(*rows)).jobs
    return [job for job in jobs if isinstance(job, ReturnJob)][-1].parts


def goods(
    code: str, quantity: int, unit: int, invoice: str | None, *, sold_for: int = 0, first: int = 0
) -> ReturnedUnits:
    lot = LotKey(invoice, is_service=False, code=code, unit_minor=sold_for or unit) if invoice is not None else None
    return ReturnedUnits(code, code, is_service=False, quantity=quantity, unit_minor=unit, lot=lot, first_unit=first)


def test_the_newest_sale_of_the_same_price_comes_back_first():
    parts = parts_of(
        row("1", "10001", 5, "2.00"),
        row("2", "10001", 5, "2.00"),
        row("3", "10001", 5, "3.00"),
        row("C4", "10001", -7, "2.00"),
    )

    assert parts == (
        ReturnPart("2", (goods("10001", 5, 200, "2"),)),
        ReturnPart("1", (goods("10001", 2, 200, "1"),)),
    )


def test_units_of_another_price_come_back_when_the_same_price_is_used_up():
    parts = parts_of(row("1", "10001", 2, "2.00"), row("2", "10001", 5, "3.00"), row("C3", "10001", -4, "2.00"))

    assert parts == (
        ReturnPart("1", (goods("10001", 2, 200, "1"),)),
        ReturnPart("2", (goods("10001", 2, 200, "2", sold_for=300),)),
    )


def test_no_order_gives_back_more_money_than_it_cost():
    parts = parts_of(row("1", "10001", 5, "2.00"), row("C2", "10001", -5, "4.50"))

    assert parts == (
        ReturnPart("1", (goods("10001", 2, 450, "1", sold_for=200),)),
        ReturnPart(None, (goods("10001", 3, 450, None),)),
    )


def test_another_customers_sale_is_not_given_back():
    parts = parts_of(row("1", "10001", 5, "2.00", customer="20002"), row("C2", "10001", -1, "2.00", customer="20001"))

    assert parts == (ReturnPart(None, (goods("10001", 1, 200, None),)),)


def test_guests_share_what_guests_bought():
    parts = parts_of(row("1", "10001", 5, "2.00", customer=None), row("C2", "10001", -1, "2.00", customer=None))

    assert parts == (ReturnPart("1", (goods("10001", 1, 200, "1"),)),)


def test_a_later_sale_is_not_given_back():
    parts = parts_of(row("C1", "10001", -1, "2.00"), row("2", "10001", 5, "2.00"))

    assert parts == (ReturnPart(None, (goods("10001", 1, 200, None),)),)


def test_a_second_return_takes_the_units_after_the_first():
    parts = parts_of(row("1", "10001", 5, "2.00"), row("C2", "10001", -2, "2.00"), row("C3", "10001", -2, "2.00"))

    assert parts == (ReturnPart("1", (goods("10001", 2, 200, "1", first=2),)),)


def test_two_lines_of_one_lot_and_price_are_one_line_of_the_call():
    parts = parts_of(row("1", "10001", 5, "2.00"), row("C2", "10001", -2, "2.00"), row("C2", "10001", -1, "2.00"))

    assert parts == (ReturnPart("1", (goods("10001", 3, 200, "1"),)),)


def test_one_lot_at_two_prices_goes_into_two_calls():
    parts = parts_of(row("1", "10001", 9, "2.00"), row("C2", "10001", -2, "2.00"), row("C2", "10001", -1, "1.50"))

    assert parts == (
        ReturnPart("1", (goods("10001", 2, 200, "1"),)),
        ReturnPart("1", (goods("10001", 1, 150, "1", sold_for=200, first=2),)),
    )


def test_services_are_matched_with_services_only():
    parts = parts_of(row("1", "POST", 1, "18.00"), row("C2", "POST", -1, "18.00"), row("C2", "D", -1, "5.00"))

    lot = LotKey("1", is_service=True, code="POST", unit_minor=1800)
    assert parts == (
        ReturnPart("1", (ReturnedUnits("POST", "POST", is_service=True, quantity=1, unit_minor=1800, lot=lot),)),
        ReturnPart(None, (ReturnedUnits("D", "D", is_service=True, quantity=1, unit_minor=500),)),
    )


sales = st.tuples(st.just("sale"), st.sampled_from(["A", "B"]), st.integers(1, 9), st.sampled_from(["1.00", "1.50"]))
credits_ = st.tuples(
    st.just("credit"), st.sampled_from(["A", "B"]), st.integers(1, 9), st.sampled_from(["1.00", "2.50"])
)


@given(st.lists(sales | credits_, min_size=1, max_size=25))
def test_returns_never_exceed_what_was_sold_and_lose_nothing(steps):
    rows = [
        row(str(number), f"1000{code}", count, price)
        if kind == "sale"
        else row(f"C{number}", f"1000{code}", -count, price)
        for number, (kind, code, count, price) in enumerate(steps, start=1)
    ]

    jobs = plan_import(book_of(*rows)).jobs

    orders = {job.invoice.number: job for job in jobs if isinstance(job, OrderJob)}
    returns = [job for job in jobs if isinstance(job, ReturnJob)]
    taken: dict[LotKey, int] = {}
    refunded: dict[str, int] = {}
    for job in returns:
        assert sum(part.refund_minor for part in job.parts) == sum(line.amount_minor for line in job.lines)
        for part in job.parts:
            for units in part.units:
                if units.lot is None:
                    continue
                assert units.first_unit == taken.get(units.lot, 0)
                taken[units.lot] = units.first_unit + units.quantity
                refunded[units.lot.invoice] = refunded.get(units.lot.invoice, 0) + units.quantity * units.unit_minor
    for lot, quantity in taken.items():
        assert quantity <= sum(line.units for line in orders[lot.invoice].goods if line.unit_minor == lot.unit_minor)
    for number, minor in refunded.items():
        assert minor <= orders[number].total_minor


def test_nothing_is_given_back_when_nothing_was_sold():
    credit = book_of(row("C1", "10001", -3, "2.00")).invoices[0]

    assert SoldUnits().give_back(credit) == (ReturnPart(None, (goods("10001", 3, 200, None),)),)
