import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import BadUserInput
from kernel.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.50", "GBP", 1250), ("12.5", "GBP", 1250), ("-0.01", "GBP", -1), ("0", "GBP", 0), ("980", "JPY", 980),
     ("1.234", "KWD", 1234), ("1e2", "GBP", 10000)],
)  # fmt: skip
def test_decimal_text_becomes_minor_units(text: str, currency: str, minor: int):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "field"),
    [("0.001", "GBP", ("price", "amount")), ("1.5", "JPY", ("price", "amount")), ("NaN", "GBP", ("price", "amount")),
     ("Infinity", "GBP", ("price", "amount")), ("9" * 6000, "GBP", ("price", "amount")),
     ("", "GBP", ("price", "amount")), ("1", "gbp", ("price", "currencyCode")), ("1", "", ("price", "currencyCode"))],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_its_field(text: str, currency: str, field: tuple[str, ...]):
    with pytest.raises(BadUserInput) as refused:
        Money.parse(text, currency, field=("price", "amount"))

    assert refused.value.field == field


@given(st.integers(-(10**14), 10**14), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_an_amount_survives_being_written_and_read(minor: int, currency: str):
    money = Money(minor, currency)

    assert Money.parse(money.amount, currency) == money


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(0, "GBP", "0.00"), (-1, "GBP", "-0.01"), (-100, "GBP", "-1.00"), (5, "KWD", "0.005"), (-980, "JPY", "-980"),
     (10**16 + 1, "GBP", "100000000000000.01")],
)  # fmt: skip
def test_an_amount_is_written_with_exactly_the_decimals_of_its_currency(minor: int, currency: str, text: str):
    assert Money(minor, currency).amount == text


def test_amounts_of_two_currencies_do_not_add():
    with pytest.raises(ValueError, match="cannot add JPY to GBP"):
        Money(1, "GBP") + Money(1, "JPY")


def test_a_unit_price_times_a_quantity():
    assert Money(255, "GBP") * 6 == Money(1530, "GBP")
    assert (Money(255, "GBP") * 6).amount == "15.30"
