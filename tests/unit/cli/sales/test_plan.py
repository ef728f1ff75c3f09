"""Every line ends in exactly one place of the plan, and no penny is lost on the way."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cli.sales.classification import Outcome
from cli.sales.invoices import sort_out
from cli.sales.ledger import ledger_of
from cli.sales.plan import AdjustmentJob, OrderJob, ReturnJob, expected_outcomes, plan_import
from cli.sales.source import parse_sales
from tests.factories.sales import MINIATURE, book_of, row, sales_text

rows = st.builds(
    row,
    st.from_regex(r"[AC]?50000[0-9]", fullmatch=True),
    st.sampled_from(["85123A", "85123a", "M", "POST", "B", "PADS"]),
    st.integers(-9, 9),
    st.sampled_from(["0.0", "0.001", "2.55", "1.00"]),
    customer=st.sampled_from([None, "20001"]),
    country=st.sampled_from(["France", "Atlantis"]),
    at=st.sampled_from(["2010-12-01 09:00:00", "2010-12-02 09:00:00", "2011-01-03 09:00:00"]),
)


@given(st.lists(rows, max_size=40), st.sampled_from([None, date(2010, 12, 2), date(2010, 12, 3)]))
def test_every_line_is_in_exactly_one_job_or_refused_or_later(lines, until):
    book = sort_out(parse_sales(sales_text(*lines)))

    plan = plan_import(book, until)

    in_jobs = [line.line.number for job in plan.jobs for line in job.lines]
    refused = [line.number for line in plan.refused]
    numbers = in_jobs + refused
    assert len(numbers) == len(set(numbers))
    assert len(numbers) + plan.later_count == plan.line_count == len(lines)
    if until is None:
        assert sorted(numbers) == list(range(2, len(lines) + 2))


@given(st.lists(rows, max_size=40))
def test_the_jobs_carry_the_money_and_pieces_of_the_file(lines):
    book = sort_out(parse_sales(sales_text(*lines)))
    ledger = ledger_of(book.invoices)

    plan = plan_import(book)

    orders = [job for job in plan.jobs if isinstance(job, OrderJob)]
    returns = [job for job in plan.jobs if isinstance(job, ReturnJob)]
    stock = [line for job in plan.jobs if isinstance(job, AdjustmentJob) for line in job.lines]
    assert sum(job.total_minor for job in orders) == ledger.revenue.total()
    assert sum(part.refund_minor for job in returns for part in job.parts) == ledger.refunds.total()
    assert sum(line.stock_delta for line in stock) == ledger.adjustments.total()
    returned = Counter[str]()
    for job in returns:
        for given_back in (units for part in job.parts for units in part.units):
            returned[given_back.code] += 0 if given_back.is_service else given_back.quantity
    assert +returned == +ledger.units_returned


def test_an_invoice_with_sales_and_adjustments_becomes_several_jobs_in_file_order():
    plan = plan_import(
        book_of(
            row("1", "10001", 1, "2.00"),
            row("1", "10002", 1, "0.0"),
            row("1", "POST", 1, "5.00"),
            row("1", "10003", -1, "0.0"),
            row("1", "10002", 2, "0.0"),
        )
    )

    assert [(job.key, [line.line.number for line in job.lines]) for job in plan.jobs] == [
        ("sales:1:GIFT", [3, 6]),
        ("sales:1:WRITE_OFF", [5]),
        ("order:1", [2, 4]),
    ]


def test_the_miniature_has_every_outcome():
    plan = plan_import(sort_out(parse_sales(MINIATURE.read_bytes())))

    assert plan.line_count == 49
    assert expected_outcomes(plan.jobs) == {
        Outcome.SALE: 16,
        Outcome.CHARGE: 7,
        Outcome.RETURN: 8,
        Outcome.RETURN_CHARGE: 4,
        Outcome.STOCK_ADJUSTMENT: 6,
    }
    assert [(line.number, line.reason) for line in plan.refused] == [
        (28, "quantity is zero"),
        (29, "0.001 has more decimals than GBP"),
        (30, "broken row: 5 fields instead of 8"),
        (31, "broken row: Quantity 'two' cannot be read"),
        (32, "unknown country 'Atlantis'"),
        (34, "broken row: broken quoting: unexpected end of data"),
        (36, "bad-debt bookkeeping: accounting, not a sale"),
        (38, "a service line without a price moves neither stock nor money"),
    ]
