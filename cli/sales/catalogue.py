"""The products and the opening stock that the file needs, computed from the whole file.

Both depend on the whole file, also when only its first days are imported: so a later import of more days finds the
same products in the same chunks with the same stock, and repeating a chunk changes nothing.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cli.sales.classification import ClassifiedLine, Outcome
from cli.sales.invoices import Invoice

CHUNK_SIZE: Final = 250
_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")
_GOODS: Final = frozenset({Outcome.SALE, Outcome.RETURN, Outcome.STOCK_ADJUSTMENT})


@dataclass(frozen=True, slots=True)
class Article:
    """One product with one variant. `opening_stock` covers every unit that ever leaves the shelf."""

    sku: str
    name: str
    price_minor: int
    opening_stock: int

    @property
    def slug(self) -> str:
        """The product's slug: the SKU in lower case; a SKU with other signs gets a digest, lest two share a slug."""
        plain = self.sku.lower()
        words = _OTHER_SIGNS.sub("-", plain).strip("-")
        digest = "" if words == plain else hashlib.sha256(plain.encode()).hexdigest()[:8]
        return "-".join(part for part in ("sales", words, digest) if part)


@dataclass(slots=True)
class _Draft:
    sold_name: str = ""
    other_name: str = ""
    price_minor: int = 0
    outflow: int = 0

    def see(self, line: ClassifiedLine) -> None:
        if line.outcome is Outcome.STOCK_ADJUSTMENT:
            self.other_name = self.other_name or line.line.description
            self.outflow += max(0, -line.stock_delta)
            return
        # notes such as "damaged" or "thrown away" stand on adjustments only: a priced line knows the name
        self.sold_name = self.sold_name or line.line.description
        self.price_minor = self.price_minor or line.unit_minor
        if line.outcome is Outcome.SALE:
            self.outflow += line.units


@dataclass(slots=True)
class _Shelf:
    drafts: dict[str, _Draft] = field(default_factory=dict[str, _Draft])

    def see(self, invoice: Invoice) -> None:
        for line in invoice.lines:
            if line.outcome in _GOODS:
                self.drafts.setdefault(line.sku, _Draft()).see(line)


def articles_of(invoices: Iterable[Invoice]) -> tuple[Article, ...]:
    """Every product of the file in order of first appearance.

    Opening stock is the peak shortfall under the worst order of events: orders run concurrently and returns reach the
    shelf later than the file says, so nothing that comes in is counted, and no order can fail for lack of stock.
    """
    shelf = _Shelf()
    for invoice in invoices:
        shelf.see(invoice)
    return tuple(
        Article(sku, draft.sold_name or draft.other_name or sku, draft.price_minor, draft.outflow)
        for sku, draft in shelf.drafts.items()
    )


def chunks_for(articles: tuple[Article, ...], invoices: Iterable[Invoice]) -> tuple[tuple[Article, ...], ...]:
    """The chunks of `articles` that `invoices` (a prefix of the file) need, whole chunks only."""
    needed = {line.sku for invoice in invoices for line in invoice.lines if line.outcome in _GOODS}
    last = max((position for position, article in enumerate(articles) if article.sku in needed), default=-1)
    starts = range(0, last + 1, CHUNK_SIZE)
    return tuple(articles[start : start + CHUNK_SIZE] for start in starts)
