import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import TypeVar

import pytest

from kernel.database import count_statements
from kernel.ids import GlobalId
from subgraphs.inventory.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.inventory import RESERVE, Warehouse, order_id
from tests.factories.subgraphs import client_of

T = TypeVar("T")


@pytest.fixture
async def warehouse(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Warehouse]:
    database = provisioned_database.connect("inventory_app", pool_size=16)
    yield Warehouse(client_of("inventory", build_schema(), database))
    await database.close()


def codes(answer: dict) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def at_tills(acts: Iterable[Awaitable[T]]) -> list[T]:
    """All of them, twice as many at a time as there are connections: enough to meet, and none waits too long."""
    tills = asyncio.Semaphore(32)

    async def at_one(act: Awaitable[T]) -> T:
        async with tills:
            return await act

    return await asyncio.gather(*map(at_one, acts))


async def test_two_hundred_buyers_of_fifty_pieces_get_exactly_fifty(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 50)

    answers = await at_tills(warehouse.reserve(order_id(), {variants[0]: 1}) for _ in range(200))

    outcomes = Counter(tuple(codes(answer)) for answer in answers)
    assert outcomes == {(): 50, ("INSUFFICIENT_STOCK",): 150}
    assert await warehouse.counts(variants[0]) == (50, 50)
    await warehouse.assert_books_balance()
    facts = await warehouse.rows("SELECT subject, count(*) FROM outbox WHERE subject ~ 'reserv' GROUP BY 1 ORDER BY 1")
    assert facts == [
        ("retail.inventory.stock.reservation.failed.v1", 150),
        ("retail.inventory.stock.reserved.v1", 50),
    ]


async def test_carts_with_the_same_goods_in_opposite_order_do_not_deadlock(warehouse: Warehouse):
    first, second = await warehouse.stocked_variants(2, 1000)

    async def buy(number: int) -> list[str]:
        lines = {first: 1, second: 1} if number % 2 else {second: 1, first: 1}
        order = order_id()
        refused = codes(await warehouse.reserve(order, lines))
        closed = await (warehouse.commit(order) if number % 3 else warehouse.release(order))
        return refused + codes(closed)

    answers = await at_tills(buy(number) for number in range(150))

    assert answers == [[]] * 150
    assert [await warehouse.counts(variant) for variant in (first, second)] == [(900, 0), (900, 0)]
    await warehouse.assert_books_balance()


async def test_stock_is_taken_from_one_place_that_has_it_all_and_split_only_when_needed(warehouse: Warehouse):
    variants = await warehouse.learn_variants(1)
    store = await warehouse.open_location(kind="STORE")
    warehouse_1 = await warehouse.open_location()
    await warehouse.stock(variants, 5, location=store)
    await warehouse.stock(variants, 3, location=warehouse_1)
    split = "SELECT kind, quantity FROM reservation_line JOIN stock_location ON id = location_id ORDER BY quantity"

    await warehouse.reserve(order_id(), {variants[0]: 4})
    assert await warehouse.rows(split) == [("STORE", 4)]

    await warehouse.reserve(order_id(), {variants[0]: 4})
    assert await warehouse.rows(split) == [("STORE", 1), ("WAREHOUSE", 3), ("STORE", 4)]
    await warehouse.assert_books_balance()


async def test_a_thousand_lines_reserve_commit_and_release_in_a_handful_of_statements(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1000, 2)
    lines = dict.fromkeys(variants, 1)
    sold, given_back = order_id(), order_id()

    with count_statements() as reserving:
        assert codes(await warehouse.reserve(sold, lines)) == []
    with count_statements() as committing:
        assert codes(await warehouse.commit(sold)) == []
    await warehouse.reserve(given_back, lines)
    with count_statements() as releasing:
        assert codes(await warehouse.release(given_back)) == []

    # fence, key, reservation, lock, levels, lines, answer, outbox; then fence and reservation for the payload
    assert reserving.total == 10
    # fence, key, reservation, lock, lines, close, levels, movements, answer, outbox; then fence and reservation
    assert committing.total == 12
    # fence, key, claim, reservation, lock, lines, close, levels, answer, outbox; then fence and reservation
    assert releasing.total == 12
    assert await warehouse.rows("SELECT sum(on_hand), sum(reserved) FROM stock_level") == [(1000, 0)]
    await warehouse.assert_books_balance()


