"""The work an import has to do, in file order, every accepted line in exactly one piece of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from cli.sales.catalogue import Article, articles_of, chunks_for
from cli.sales.classification import AdjustmentReason, ClassifiedLine, Outcome, RefusedLine
from cli.sales.invoices import Invoice, SalesBook, before
from cli.sales.matching import ReturnPart, SoldUnits


@dataclass(frozen=True, slots=True)
class OrderJob:
    """An invoice that becomes an order; `goods` are stock, `charges` are services."""

    invoice: Invoice
    goods: tuple[ClassifiedLine, ...]
    charges: tuple[ClassifiedLine, ...]

    @property
    def key(self) -> str:
        """Names the job in the journal."""
        return f"order:{self.invoice.number}"

    @property
    def lines(self) -> tuple[ClassifiedLine, ...]:
        """The lines this job answers for."""
        return self.goods + self.charges

    @property
    def total_minor(self) -> int:
        """What the order must cost."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class AdjustmentJob:
    """Lines of one invoice that change stock for one reason."""

    invoice: Invoice
    reason: AdjustmentReason
    lines: tuple[ClassifiedLine, ...]

    @property
    def key(self) -> str:
        """Names the job in the journal, and its movements in the graph."""
        return f"sales:{self.invoice.number}:{self.reason}"


@dataclass(frozen=True, slots=True)
class ReturnJob:
    """A credit note: one call per order that it gives back something of."""

    invoice: Invoice
    lines: tuple[ClassifiedLine, ...]
    parts: tuple[ReturnPart, ...]

    @property
    def key(self) -> str:
        """Names the job in the journal."""
        return f"return:{self.invoice.number}"

    @property
    def orders(self) -> tuple[str, ...]:
        """The invoices it refers to."""
        return tuple({part.order: None for part in self.parts if part.order is not None})


Job: TypeAlias = OrderJob | AdjustmentJob | ReturnJob


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """`refused` and `later_count` (lines from the `until` day on) complete the jobs' lines to the whole file."""

    digest: str
    line_count: int
    until: date | None
    article_chunks: tuple[tuple[Article, ...], ...]
    jobs: tuple[Job, ...]
    refused: tuple[RefusedLine, ...]
    later_count: int


def plan_import(book: SalesBook, until: date | None = None) -> ImportPlan:
    """Plan the import of the days before `until`."""
    invoices = before(book.invoices, until)
    accepted = sum(len(invoice.lines) for invoice in invoices)
    refused = book.refused_before(until)
    return ImportPlan(
        digest=book.digest,
        line_count=book.line_count,
        until=until,
        article_chunks=chunks_for(articles_of(book.invoices), invoices),
        jobs=tuple(_jobs(invoices)),
        refused=refused,
        later_count=book.line_count - accepted - len(refused),
    )


def expected_outcomes(jobs: tuple[Job, ...]) -> Counter[Outcome]:
    """How the lines of `jobs` end if the graph takes all of them."""
    return Counter(line.outcome for job in jobs for line in job.lines)


def earliest(jobs: tuple[Job, ...]) -> datetime | None:
    """When the first of `jobs` happened."""
    return min((job.invoice.invoiced_at for job in jobs), default=None)


def _jobs(invoices: tuple[Invoice, ...]) -> Iterator[Job]:
    sold = SoldUnits()
    for invoice in invoices:
        yield from _adjustments(invoice)
        if invoice.is_credit:
            parts = sold.give_back(invoice)
            yield ReturnJob(invoice, invoice.of(Outcome.RETURN, Outcome.RETURN_CHARGE), parts)
            continue
        order = OrderJob(invoice, invoice.of(Outcome.SALE), invoice.of(Outcome.CHARGE))
        if order.lines:
            sold.sell(invoice)
            yield order


def _adjustments(invoice: Invoice) -> Iterator[AdjustmentJob]:
    by_reason: dict[AdjustmentReason, list[ClassifiedLine]] = {}
    for line in invoice.of(Outcome.STOCK_ADJUSTMENT):
        if line.adjustment is not None:
            by_reason.setdefault(line.adjustment, []).append(line)
    for reason, lines in by_reason.items():
        yield AdjustmentJob(invoice, reason, tuple(lines))
