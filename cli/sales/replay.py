"""Carries out the jobs of a plan, many at once, in an order that keeps every customer's history.

A job begins when the earlier jobs of its customer have ended and, for a return, when the orders it refers to have.
Everything may run twice: after a kill the same job finds what its first run has left.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cli.api_client import ApiError
from cli.sales.journal import JobResult, JobStatus
from cli.sales.order_watch import OrderWatch, StillPending
from cli.sales.plan import AdjustmentJob, Job, OrderJob, ReturnJob
from cli.sales.returning import LotDiffers, note_of, reference_of
from cli.sales.shop import OrderStatus, PlacedOrder, SalesShop, ShopRefused, SoldLine, StockEntry

# jobs that wait for others hold no slot, but are looked ahead at only so far
_LOOKAHEAD: Final = 8
# what the graph says about one request; anything else stops the import
_REFUSALS: Final = frozenset({"BAD_USER_INPUT", "CONFLICT", "NOT_FOUND", "IDEMPOTENCY_KEY_REUSED", "INTERNAL"})


@dataclass(frozen=True, slots=True)
class Existing:
    """What the graph has already: orders by invoice number, references of returns and of stock movements."""

    orders: Mapping[str, PlacedOrder] = field(default_factory=dict[str, PlacedOrder])
    returns: frozenset[str] = frozenset()
    movements: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the jobs work with; `variants` are ids by SKU of the products imported."""

    shop: SalesShop
    watch: OrderWatch
    variants: Mapping[str, str]
    existing: Existing


class Replay:
    """One run over the unfinished jobs. `report` hears every result, in the order in which jobs end."""

    def __init__(self, workshop: Workshop, *, concurrency: int, report: Callable[[JobResult], None]) -> None:
        self._workshop = workshop
        self._report = report
        self._slots = asyncio.Semaphore(concurrency)
        self._window = asyncio.Semaphore(concurrency * _LOOKAHEAD)
        self._results: dict[str, asyncio.Task[JobResult]] = {}
        self._last_of_customer: dict[str, asyncio.Task[JobResult]] = {}
        self._known: dict[str, JobResult] = {}

    async def run(self, jobs: Iterable[Job], finished: Mapping[str, JobResult]) -> None:
        """Do every job that is not `finished`.

        Raises:
            ApiError: the graph does not answer any more, or does not accept the credentials.
            StillPending: nobody works on checkouts.
        """
        self._known.update(finished)
        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    if job.key not in finished:
                        await self._window.acquire()
                        self._start(group, job)
        except* (ApiError, StillPending) as errors:
            raise _first(errors) from errors
        finally:
            await self._workshop.watch.close()

    def _start(self, group: asyncio.TaskGroup, job: Job) -> None:
        customer = job.invoice.customer
        earlier = [self._results[key] for key in _awaited(job) if key in self._results]
        if customer is not None and customer in self._last_of_customer:
            earlier.append(self._last_of_customer[customer])
        task = group.create_task(self._do(job, earlier))
        self._results[job.key] = task
        if customer is not None:
            self._last_of_customer[customer] = task

    async def _do(self, job: Job, earlier: Sequence[asyncio.Task[JobResult]]) -> JobResult:
        try:
            if earlier:
                await asyncio.wait(earlier)
            async with self._slots:
                result = await self._attempt(job)
        finally:
            self._window.release()
        self._known[job.key] = result
        self._report(result)
        return result

    async def _attempt(self, job: Job) -> JobResult:
        try:
            match job:
                case OrderJob():
                    return await self._order(job)
                case AdjustmentJob():
                    return await self._adjust(job)
                case ReturnJob():
                    return await self._give_back(job)
        except ShopRefused as refusal:
            return JobResult(job.key, JobStatus.FAILED, str(refusal))
        except LotDiffers as problem:
            return JobResult(job.key, JobStatus.FAILED, str(problem))
        except ApiError as error:
            if error.code not in _REFUSALS:
                raise
            return JobResult(job.key, JobStatus.FAILED, str(error))

    async def _order(self, job: OrderJob) -> JobResult:
        shop, number = self._workshop.shop, job.invoice.number
        placed = self._workshop.existing.orders.get(number) or await shop.place(job)
        if placed.total_minor != job.total_minor:
            reason = f"the order {number} in the graph costs {placed.total_minor}, not {job.total_minor}"
            return JobResult(job.key, JobStatus.FAILED, reason)
        ended = await self._workshop.watch.terminal(placed)
        if ended.status is OrderStatus.CANCELLED:
            told = await shop.order(number)
            reason = (told.cancel_reason if told is not None else None) or "the order was cancelled"
            return JobResult(job.key, JobStatus.CANCELLED, reason, ended.id)
        return JobResult(job.key, JobStatus.DONE, order_id=ended.id)

    async def _adjust(self, job: AdjustmentJob) -> JobResult:
        if job.key not in self._workshop.existing.movements:
            deltas = tuple((self._workshop.variants[line.sku], line.stock_delta) for line in job.lines)
            entry = StockEntry(job.key, job.reason, job.invoice.invoiced_at, deltas)
            await self._workshop.shop.adjust(entry)
        return JobResult(job.key, JobStatus.DONE)

    async def _give_back(self, job: ReturnJob) -> JobResult:
        orders = {number: self._known.get(f"order:{number}") for number in job.orders}
        for number, ended in orders.items():
            if ended is None or ended.status is not JobStatus.DONE:
                reason = f"the order {number} that it returns was not confirmed"
                is_final = ended is not None and ended.status is JobStatus.CANCELLED
                return JobResult(job.key, JobStatus.CANCELLED if is_final else JobStatus.FAILED, reason)
        for position, part in enumerate(job.parts):
            if reference_of(job.invoice.number, position) in self._workshop.existing.returns:
                continue
            ended = orders[part.order] if part.order is not None else None
            order_id = ended.order_id if ended is not None else None
            note = note_of(job, position, order_id, await self._sold_lines(order_id, part.order))
            await self._workshop.shop.give_back(note)
        return JobResult(job.key, JobStatus.DONE)

    async def _sold_lines(self, order_id: str | None, invoice: str | None) -> Sequence[SoldLine]:
        if order_id is None or invoice is None:
            return ()
        return await self._workshop.shop.sold_lines(order_id, invoice)


def _awaited(job: Job) -> list[str]:
    return [f"order:{number}" for number in job.orders] if isinstance(job, ReturnJob) else []


def _first(errors: ExceptionGroup[ApiError | StillPending]) -> ApiError | StillPending:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
