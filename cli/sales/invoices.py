"""Lines gathered into invoices, in the order in which the file first names them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from cli.sales.classification import ClassifiedLine, Outcome, RefusedLine, classify, refuse
from cli.sales.countries import COUNTRY_CODES
from cli.sales.source import SalesFile


@dataclass(frozen=True, slots=True)
class Invoice:
    """One document of the shop. Its head is its first line's; a clock that ticks between two lines changes nothing."""

    number: str
    invoiced_at: datetime
    customer: str | None
    country: str
    lines: tuple[ClassifiedLine, ...]

    @property
    def is_credit(self) -> bool:
        """True for `C…` invoices."""
        return self.number.startswith("C")

    @property
    def country_code(self) -> str:
        """ISO 3166 code of the invoice's country."""
        return COUNTRY_CODES[self.country]

    def of(self, *outcomes: Outcome) -> tuple[ClassifiedLine, ...]:
        """The lines with one of `outcomes`, in file order."""
        return tuple(line for line in self.lines if line.outcome in outcomes)


@dataclass(frozen=True, slots=True)
class SalesBook:
    """A whole file, sorted out: every record is in exactly one invoice or refused."""

    digest: str
    line_count: int
    invoices: tuple[Invoice, ...]
    refused: tuple[RefusedLine, ...]

    def refused_before(self, until: date | None) -> tuple[RefusedLine, ...]:
        """The refused lines of the days before `until`; rows too broken to have a day belong to every day."""
        return tuple(line for line in self.refused if until is None or line.day is None or line.day < until)


def sort_out(file: SalesFile) -> SalesBook:
    """Classify every record and gather the accepted ones by invoice number."""
    gathered: dict[str, list[ClassifiedLine]] = {}
    refused: list[RefusedLine] = []
    for record in file.records:
        classified = classify(record)
        if isinstance(classified, RefusedLine):
            refused.append(classified)
            continue
        lines = gathered.setdefault(classified.line.invoice, [])
        stranger = _difference(lines[0], classified) if lines else None
        if stranger is None:
            lines.append(classified)
        else:
            refused.append(stranger)
    return SalesBook(file.digest, len(file.records), tuple(map(_invoice, gathered.values())), tuple(refused))


def before(invoices: Iterable[Invoice], until: date | None) -> tuple[Invoice, ...]:
    """The invoices of the days before `until`; all of them without one."""
    return tuple(invoice for invoice in invoices if until is None or invoice.invoiced_at.date() < until)


def _difference(first: ClassifiedLine, other: ClassifiedLine) -> RefusedLine | None:
    head, line = first.line, other.line
    if (line.customer, line.country) == (head.customer, head.country):
        return None
    return refuse(line, f"customer or country differs from line {head.number} of the same invoice")


def _invoice(lines: list[ClassifiedLine]) -> Invoice:
    head = lines[0].line
    return Invoice(head.invoice, head.invoiced_at, head.customer, head.country, tuple(lines))
