"""Reads the ledger of a sales file back from the public graph.

Only what bears a reference of the file counts: other orders, returns and movements of the shop are somebody else's.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cli.sales import documents
from cli.sales.answers import minor, node, nodes, number, text
from cli.sales.classification import AdjustmentReason
from cli.sales.countries import country_name
from cli.sales.graph_shop import GraphShop, next_cursor
from cli.sales.invoices import Invoice
from cli.sales.ledger import Ledger, period_of
from cli.sales.returning import invoice_of
from kernel.subgraph import JsonObject

_CONFIRMED: Final = "CONFIRMED"
_REFERENCE: Final = "sales"


@dataclass(frozen=True, slots=True)
class Window:
    """The invoices of the file in question, and the time in which they lie (`until` excluded)."""

    numbers: Collection[str]
    since: datetime
    until: datetime

    @classmethod
    def of(cls, invoices: Collection[Invoice], until: datetime) -> "Window":
        """The window of `invoices`."""
        moments = [invoice.invoiced_at for invoice in invoices]
        return cls(frozenset(invoice.number for invoice in invoices), min(moments, default=until), until)

    def as_range(self) -> JsonObject:
        """As a condition of the graph."""
        return {"gte": self.since.isoformat(), "lt": self.until.isoformat()}


async def read_back(shop: GraphShop, window: Window, advance: Callable[[int], None] = lambda _count: None) -> Ledger:
    """Sum up orders with their lines, returns and stock adjustments; `advance` hears of every document read."""
    ledger = Ledger()
    async for order in _orders(shop, window):
        _count_order(ledger, order)
        async for line in _lines(shop, order):
            _count_goods(ledger.units_sold, line)
        advance(1)
    async for entry in shop.pages(documents.RETURNS, "returns", {"where": {"occurredAt": window.as_range()}}):
        if _is_of(window, entry.get("externalReference")):
            _count_return(ledger, entry)
            advance(1)
    await _read_adjustments(shop, window, ledger)
    return ledger


async def _read_adjustments(shop: GraphShop, window: Window, ledger: Ledger) -> None:
    for reason in AdjustmentReason:
        async for movement in shop.pages(documents.MOVEMENTS, "stockMovements", {"reason": reason.value}):
            if _is_adjustment_of(window, movement.get("reference")):
                ledger.adjust(reason.value, number(movement, "delta"))


async def _orders(shop: GraphShop, window: Window) -> AsyncIterator[JsonObject]:
    where: JsonObject = {"placedAt": window.as_range(), "status": _CONFIRMED}
    async for order in shop.pages(documents.ORDERS_IN_FULL, "orders", {"where": where}):
        if _is_of(window, order.get("externalReference")):
            yield order


async def _lines(shop: GraphShop, order: JsonObject) -> AsyncIterator[JsonObject]:
    first = node(order, "lines")
    for line in nodes(first, "nodes"):
        yield line
    after = next_cursor(first)
    if after is not None:
        async for line in shop.order_lines(text(order, "id"), after):
            yield line


def _count_order(ledger: Ledger, order: JsonObject) -> None:
    ledger.sale(text(order, "externalReference"), _period(order, "placedAt"), minor(order, "total"))


def _count_return(ledger: Ledger, entry: JsonObject) -> None:
    credit = invoice_of(text(entry, "externalReference"))
    ledger.refund(credit, _period(entry, "occurredAt"), minor(entry, "refundTotal"))
    for line in nodes(entry, "lines"):
        _count_goods(ledger.units_returned, line)


def _count_goods(units: Counter[str], line: JsonObject) -> None:
    if line.get("kind") == "GOODS":
        units[text(line, "sku")] += number(line, "quantity")


def _period(document: JsonObject, moment: str) -> str:
    return period_of(datetime.fromisoformat(text(document, moment)), country_name(text(document, "countryCode")))


def _is_of(window: Window, reference: object) -> bool:
    return isinstance(reference, str) and invoice_of(reference) in window.numbers


def _is_adjustment_of(window: Window, reference: object) -> bool:
    if not isinstance(reference, str):
        return False
    prefix, _, rest = reference.partition(":")
    return prefix == _REFERENCE and rest.partition(":")[0] in window.numbers
