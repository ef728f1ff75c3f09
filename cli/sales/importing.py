"""An import from start to end: products, opening stock, then the invoices; and what became of every line."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cli.errors import CommandError
from cli.sales.catalogue import Article
from cli.sales.classification import AdjustmentReason
from cli.sales.journal import JobResult, JobStatus, Journal
from cli.sales.order_watch import PATIENCE_SECONDS, OrderWatch, Pause
from cli.sales.plan import ImportPlan, Job, OrderJob, earliest
from cli.sales.replay import Existing, Replay, Workshop
from cli.sales.shop import PlacedOrder, SalesShop, ShopRefused, StockEntry

LATER: Final = "LATER"
# the opening stock lies on the shelf before the first invoice
_OPENING_AT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPENING: Final = "OPENING_BALANCE"
_UNKNOWN_VARIANT: Final = "UNKNOWN_VARIANT"
_POLL_SECONDS: Final = 0.2


@dataclass(slots=True)
class Progress:
    """What an import tells while it runs; `step` names what it does, `advance` counts jobs done."""

    step: Callable[[str, int], None] = field(default=lambda _name, _total: None)
    advance: Callable[[int], None] = field(default=lambda _count: None)


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """How every line of the file ended. `counts` add up to `line_count`."""

    line_count: int
    counts: Mapping[str, int]
    problems: tuple[JobResult, ...]
    orders_placed: int
    replay_seconds: float

    @property
    def is_complete(self) -> bool:
        """True unless something failed that another run may bring in."""
        return JobStatus.FAILED not in self.counts


class SalesImport:
    """One import of one planned file into one shop; `patience_seconds` bounds each wait for the shop's workers."""

    def __init__(
        self,
        shop: SalesShop,
        journal: Journal,
        *,
        concurrency: int,
        progress: Progress | None = None,
        pause: Pause = asyncio.sleep,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._shop = shop
        self._journal = journal
        self._concurrency = concurrency
        self._progress = progress or Progress()
        self._pause = pause
        self._patience_seconds = patience_seconds
        self._failed: dict[str, JobResult] = {}

    async def run(self, plan: ImportPlan) -> ImportOutcome:
        """Import what is not imported yet.

        Raises:
            ApiError: the graph does not answer.
            ShopRefused: the graph refuses a product or the opening stock.
            CommandError: the shop's workers do not work: products do not arrive in the carts, or orders stay PENDING.
        """
        await self._check_journal(plan)
        finished = dict(self._journal.finished)
        open_jobs = tuple(job for job in plan.jobs if job.key not in finished)
        started = time.monotonic()
        if open_jobs:
            variants = await self._stock_up(plan)
            existing = await self._existing(open_jobs)
            started = time.monotonic()
            await self._replay(plan, variants, existing)
        ended = self._journal.finished
        placed = sum(1 for job in open_jobs if isinstance(job, OrderJob) and job.key in ended)
        return self._outcome(plan, placed, time.monotonic() - started)

    async def _check_journal(self, plan: ImportPlan) -> None:
        """A journal that speaks of orders the graph does not have is of another database."""
        known = [job for job in plan.jobs if isinstance(job, OrderJob) and job.key in self._journal.finished]
        for job in {known[0].key: known[0], known[-1].key: known[-1]}.values() if known else ():
            order = await self._shop.order(job.invoice.number)
            if order is None or order.id != self._journal.finished[job.key].order_id:
                self._journal.forget()
                return

    async def _stock_up(self, plan: ImportPlan) -> Mapping[str, str]:
        variants: dict[str, str] = {}
        self._progress.step("products", len(plan.article_chunks))
        for chunk in plan.article_chunks:
            variants |= await self._shop.upsert(chunk)
            self._progress.advance(1)
        self._progress.step("opening stock", len(plan.article_chunks))
        entries = [_opening(plan.digest, number, chunk, variants) for number, chunk in enumerate(plan.article_chunks)]
        for entry, chunk in zip(await self._unopened(entries), plan.article_chunks, strict=True):
            if entry is not None:
                await self._open_stock(entry)
                self._journal.record(JobResult(entry.key, JobStatus.DONE))
            await self._until_sold([article.sku for article in chunk])
            self._progress.advance(1)
        return variants

    async def _unopened(self, entries: Sequence[StockEntry]) -> list[StockEntry | None]:
        """The entries without those the journal or the graph has."""
        done = set(self._journal.finished)
        if any(entry.key not in done for entry in entries):
            done |= {reference async for reference in self._shop.movement_references([_OPENING])}
        return [entry if entry.deltas and entry.key not in done else None for entry in entries]

    async def _open_stock(self, entry: StockEntry) -> None:
        deadline = time.monotonic() + self._patience_seconds
        is_open = False
        while not is_open:
            try:
                await self._shop.adjust(entry)
                is_open = True
            except ShopRefused as refusal:
                # inventory learns of new products by events
                if refusal.code != _UNKNOWN_VARIANT or time.monotonic() > deadline:
                    raise
                await self._pause(_POLL_SECONDS)

    async def _until_sold(self, skus: list[str]) -> None:
        deadline = time.monotonic() + self._patience_seconds
        while not await self._shop.sells(skus):
            if time.monotonic() > deadline:
                raise CommandError("new products do not reach the carts: are the workers running? (retailflow status)")
            await self._pause(_POLL_SECONDS)

    async def _existing(self, open_jobs: tuple[Job, ...]) -> Existing:
        """What an earlier run has left without telling the journal."""
        moment = earliest(open_jobs)
        if moment is None:
            return Existing()
        self._progress.step("reading back", 0)
        orders: dict[str, PlacedOrder] = {order.reference: order async for order in self._shop.orders_since(moment)}
        returns = {reference async for reference in self._shop.return_references_since(moment)}
        movements = {reference async for reference in self._shop.movement_references(AdjustmentReason)}
        return Existing(orders, frozenset(returns), frozenset(movements))

    async def _replay(self, plan: ImportPlan, variants: Mapping[str, str], existing: Existing) -> None:
        finished = dict(self._journal.finished)
        self._progress.step("invoices", len(plan.jobs))
        self._progress.advance(sum(1 for job in plan.jobs if job.key in finished))
        workshop = Workshop(
            self._shop,
            OrderWatch(self._shop, pause=self._pause, patience_seconds=self._patience_seconds),
            variants,
            existing,
        )
        await Replay(workshop, concurrency=self._concurrency, report=self._report).run(plan.jobs, finished)

    def _report(self, result: JobResult) -> None:
        self._journal.record(result)
        if result.status is JobStatus.FAILED:
            self._failed[result.key] = result
        self._progress.advance(1)

    def _outcome(self, plan: ImportPlan, orders_placed: int, seconds: float) -> ImportOutcome:
        counts: Counter[str] = Counter()
        problems: list[JobResult] = []
        for job in plan.jobs:
            result = self._failed.get(job.key) or self._journal.finished[job.key]
            if result.status is JobStatus.DONE:
                counts.update(line.outcome.value for line in job.lines)
                continue
            counts[result.status.value] += len(job.lines)
            problems.append(result)
        counts["REFUSED"] += len(plan.refused)
        counts[LATER] += plan.later_count
        present = {name: count for name, count in counts.items() if count}
        return ImportOutcome(plan.line_count, present, tuple(problems), orders_placed, seconds)


def _opening(digest: str, number: int, chunk: tuple[Article, ...], variants: Mapping[str, str]) -> StockEntry:
    deltas = tuple((variants[article.sku], article.opening_stock) for article in chunk if article.opening_stock)
    return StockEntry(f"opening:{digest}:{number}", _OPENING, _OPENING_AT, deltas)