async def test_a_shortage_names_the_variants_and_holds_nothing(warehouse: Warehouse):
    plenty, short, none = await warehouse.stocked_variants(3, 2)

    answer = await warehouse.reserve(order_id(), {plenty: 1, short: 3, none: 9})

    assert answer["reservation"] is None
    assert [(error["code"], error["variantIds"]) for error in answer["userErrors"]] == [
        ("INSUFFICIENT_STOCK", [short, none])
    ]
    assert [await warehouse.counts(variant) for variant in (plenty, short, none)] == [(2, 0)] * 3
    assert await warehouse.rows("SELECT count(*) FROM reservation") == [(0,)]


async def test_a_shortage_is_answered_again_for_its_key_though_stock_has_come(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 1)
    order = order_id()
    await warehouse.reserve(order, {variants[0]: 2}, key="step-1")
    await warehouse.stock(variants, 5)

    again = await warehouse.reserve(order, {variants[0]: 2}, key="step-1")
    anew = await warehouse.reserve(order, {variants[0]: 2}, key="step-2")

    assert codes(again) == ["INSUFFICIENT_STOCK"]
    assert codes(anew) == []


async def test_a_reservation_arriving_after_the_release_is_refused(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 5)
    order = order_id()

    tombstone = await warehouse.release(order)
    late = await warehouse.reserve(order, {variants[0]: 2})

    assert tombstone["reservation"]["status"] == "RELEASED"
    assert (late["reservation"], codes(late)) == (None, ["RESERVATION_RELEASED"])
    assert await warehouse.counts(variants[0]) == (5, 0)


async def test_releasing_gives_back_once(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 5)
    order = order_id()
    await warehouse.reserve(order, {variants[0]: 2})

    answers = await asyncio.gather(*(warehouse.release(order) for _ in range(10)))

    assert {answer["reservation"]["status"] for answer in answers} == {"RELEASED"}
    assert await warehouse.counts(variants[0]) == (5, 0)
    assert await warehouse.rows("SELECT count(*) FROM outbox WHERE subject ~ 'released'") == [(1,)]
    assert codes(await warehouse.commit(order)) == ["RESERVATION_RELEASED"]
    await warehouse.assert_books_balance()


async def test_committing_sells_once(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 5)
    order = order_id()
    await warehouse.reserve(order, {variants[0]: 2})

    answers = await asyncio.gather(*(warehouse.commit(order) for _ in range(10)))

    assert {answer["reservation"]["status"] for answer in answers} == {"COMMITTED"}
    assert await warehouse.counts(variants[0]) == (3, 0)
    assert await warehouse.rows("SELECT delta FROM stock_movement WHERE reason = 'SALE'") == [(-2,)]
    assert codes(await warehouse.release(order)) == ["RESERVATION_COMMITTED"]
    await warehouse.assert_books_balance()


async def test_commit_and_release_at_once_have_one_winner(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 100)
    orders = [order_id() for _ in range(30)]
    for order in orders:
        await warehouse.reserve(order, {variants[0]: 1})

    async def race(order: str) -> str:
        commit, release = await asyncio.gather(warehouse.commit(order), warehouse.release(order))
        assert sorted([codes(commit), codes(release)]) in (
            [[], ["RESERVATION_COMMITTED"]],
            [[], ["RESERVATION_RELEASED"]],
        )
        return "sold" if codes(commit) == [] else "released"

    winners = Counter(await asyncio.gather(*(race(order) for order in orders)))

    assert await warehouse.counts(variants[0]) == (100 - winners["sold"], 0)
    assert winners.total() == 30
    await warehouse.assert_books_balance()


