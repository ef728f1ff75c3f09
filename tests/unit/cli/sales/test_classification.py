"""What a line is, as a table; and that every line is exactly one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sales.classification import (
    SERVICE_CODES,
    AdjustmentReason,
    ClassifiedLine,
    Outcome,
    RefusedLine,
    classify,
)
from cli.sales.countries import COUNTRY_CODES, country_name
from cli.sales.source import BrokenLine, parse_sales
from tests.factories.sales import row, sales_text


def classified(line: str) -> ClassifiedLine | RefusedLine:
    return classify(parse_sales(sales_text(line)).records[0])


@pytest.mark.parametrize(
    ("line", "outcome", "amount"),
    [
        (row("536365", "85123A", 6, "2.55"), Outcome.SALE, 1530),
        (row("536365", "gift_0001_20", 1, "17.02", customer=None), Outcome.SALE, 1702),
        (row("536365", "DCGSSBOY", 2, "1.5"), Outcome.SALE, 300),
        (row("C536365", "85123A", -6, "2.55"), Outcome.RETURN, 1530),
        *((row("536365", code, 2, "1.10"), Outcome.CHARGE, 220) for code in SERVICE_CODES),
        *((row("C536365", code, -2, "1.10"), Outcome.RETURN_CHARGE, 220) for code in SERVICE_CODES),
        (row("536365", "m", 2, "1.10"), Outcome.CHARGE, 220),
    ],
)
def test_lines_that_move_money(line, outcome, amount):
    found = classified(line)

    assert (found.outcome, found.amount_minor, found.stock_delta) == (outcome, amount, 0)


@pytest.mark.parametrize(
    ("line", "reason", "delta"),
    [
        (row("536365", "85123A", -14, "0.0", customer=None), AdjustmentReason.WRITE_OFF, -14),
        (row("536365", "85123A", -14, "2.55"), AdjustmentReason.WRITE_OFF, -14),
        (row("536365", "85123A", 3, "0.0", customer="20001"), AdjustmentReason.GIFT, -3),
        (row("536365", "PADS", 1, "0.0", customer="20001"), AdjustmentReason.GIFT, -1),
        (row("536365", "85123A", 5, "0.0", customer=None), AdjustmentReason.CORRECTION, 5),
    ],
)
def test_lines_that_move_only_stock(line, reason, delta):
    found = classified(line)

    assert (found.outcome, found.adjustment, found.stock_delta) == (Outcome.STOCK_ADJUSTMENT, reason, delta)
    assert found.amount_minor == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a,b", "broken row: 2 fields instead of 8"),
        (row("536365", "PADS", 1, "0.001"), "0.001 has more decimals than GBP"),
        (row("A536365", "B", 1, "11062.06"), "bad-debt bookkeeping: accounting, not a sale"),
        (row("A536365", "B", 1, "-11062.06"), "bad-debt bookkeeping: accounting, not a sale"),
        (row("536365", "B", 1, "5.00"), "bad-debt bookkeeping: accounting, not a sale"),
        (row("X536365", "85123A", 1, "5.00"), "unknown kind of invoice: X536365"),
        (row("536365", "85123A", 0, "5.00"), "quantity is zero"),
        (row("536365", "85123A", 1, "-5.00"), "negative price"),
        (row("536365", "85123A", 1, "5.00", country="Atlantis"), "unknown country 'Atlantis'"),
        (row("C536365", "85123A", 1, "5.00"), "a credit note with a positive quantity"),
        (row("C536365", "85123A", -1, "0.0"), "a credit note without a price"),
        (row("536365", "POST", 400, "0.0"), "a service line without a price moves neither stock nor money"),
        (row("536365", "POST", -4, "1.0"), "a service line with a negative quantity outside a credit note"),
    ],
)
def test_refused_lines_say_why(line, reason):
    found = classified(line)

    assert isinstance(found, RefusedLine)
    assert (found.number, found.reason) == (2, reason)


def test_a_code_names_the_same_product_in_any_case():
    assert classified(row("536365", "85123a", 1, "2.55")).sku == classified(row("536365", "85123A", 1, "2.55")).sku


def test_country_codes_lead_back_to_the_names():
    assert {country_name(code): code for code in COUNTRY_CODES.values()} == COUNTRY_CODES


lines = st.builds(
    row,
    st.from_regex(r"[AC]?5[0-9]{5}", fullmatch=True),
    st.sampled_from(["85123A", "85123a", "M", "m", "POST", "D", "B", "PADS", "gift_0001_10"]),
    st.integers(-20, 20),
    st.sampled_from(["0.0", "0.001", "0.1", "2.55", "-1.00", "19.9"]),
    customer=st.sampled_from([None, "20001", "20002"]),
    country=st.sampled_from(["France", "Atlantis"]),
) | st.text(st.characters(exclude_characters="\n\r", codec="utf-8"), max_size=30)


@given(lines)
def test_every_line_is_exactly_one_thing(line):
    record = parse_sales(sales_text(line)).records[0]

    found = classify(record)

    if isinstance(found, RefusedLine):
        assert found.reason
        return
    assert not isinstance(record, BrokenLine)
    moves_money = found.outcome is not Outcome.STOCK_ADJUSTMENT
    assert moves_money == (found.amount_minor > 0)
    assert moves_money == (found.stock_delta == 0)
    assert moves_money == (found.adjustment is None)
    assert found.outcome is not Outcome.REFUSED
