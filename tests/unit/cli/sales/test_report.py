"""What a person sees."""

import io

from rich.console import Console

from cli.sales.classification import RefusedLine
from cli.sales.importing import ImportOutcome
from cli.sales.journal import JobResult, JobStatus
from cli.sales.ledger import Ledger, compare
from cli.sales.report import print_import, print_reconciliation


def shown(show) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    show(console)
    return [" ".join(line.replace("│", " ").split()) for line in console.file.getvalue().splitlines()]


def test_an_import_lists_refusals_problems_and_outcomes_that_add_up():
    problem = JobResult("order:1", JobStatus.CANCELLED, "PAYMENT_DECLINED [card]")
    outcome = ImportOutcome(1_005, {"SALE": 1_000, "CANCELLED": 3, "REFUSED": 2}, (problem,), 20, 4.0)
    refused = (RefusedLine(9, "broken row: [x]"), RefusedLine(3, "quantity is zero"))

    lines = shown(lambda console: print_import(console, outcome, refused))

    assert lines[:3] == [
        "line 3 refused: quantity is zero",
        "line 9 refused: broken row: [x]",
        "order:1 CANCELLED: PAYMENT_DECLINED [card]",
    ]
    assert "SALE 1,000 goods on a confirmed order" in lines
    assert "all 1,005 the file has 1,005" in lines
    assert lines[-1] == "20 orders in 4.0 s: 5.0 orders/s"


def test_a_reconciliation_shows_both_sides_and_every_difference():
    file, graph = Ledger(), Ledger()
    file.sale("1", "2010-12 France", 123_456)
    graph.sale("1", "2010-12 France", 123_455)
    refused = (RefusedLine(3, "quantity is zero"), RefusedLine(4, "quantity is zero"))

    lines = shown(lambda console: print_reconciliation(console, compare(file, graph), refused))

    assert "revenue per month and country 1 1234.56 GBP 1234.55 GBP -0.01 GBP 1" in lines
    assert "units sold per product 0 0 0 0 0" in lines
    assert "2 lines of the file are refused and stand on neither side" in lines
    assert "2: quantity is zero" in lines
    assert lines[-2:] == [
        "revenue per month and country: 2010-12 France: file 1234.56 GBP, graph 1234.55 GBP",
        "revenue per invoice: 1: file 1234.56 GBP, graph 1234.55 GBP",
    ]
