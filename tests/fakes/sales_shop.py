"""A shop in memory that keeps the graph's rules: stock, references, keys, and what may be returned."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cli.api_client import ApiError
from cli.sales.catalogue import Article
from cli.sales.matching import LotKey
from cli.sales.plan import OrderJob
from cli.sales.shop import OrderStatus, PlacedOrder, ReturnNote, ShopRefused, SoldLine, StockEntry


@dataclass(slots=True)
class FakeShop:
    """`SalesShop` without a network.

    It dies (ApiError) when `requests_left` runs out; with `is_last_reply_lost` the effect of one more request stays.
    """

    requests_left: int = 10**9
    is_last_reply_lost: bool = False
    variants_known_after: int = 0
    cancelled: frozenset[str] = frozenset()
    stock: Counter[str] = field(default_factory=Counter)
    jobs: dict[str, OrderJob] = field(default_factory=dict)
    placed: dict[str, PlacedOrder] = field(default_factory=dict)
    notes: dict[str, ReturnNote] = field(default_factory=dict)
    entries: dict[str, StockEntry] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    returned: Counter[str] = field(default_factory=Counter)
    history: list[str] = field(default_factory=list)

    def _request(self) -> None:
        if self.requests_left < -1 or (self.requests_left <= 0 and not self.is_last_reply_lost):
            raise ApiError("UNAVAILABLE", "the API does not answer")
        self.requests_left -= 1

    def _reply(self) -> None:
        if self.requests_left < 0:
            self.requests_left = -2
            raise ApiError("UNAVAILABLE", "the API does not answer")

    async def upsert(self, articles: Sequence[Article]) -> Mapping[str, str]:
        self._request()
        self.names |= {article.sku: article.name for article in articles}
        return {article.sku: f"variant-{article.sku}" for article in articles}

    async def sells(self, skus: Sequence[str]) -> bool:
        self._request()
        return self.variants_known_after == 0 and set(skus) <= self.names.keys()

    async def adjust(self, entry: StockEntry) -> None:
        self._request()
        if self.variants_known_after > 0:
            self.variants_known_after -= 1
            raise ShopRefused("UNKNOWN_VARIANT", "there is no such variant")
        if entry.key in self.entries:
            assert self.entries[entry.key] == entry, "an idempotency key was used with another request"
            return
        for variant_id, delta in entry.deltas:
            assert delta != 0
            self.stock[variant_id] += delta
            assert self.stock[variant_id] >= 0, f"{entry.key} takes more of {variant_id} than there is"
        self.entries[entry.key] = entry
        self._reply()

    async def place(self, job: OrderJob) -> PlacedOrder:
        self._request()
        number = job.invoice.number
        if number not in self.placed:
            self.jobs[number] = job
            self.placed[number] = PlacedOrder(f"id-{number}", number, OrderStatus.PENDING, job.total_minor)
            self.history.append(f"order {number}")
            self._reply()
        return self.placed[number]

    async def order(self, reference: str) -> PlacedOrder | None:
        self._request()
        return self.placed.get(reference)

    async def statuses(self, order_ids: Sequence[str]) -> Mapping[str, PlacedOrder]:
        self._request()
        wanted = [order for order in self.placed.values() if order.id in order_ids]
        answer = {order.id: order for order in wanted}
        for order in wanted:
            self._end(order)
        return answer

    def _end(self, order: PlacedOrder) -> None:
        if order.status is not OrderStatus.PENDING:
            return
        pieces: Counter[str] = Counter()
        for line in self.jobs[order.reference].goods:
            pieces[f"variant-{line.sku}"] += line.units
        reason = "PAYMENT_DECLINED" if order.reference in self.cancelled else None
        if any(self.stock[variant_id] < count for variant_id, count in pieces.items()):
            reason = "INSUFFICIENT_STOCK"
        if reason is None:
            self.stock.subtract(pieces)
            self.history.append(f"confirmed {order.reference}")
        status = OrderStatus.CONFIRMED if reason is None else OrderStatus.CANCELLED
        self.placed[order.reference] = replace(order, status=status, cancel_reason=reason)

    async def sold_lines(self, order_id: str, invoice: str) -> Sequence[SoldLine]:
        self._request()
        assert self.placed[invoice].id == order_id
        job = self.jobs[invoice]
        lots = [
            *(
                (LotKey(invoice, is_service=False, code=line.sku, unit_minor=line.unit_minor), line)
                for line in job.goods
            ),
            *(
                (LotKey(invoice, is_service=True, code=line.sku, unit_minor=line.unit_minor), line)
                for line in job.charges
            ),
        ]
        return [SoldLine(f"{order_id}-{place}", lot, line.units) for place, (lot, line) in enumerate(lots)]

    async def give_back(self, note: ReturnNote) -> None:
        self._request()
        if note.reference in self.notes:
            assert self.notes[note.reference] == note, "an idempotency key was used with another request"
            return
        if note.order_id is not None:
            await self._check_order(note)
        self.notes[note.reference] = note
        self.history.append(f"return {note.reference}")
        self._reply()

    async def _check_order(self, note: ReturnNote) -> None:
        order = next(order for order in self.placed.values() if order.id == note.order_id)
        assert order.status is OrderStatus.CONFIRMED
        self.requests_left += 1
        sold = {line.id: line.quantity for line in await self.sold_lines(order.id, order.reference)}
        line_ids = [line.order_line_id for line in note.lines]
        assert len(line_ids) == len(set(line_ids)), "a call names an order line once"
        for line in note.lines:
            self.returned[str(line.order_line_id)] += line.quantity
            assert self.returned[str(line.order_line_id)] <= sold[str(line.order_line_id)]
        refunded = sum(
            line.quantity * line.unit_minor
            for other in (*self.notes.values(), note)
            if other.order_id == note.order_id
            for line in other.lines
        )
        assert refunded <= order.total_minor

    async def orders_since(self, moment: datetime) -> AsyncIterator[PlacedOrder]:
        self._request()
        for number, order in self.placed.items():
            if self.jobs[number].invoice.invoiced_at >= moment:
                yield order

    async def return_references_since(self, moment: datetime) -> AsyncIterator[str]:
        self._request()
        for reference, note in self.notes.items():
            if note.occurred_at >= moment:
                yield reference

    async def movement_references(self, reasons: Iterable[str]) -> AsyncIterator[str]:
        self._request()
        wanted = set(reasons)
        for key, entry in self.entries.items():
            if entry.reason in wanted:
                yield key
