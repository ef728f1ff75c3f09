"""A whole import against a shop in memory, killed at every possible moment."""

import asyncio
from collections import Counter
from datetime import date

import pytest

from cli.api_client import ApiError
from cli.sales.importing import ImportOutcome, SalesImport
from cli.sales.invoices import SalesBook, before, sort_out
from cli.sales.journal import Journal
from cli.sales.ledger import Ledger, ledger_of
from cli.sales.order_watch import StillPending
from cli.sales.plan import plan_import
from cli.sales.returning import invoice_of
from cli.sales.shop import OrderStatus
from cli.sales.source import parse_sales
from tests.factories.product import LUMEN
from tests.factories.sales import MINIATURE, book_of, row
from tests.fakes.sales_shop import FakeShop


async def no_pause(_seconds: float) -> None:
    await asyncio.sleep(0)


async def imported(folder, shop, book: SalesBook, *, until=None, concurrency=4) -> ImportOutcome:
    with Journal.open(folder, book.digest, LUMEN) as journal:
        task = SalesImport(shop, journal, concurrency=concurrency, pause=no_pause)
        return await task.run(plan_import(book, until))


def miniature() -> SalesBook:
    return sort_out(parse_sales(MINIATURE.read_bytes()))


def graph_of(shop: FakeShop) -> Ledger:
    """What the shop says, as far as totals go."""
    ledger = Ledger()
    for number, order in shop.placed.items():
        assert order.status is OrderStatus.CONFIRMED
        ledger.invoice_totals[number] += order.total_minor
        for line in shop.jobs[number].goods:
            ledger.units_sold[line.sku] += line.units
    for reference, note in shop.notes.items():
        ledger.credit_totals[invoice_of(reference)] += sum(line.quantity * line.unit_minor for line in note.lines)
        for line in (line for line in note.lines if not line.is_service):
            ledger.units_returned[line.code] += line.quantity
    for reason, delta in ((entry.reason, delta) for entry in shop.entries.values() for _, delta in entry.deltas):
        if reason != "OPENING_BALANCE":
            ledger.adjust(reason, delta)
    return ledger


def assert_same(shop: FakeShop, book: SalesBook, until=None) -> None:
    file, graph = ledger_of(before(book.invoices, until)), graph_of(shop)
    for figure in ("invoice_totals", "units_sold", "credit_totals", "units_returned", "adjustments", "line_count"):
        assert getattr(graph, figure) == getattr(file, figure), figure


EXPECTED = {"SALE": 16, "CHARGE": 7, "RETURN": 8, "RETURN_CHARGE": 4, "STOCK_ADJUSTMENT": 6, "REFUSED": 8}


@pytest.mark.parametrize("concurrency", [1, 2, 16])
async def test_the_miniature_arrives_to_the_penny(tmp_path, concurrency):
    shop, book = FakeShop(variants_known_after=2), miniature()

    outcome = await imported(tmp_path, shop, book, concurrency=concurrency)

    assert outcome.counts == EXPECTED
    assert sum(outcome.counts.values()) == outcome.line_count
    assert (outcome.is_complete, outcome.problems, outcome.orders_placed) == (True, (), 11)
    assert_same(shop, book)


async def test_a_second_import_changes_nothing(tmp_path):
    shop, book = FakeShop(), miniature()
    await imported(tmp_path, shop, book)
    before_second = (Counter(shop.stock), dict(shop.notes), list(shop.history))

    outcome = await imported(tmp_path, shop, book)

    assert outcome.counts == EXPECTED
    assert outcome.orders_placed == 0
    assert (shop.stock, shop.notes, shop.history) == before_second


