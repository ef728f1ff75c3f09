"""What a person sees of an import and of a reconciliation."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.table import Table

from cli.sales.classification import CURRENCY, RefusedLine
from cli.sales.importing import LATER, ImportOutcome
from cli.sales.ledger import Comparison
from kernel.money import Money

_MOST_DETAILS: Final = 20
_MEANINGS: Final = {
    "SALE": "goods on a confirmed order",
    "CHARGE": "services on a confirmed order",
    "RETURN": "goods returned",
    "RETURN_CHARGE": "services given back",
    "STOCK_ADJUSTMENT": "write-offs, gifts and corrections",
    "REFUSED": "no business of the graph, see the reasons",
    "CANCELLED": "on an order the shop cancelled, or a return of one",
    "FAILED": "not taken: run the same command again",
    LATER: "on or after --until, not part of this import",
}


def print_import(console: Console, outcome: ImportOutcome, refused: Iterable[RefusedLine]) -> None:
    """The table of outcomes; it adds up to the lines of the file."""
    for line in sorted(refused, key=lambda line: line.number):
        console.print(f"line {line.number} refused: {line.reason}", markup=False)
    for problem in outcome.problems[:_MOST_DETAILS]:
        console.print(f"{problem.key} {problem.status}: {problem.reason}", markup=False)
    if len(outcome.problems) > _MOST_DETAILS:
        console.print(f"… and {len(outcome.problems) - _MOST_DETAILS} more")
    table = Table(title="Lines of the file", title_justify="left")
    table.add_column("outcome")
    table.add_column("lines", justify="right")
    table.add_column("what it is")
    for name, meaning in _MEANINGS.items():
        if name in outcome.counts:
            table.add_row(name, f"{outcome.counts[name]:,}", meaning)
    table.add_section()
    table.add_row("all", f"{sum(outcome.counts.values()):,}", f"the file has {outcome.line_count:,}")
    console.print(table)
    if outcome.orders_placed:
        rate = outcome.orders_placed / outcome.replay_seconds
        console.print(f"{outcome.orders_placed:,} orders in {outcome.replay_seconds:.1f} s: {rate:.1f} orders/s")


def print_reconciliation(console: Console, comparisons: Iterable[Comparison], refused: Iterable[RefusedLine]) -> None:
    """Both sides of every figure, then each difference."""
    table = Table(title="File and graph", title_justify="left")
    for name, justify in (("figure", "left"), ("keys", "right"), ("file", "right"), ("graph", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    table.add_column("difference", justify="right")
    table.add_column("keys that differ", justify="right")
    rows = list(comparisons)
    for row in rows:
        style = "bold red" if row.differences else None
        figures = (row.file, row.graph, row.graph - row.file)
        shown = [_shown(figure, is_money=row.is_money) for figure in figures]
        table.add_row(row.name, f"{row.keys:,}", *shown, f"{len(row.differences):,}", style=style)
    console.print(table)
    reasons = Counter(line.reason for line in refused)
    console.print(f"{reasons.total()} lines of the file are refused and stand on neither side")
    for reason, count in reasons.most_common():
        console.print(f"  {count}: {reason}", markup=False)
    for row in rows:
        _print_differences(console, row)


def _print_differences(console: Console, row: Comparison) -> None:
    for difference in row.differences[:_MOST_DETAILS]:
        file, graph = (_shown(figure, is_money=row.is_money) for figure in (difference.file, difference.graph))
        console.print(f"{row.name}: {difference.key}: file {file}, graph {graph}", markup=False)
    if len(row.differences) > _MOST_DETAILS:
        console.print(f"{row.name}: … and {len(row.differences) - _MOST_DETAILS} more")


def _shown(figure: int, *, is_money: bool) -> str:
    return f"{Money(figure, CURRENCY).amount} {CURRENCY}" if is_money else f"{figure:,}"
