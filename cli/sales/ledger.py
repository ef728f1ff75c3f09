"""Sums of a sales file, or of the graph, in the same shape; and where two of them differ. All amounts in pence."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cli.sales.classification import ClassifiedLine, Outcome
from cli.sales.invoices import Invoice


@dataclass(slots=True)
class Ledger:
    """Revenue counts goods and charges of confirmed orders; units and adjustments count pieces.

    Revenue and refunds are kept by month and country, like "2010-12 France"; see `period_of`.
    """

    revenue: Counter[str] = field(default_factory=Counter[str])
    units_sold: Counter[str] = field(default_factory=Counter[str])
    refunds: Counter[str] = field(default_factory=Counter[str])
    units_returned: Counter[str] = field(default_factory=Counter[str])
    adjustments: Counter[str] = field(default_factory=Counter[str])
    invoice_totals: Counter[str] = field(default_factory=Counter[str])
    credit_totals: Counter[str] = field(default_factory=Counter[str])
    line_count: Counter[str] = field(default_factory=Counter[str])

    def sale(self, invoice: str, period: str, total_minor: int) -> None:
        """Count an order's money."""
        self.revenue[period] += total_minor
        self.invoice_totals[invoice] += total_minor

    def refund(self, credit: str, period: str, total_minor: int) -> None:
        """Count a return's money."""
        self.refunds[period] += total_minor
        self.credit_totals[credit] += total_minor

    def adjust(self, reason: str, delta: int) -> None:
        """Count a stock movement."""
        self.adjustments[reason] += delta
        self.line_count[reason] += 1


def ledger_of(invoices: Iterable[Invoice]) -> Ledger:
    """What the file says, line by line."""
    ledger = Ledger()
    for invoice in invoices:
        for line in invoice.lines:
            _count(ledger, invoice, line)
    return ledger


def period_of(moment: datetime, country: str) -> str:
    """Month and country in which a document counts."""
    return f"{moment:%Y-%m} {country}"


def _count(ledger: Ledger, invoice: Invoice, line: ClassifiedLine) -> None:
    period = period_of(invoice.invoiced_at, invoice.country)
    match line.outcome:
        case Outcome.SALE:
            ledger.sale(invoice.number, period, line.amount_minor)
            ledger.units_sold[line.sku] += line.units
        case Outcome.CHARGE:
            ledger.sale(invoice.number, period, line.amount_minor)
        case Outcome.RETURN:
            ledger.refund(invoice.number, period, line.amount_minor)
            ledger.units_returned[line.sku] += line.units
        case Outcome.RETURN_CHARGE:
            ledger.refund(invoice.number, period, line.amount_minor)
        case Outcome.STOCK_ADJUSTMENT:
            ledger.adjust(str(line.adjustment), line.stock_delta)
        case Outcome.REFUSED:
            raise ValueError(f"line {line.line.number} is refused and in no invoice")


@dataclass(frozen=True, slots=True)
class Difference:
    """One key on which the two disagree."""

    key: str
    file: int
    graph: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of the report: totals of both sides and every key that differs."""

    name: str
    is_money: bool
    keys: int
    file: int
    graph: int
    differences: tuple[Difference, ...]


def compare(file: Ledger, graph: Ledger) -> tuple[Comparison, ...]:
    """Figure by figure, key by key."""
    return (
        _comparison("revenue per month and country", file.revenue, graph.revenue, is_money=True),
        _comparison("revenue per invoice", file.invoice_totals, graph.invoice_totals, is_money=True),
        _comparison("units sold per product", file.units_sold, graph.units_sold),
        _comparison("refunds per month and country", file.refunds, graph.refunds, is_money=True),
        _comparison("refunds per credit note", file.credit_totals, graph.credit_totals, is_money=True),
        _comparison("units returned per product", file.units_returned, graph.units_returned),
        _comparison("stock adjusted per reason", file.adjustments, graph.adjustments),
        _comparison("adjustment lines per reason", file.line_count, graph.line_count),
    )


def _comparison(name: str, file: Mapping[str, int], graph: Mapping[str, int], *, is_money: bool = False) -> Comparison:
    return Comparison(
        name=name,
        is_money=is_money,
        keys=len(file.keys() | graph.keys()),
        file=sum(file.values()),
        graph=sum(graph.values()),
        differences=tuple(_differences(file, graph)),
    )


def _differences(file: Mapping[str, int], graph: Mapping[str, int]) -> Iterator[Difference]:
    for key in sorted(file.keys() | graph.keys()):
        # a key on one side only differs even if its sum is zero
        if key not in file or key not in graph or file[key] != graph[key]:
            yield Difference(key, file.get(key, 0), graph.get(key, 0))