@pytest.mark.parametrize("is_reply_lost", [False, True], ids=["before the effect", "after the effect"])
@pytest.mark.parametrize("is_journal_lost", [False, True], ids=["journal kept", "journal lost"])
async def test_killed_at_any_request_it_goes_on_and_ends_the_same(tmp_path, is_journal_lost, is_reply_lost):
    book, reference = miniature(), FakeShop()
    await imported(tmp_path / "whole", reference, book)
    needed = 10**9 - reference.requests_left

    for kill_after in range(needed):
        folder, shop = tmp_path / str(kill_after), FakeShop(requests_left=kill_after, is_last_reply_lost=is_reply_lost)
        with pytest.raises(ApiError):
            await imported(folder, shop, book)
        shop.requests_left = 10**9
        if is_journal_lost:
            for journal in folder.glob("*.jsonl"):
                journal.unlink()

        outcome = await imported(folder, shop, book)

        assert outcome.counts == EXPECTED
        assert shop.stock == reference.stock
        assert shop.notes == reference.notes
        assert_same(shop, book)


async def test_a_longer_import_of_the_same_file_adds_only_the_rest(tmp_path):
    shop, book, day = FakeShop(), miniature(), date(2010, 12, 2)

    first = await imported(tmp_path, shop, book, until=day)
    assert_same(shop, book, day)
    second = await imported(tmp_path, shop, book)

    assert first.counts["LATER"] == 24 - 3
    assert sum(first.counts.values()) == first.line_count
    assert second.counts == EXPECTED
    assert_same(shop, book)


async def test_a_journal_of_another_database_is_set_aside(tmp_path):
    book = miniature()
    await imported(tmp_path, FakeShop(), book)
    empty = FakeShop()

    outcome = await imported(tmp_path, empty, book)

    assert outcome.counts == EXPECTED
    assert_same(empty, book)


async def test_a_customers_invoices_keep_their_order_and_returns_wait_for_the_confirmation(tmp_path):
    rows = [
        row("1", "10001", 5, "2.00"),
        row("2", "10001", 1, "3.00", customer="20002"),
        row("C3", "10001", -1, "2.00"),
        row("4", "10001", 1, "2.00"),
        row("5", "10001", 1, "2.00", customer=None),
        row("C6", "10001", -1, "2.00", customer=None),
    ]
    shop = FakeShop()

    await imported(tmp_path, shop, book_of(*rows), concurrency=16)

    happened = [event for event in shop.history if event.split()[1] in {"1", "C3", "4"}]
    assert happened == ["order 1", "confirmed 1", "return C3", "order 4", "confirmed 4"]
    assert shop.history.index("confirmed 5") < shop.history.index("return C6")


async def test_a_cancelled_order_is_counted_with_its_reason_and_so_is_its_return(tmp_path):
    book = book_of(row("1", "10001", 5, "2.00"), row("1", "POST", 1, "5.00"), row("C2", "10001", -1, "2.00"))
    shop = FakeShop(cancelled=frozenset({"1"}))

    outcome = await imported(tmp_path, shop, book)

    assert outcome.counts == {"CANCELLED": 3}
    assert [(problem.key, problem.reason) for problem in outcome.problems] == [
        ("order:1", "PAYMENT_DECLINED"),
        ("return:C2", "the order 1 that it returns was not confirmed"),
    ]
    assert shop.notes == {}
    assert (await imported(tmp_path, shop, book)).counts == {"CANCELLED": 3}


async def test_an_order_that_costs_something_else_in_the_graph_fails_loudly(tmp_path):
    book, other = book_of(row("1", "10001", 5, "2.00")), book_of(row("1", "10001", 5, "2.50"))
    shop = FakeShop()
    await imported(tmp_path, shop, other)

    outcome = await imported(tmp_path, shop, book)

    assert outcome.counts == {"FAILED": 1}
    assert not outcome.is_complete
    assert outcome.problems[0].reason == "the order 1 in the graph costs 1250, not 1000"


async def test_an_import_stops_when_nobody_works_on_checkouts(tmp_path):
    class Asleep(FakeShop):
        async def statuses(self, order_ids):
            self._request()
            return {order.id: order for order in self.placed.values() if order.id in order_ids}

    book, shop = book_of(*(row(str(number), "10001", 1, "2.00") for number in range(1, 9))), Asleep()
    with Journal.open(tmp_path, book.digest, LUMEN) as journal:
        task = SalesImport(shop, journal, concurrency=2, pause=no_pause, patience_seconds=0.0)
        with pytest.raises(StillPending, match="are the workers running"):
            await task.run(plan_import(book))

    assert len(shop.placed) == 1