async def test_reserve_and_release_at_once_never_leave_stock_held(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 100)

    async def race() -> None:
        order = order_id()
        await asyncio.gather(warehouse.reserve(order, {variants[0]: 1}), warehouse.release(order))

    await asyncio.gather(*(race() for _ in range(40)))

    assert await warehouse.counts(variants[0]) == (100, 0)
    await warehouse.assert_books_balance()


async def test_one_reservation_per_order_whatever_the_keys(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(2, 100)
    order = order_id()

    answers = await asyncio.gather(*(warehouse.reserve(order, {variants[0]: 3}) for _ in range(10)))
    other = await warehouse.reserve(order, {variants[1]: 3})

    assert len({answer["reservation"]["id"] for answer in answers}) == 1
    assert codes(other) == ["RESERVATION_DIFFERS"]
    assert [await warehouse.counts(variant) for variant in variants] == [(100, 3), (100, 0)]


async def test_fifty_calls_with_one_key_have_one_effect_and_equal_answers(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 100)
    order = order_id()

    answers = await asyncio.gather(*(warehouse.reserve(order, {variants[0]: 3}, key="one") for _ in range(50)))
    lines = [{"variantId": variants[0], "quantity": 4}]
    other = await warehouse.client.answer(
        RESERVE, {"order": order, "lines": lines, "key": "one"}, role="tenant_owner checkout_saga"
    )

    assert all(answer == answers[0] for answer in answers)
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await warehouse.counts(variants[0]) == (100, 3)


@pytest.mark.parametrize("quantity", [0, -1])
async def test_a_quantity_below_one_is_refused(warehouse: Warehouse, quantity: int):
    variants = await warehouse.stocked_variants(1, 5)

    answer = await warehouse.reserve(order_id(), {variants[0]: quantity})

    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [
        ("INVALID_QUANTITY", ["lines", "0", "quantity"])
    ]
    assert await warehouse.counts(variants[0]) == (5, 0)


async def test_an_order_without_goods_reserves_and_commits_nothing(warehouse: Warehouse):
    order = order_id()

    reserved = await warehouse.reserve(order, {})
    committed = await warehouse.commit(order)

    assert reserved["reservation"]["status"] == "OPEN"
    assert committed["reservation"]["status"] == "COMMITTED"


async def test_committing_what_was_never_reserved_is_refused(warehouse: Warehouse):
    assert codes(await warehouse.commit(order_id())) == ["NO_SUCH_RESERVATION"]


async def test_another_tenant_cannot_reach_a_reservation(warehouse: Warehouse):
    variants = await warehouse.stocked_variants(1, 5)
    order = order_id()
    await warehouse.reserve(order, {variants[0]: 2})
    stranger = Warehouse(warehouse.client.for_tenant(GlobalId.decode(order, expected_type="Order").uuid))

    assert codes(await stranger.commit(order)) == ["NO_SUCH_RESERVATION"]
    assert codes(await stranger.release(order)) == []
    assert codes(await stranger.reserve(order, {variants[0]: 1})) == ["RESERVATION_RELEASED"]
    assert await warehouse.counts(variants[0]) == (5, 2)


async def test_a_storm_of_orders_adjustments_and_returns_keeps_the_books(warehouse: Warehouse):
    seed = 20261121
    chance = random.Random(seed)
    variants = await warehouse.stocked_variants(7, 20)
    second_place = await warehouse.open_location(kind="STORE")
    await warehouse.stock(variants, 10, location=second_place)

    async def act(number: int) -> None:
        chosen = chance.sample(variants, chance.randint(1, 7))
        order = order_id()
        if number % 5 == 0:
            await warehouse.stock(chosen, 2, location=chance.choice(warehouse.locations))
            return
        if codes(await warehouse.reserve(order, {variant: chance.randint(1, 4) for variant in chosen})):
            return
        if number % 2:
            await warehouse.commit(order)
        elif number % 3:
            await warehouse.release(order)

    await at_tills(act(number) for number in range(120))

    await warehouse.assert_books_balance()
    assert await warehouse.rows("SELECT count(*) FROM stock_level WHERE reserved > on_hand OR reserved < 0") == [(0,)]
