"""What one line of the sales file is: exactly one outcome, decided from the line alone.

| line | outcome |
|---|---|
| unreadable, `A…` invoice, bookkeeping code, too many decimals, impossible sign | REFUSED |
| goods, quantity > 0, price > 0 | SALE |
| service code, quantity > 0, price > 0 | CHARGE |
| `C…` invoice, goods / service code, quantity < 0, price > 0 | RETURN / RETURN_CHARGE |
| goods, quantity < 0, no `C` | STOCK_ADJUSTMENT, WRITE_OFF, delta = quantity |
| goods, price 0, quantity > 0, with a customer | STOCK_ADJUSTMENT, GIFT, delta = -quantity |
| goods, price 0, quantity > 0, no customer | STOCK_ADJUSTMENT, CORRECTION, delta = quantity |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cli.sales.countries import COUNTRY_CODES
from cli.sales.source import BrokenLine, SalesLine
from kernel.money import currency_exponent

CURRENCY: Final = "GBP"


class Outcome(StrEnum):
    """How a line of the file ends; the first five are work for the graph."""

    SALE = "SALE"
    CHARGE = "CHARGE"
    RETURN = "RETURN"
    RETURN_CHARGE = "RETURN_CHARGE"
    STOCK_ADJUSTMENT = "STOCK_ADJUSTMENT"
    REFUSED = "REFUSED"


class AdjustmentReason(StrEnum):
    """The graph's reasons for the stock adjustments that occur in the file."""

    WRITE_OFF = "WRITE_OFF"
    GIFT = "GIFT"
    CORRECTION = "CORRECTION"


# Codes that move money but no stock. Everything else is goods: also vouchers (gift_0001_…), party bags (DCGSSBOY …) and
# cushion pads (PADS), which are counted in pieces and lie on a shelf.
SERVICE_CODES: Final[Mapping[str, str]] = {
    "POST": "Postage",
    "DOT": "Postage of the web shop",
    "C2": "Carriage",
    "M": "Amount entered by hand",
    "D": "Discount",
    "S": "Samples",
    "BANK CHARGES": "Bank charges",
    "AMAZONFEE": "Marketplace fee",
    "CRUK": "Charity commission",
}
# Bad-debt corrections are the accountant's: no goods, no customer, no sale.
BOOKKEEPING_CODES: Final = frozenset({"B"})


# The file writes 111 codes in two cases (85123A, 85123a); their descriptions agree in every case, so a code names the
# same product however it is written.
def sku_of(stock_code: str) -> str:
    """The SKU of a stock code, which is the code in upper case."""
    return stock_code.upper()


@dataclass(frozen=True, slots=True)
class ClassifiedLine:
    """A readable line and what it is; `unit_minor` in pence, `stock_delta` only for adjustments."""

    line: SalesLine
    outcome: Outcome
    unit_minor: int = 0
    stock_delta: int = 0
    adjustment: AdjustmentReason | None = None

    @property
    def sku(self) -> str:
        """The code of the goods or the service."""
        return sku_of(self.line.stock_code)

    @property
    def units(self) -> int:
        """Pieces sold or returned, never negative."""
        return abs(self.line.quantity)

    @property
    def amount_minor(self) -> int:
        """Money sold or given back, never negative."""
        return self.units * self.unit_minor


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is no business of the graph, and why; `day` is None when the row is too broken to have one."""

    number: int
    reason: str
    day: date | None = None


def classify(record: SalesLine | BrokenLine) -> ClassifiedLine | RefusedLine:
    """The one outcome of `record`."""
    if isinstance(record, BrokenLine):
        return RefusedLine(record.number, f"broken row: {record.reason}")
    unit_minor = _minor(record.unit_price)
    refusal = _refusal(record) if unit_minor is not None else f"{record.unit_price} has more decimals than {CURRENCY}"
    if refusal is not None or unit_minor is None:
        return refuse(record, refusal or "")
    if record.invoice.startswith("C"):
        return _credit(record, unit_minor)
    return _service(record, unit_minor) if sku_of(record.stock_code) in SERVICE_CODES else _goods(record, unit_minor)


def refuse(line: SalesLine, reason: str) -> RefusedLine:
    """Refuse a readable line."""
    return RefusedLine(line.number, reason, line.invoiced_at.date())


def _refusal(line: SalesLine) -> str | None:
    """The reasons that hold for every kind of line."""
    if line.invoice.startswith("A") or sku_of(line.stock_code) in BOOKKEEPING_CODES:
        return "bad-debt bookkeeping: accounting, not a sale"
    if line.invoice[0].isalpha() and not line.invoice.startswith("C"):
        return f"unknown kind of invoice: {line.invoice}"
    if line.quantity == 0:
        return "quantity is zero"
    if line.unit_price < 0:
        return "negative price"
    if line.country not in COUNTRY_CODES:
        return f"unknown country {line.country!r}"
    return None


def _credit(line: SalesLine, unit_minor: int) -> ClassifiedLine | RefusedLine:
    if line.quantity > 0:
        return refuse(line, "a credit note with a positive quantity")
    if unit_minor == 0:
        return refuse(line, "a credit note without a price")
    is_service = sku_of(line.stock_code) in SERVICE_CODES
    return ClassifiedLine(line, Outcome.RETURN_CHARGE if is_service else Outcome.RETURN, unit_minor)


def _service(line: SalesLine, unit_minor: int) -> ClassifiedLine | RefusedLine:
    if line.quantity < 0:
        return refuse(line, "a service line with a negative quantity outside a credit note")
    if unit_minor == 0:
        return refuse(line, "a service line without a price moves neither stock nor money")
    return ClassifiedLine(line, Outcome.CHARGE, unit_minor)


def _goods(line: SalesLine, unit_minor: int) -> ClassifiedLine:
    if line.quantity < 0:
        return _adjustment(line, AdjustmentReason.WRITE_OFF, line.quantity)
    if unit_minor > 0:
        return ClassifiedLine(line, Outcome.SALE, unit_minor)
    if line.customer is not None:
        return _adjustment(line, AdjustmentReason.GIFT, -line.quantity)
    return _adjustment(line, AdjustmentReason.CORRECTION, line.quantity)


def _adjustment(line: SalesLine, reason: AdjustmentReason, delta: int) -> ClassifiedLine:
    return ClassifiedLine(line, Outcome.STOCK_ADJUSTMENT, stock_delta=delta, adjustment=reason)


@lru_cache(maxsize=4096)
def _minor(price: Decimal) -> int | None:
    scaled = price.scaleb(currency_exponent(CURRENCY))
    return int(scaled) if scaled == scaled.to_integral_value() else None
