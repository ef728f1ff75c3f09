"""What an import asks of the shop behind the graph: the port, and the shapes that cross it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cli.sales.catalogue import Article
from cli.sales.matching import LotKey
from cli.sales.plan import OrderJob


class ShopRefused(Exception):
    """The graph refused one request; repeating it as it is would be refused again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class OrderStatus(StrEnum):
    """The graph's order status."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as the graph shows it; `reference` is the invoice number."""

    id: str
    reference: str
    status: OrderStatus
    total_minor: int
    cancel_reason: str | None = None


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of an order, with its place in a lot."""

    id: str
    lot: LotKey
    quantity: int


@dataclass(frozen=True, slots=True)
class StockEntry:
    """Changes of stock for one reason; `deltas` are pairs of variant id and pieces."""

    key: str
    reason: str
    occurred_at: datetime
    deltas: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Pieces that come back for `unit_minor` each; `order_line_id` is None when no sale was found."""

    code: str
    title: str
    is_service: bool
    quantity: int
    unit_minor: int
    order_line_id: str | None


@dataclass(frozen=True, slots=True)
class ReturnNote:
    """One call: what comes back of one order (`order_id` None: of no known order)."""

    key: str
    reference: str
    order_id: str | None
    customer: str | None
    country_code: str
    occurred_at: datetime
    lines: tuple[NoteLine, ...]


class SalesShop(Protocol):
    """The public graph as an import sees it. Every method may be repeated.

    Raises (all): ShopRefused when the graph says no, ApiError when it does not answer.
    """

    async def upsert(self, articles: Sequence[Article]) -> Mapping[str, str]:
        """Create or revise products; variant ids by SKU."""
        ...

    async def sells(self, skus: Sequence[str]) -> bool:
        """True once carts take all these SKUs."""
        ...

    async def adjust(self, entry: StockEntry) -> None:
        """Change stock, once per key."""
        ...

    async def place(self, job: OrderJob) -> PlacedOrder:
        """Order an invoice, once per invoice number."""
        ...

    async def order(self, reference: str) -> PlacedOrder | None:
        """The order of an invoice."""
        ...

    async def statuses(self, order_ids: Sequence[str]) -> Mapping[str, PlacedOrder]:
        """Orders by id, in one request; at most `STATUS_BATCH` ids."""
        ...

    async def sold_lines(self, order_id: str, invoice: str) -> Sequence[SoldLine]:
        """All lines of an order in their order."""
        ...

    async def give_back(self, note: ReturnNote) -> None:
        """Enter a return, once per key."""
        ...

    def orders_since(self, moment: datetime) -> AsyncIterator[PlacedOrder]:
        """Every order with a reference placed at `moment` or later."""
        ...

    def return_references_since(self, moment: datetime) -> AsyncIterator[str]:
        """The reference of every return that happened at `moment` or later."""
        ...

    def movement_references(self, reasons: Iterable[str]) -> AsyncIterator[str]:
        """The reference of every stock movement for one of `reasons`."""
        ...


STATUS_BATCH = 15
"""As many orders as one status request may ask for: the router allows 15 aliases in a document."""
