"""Approvals by a manager's PIN: once, soon, here, for this person; nobody learns who the managers are (N47, N48)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from kernel.database import count_statements
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.tills import Person, TillShop

PIN, WRONG = "7294", "7295"


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase) -> AsyncIterator[TillShop]:
    database = provisioned_database.connect("identity_app")
    built = TillShop.over(database)
    await built.user(built.manager)
    await built.set_pin(built.manager, PIN)
    yield built
    await database.close()


async def told(shop: TillShop) -> list[str]:
    query = "SELECT subject FROM outbox WHERE subject LIKE 'retail.approval.%' ORDER BY seq"
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        return list(await session.scalars(text(query)))


async def test_an_approval_is_used_once(shop: TillShop):
    till = await shop.till()

    granted = await shop.grant(till, PIN)
    used = [await shop.consume(granted["approvalId"], till) for _ in range(2)]

    assert granted["userErrors"] == []
    assert used == [[], ["APPROVAL_REFUSED"]]
    assert await told(shop) == ["retail.approval.granted.v1", "retail.approval.consumed.v1"]


async def test_two_at_once_use_it_once(shop: TillShop):
    till = await shop.till()
    granted = await shop.grant(till, PIN)

    used = await asyncio.gather(*(shop.consume(granted["approvalId"], till) for _ in range(4)))

    assert sorted(used) == [[], *[["APPROVAL_REFUSED"]] * 3]


async def test_n48_an_approval_is_bound_to_cashier_till_action_and_reference(shop: TillShop):
    till, other_till = await shop.till(), await shop.till()
    approval_id = (await shop.grant(till, PIN))["approvalId"]

    refused = [
        await shop.consume(approval_id, till, shop.second_cashier),
        await shop.consume(approval_id, till, shop.manager),
        await shop.consume(approval_id, other_till),
        await shop.consume(approval_id, till, action="DRAWER_OPEN"),
        await shop.consume(approval_id, till, reference="cart-line-2"),
    ]

    assert refused == [["APPROVAL_REFUSED"]] * 5
    assert await shop.consume(approval_id, till) == []


async def test_an_approval_is_good_for_two_minutes(shop: TillShop):
    till = await shop.till()
    approval_id = (await shop.grant(till, PIN))["approvalId"]

    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        query = "SELECT extract(epoch FROM expires_at - granted_at)::int FROM approval"
        seconds = await session.scalar(text(query))
        await session.execute(text("UPDATE approval SET expires_at = granted_at"))

    assert seconds == 120
    assert await shop.consume(approval_id, till) == ["APPROVAL_REFUSED"]


async def test_n47_whoever_cannot_approve_is_refused_alike_and_at_the_same_cost(shop: TillShop):
    till = await shop.till()
    await shop.user(shop.second_cashier)
    await shop.set_pin(shop.second_cashier, PIN)
    await shop.user(Person("pinless", "store_manager", (str(shop.store),)))
    elsewhere = Person("eve", "store_manager", (str(shop.other_store),))
    await shop.user(elsewhere)
    await shop.set_pin(elsewhere, PIN)
    asked = {
        "wrong PIN": {"pin": WRONG},
        "unknown": {"pin": PIN, "approverEmail": "nobody@example.test"},
        "no manager": {"pin": PIN, "approverEmail": "dora@example.test"},
        "no PIN": {"pin": PIN, "approverEmail": "pinless@example.test"},
        "of another store": {"pin": PIN, "approverEmail": "eve@example.test"},
    }

    answers, costs = [], []
    for changes in asked.values():
        checks = shop.secrets.checks
        with count_statements() as count:
            answers.append(await shop.grant(till, **changes))
        costs.append((shop.secrets.checks - checks, count.total))

    assert [error["code"] for error in answers[0]["userErrors"]] == ["APPROVAL_REFUSED"]
    assert answers == [answers[0]] * 5
    # fence, device, user, PIN, outbox; the counted failure of the first is one more
    assert costs == [(1, 7), *[(1, 6)] * 4]
    assert await told(shop) == ["retail.approval.denied.v1"] * 5


async def test_who_manages_this_store_among_others_or_the_whole_shop_may_approve(shop: TillShop):
    till = await shop.till()

    for person in (shop.manager_of_both, shop.owner):
        await shop.user(person)
        await shop.set_pin(person, PIN)
        answer = await shop.grant(till, PIN, approverEmail=f"{person.subject}@example.test")
        assert answer["userErrors"] == []


async def test_a_manager_who_works_elsewhere_now_approves_here_no_more(shop: TillShop):
    till = await shop.till()
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        await session.execute(text('UPDATE "user" SET store_ids = :stores'), {"stores": [shop.other_store]})

    refused = await shop.grant(till, PIN)

    assert [error["code"] for error in refused["userErrors"]] == ["APPROVAL_REFUSED"]


async def test_five_wrong_pins_lock_the_manager_too_and_the_answer_stays_the_same(shop: TillShop):
    till = await shop.till()

    answers = [await shop.grant(till, pin) for pin in (*[WRONG] * 5, PIN)]

    assert [answer["userErrors"][0]["code"] for answer in answers] == ["APPROVAL_REFUSED"] * 6
    assert answers[5] == answers[0]
    assert await shop.verify(shop.manager, PIN, till) == "PIN_LOCKED"


@pytest.mark.parametrize(
    "changes", [{"reason": " "}, {"reference": ""}, {"reason": "x" * 201}, {"reference": "x" * 121}]
)
async def test_an_approval_says_what_it_is_about(shop: TillShop, changes: dict[str, str]):
    refused = await shop.grant(await shop.till(), PIN, **changes)

    assert [error["code"] for error in refused["userErrors"]] == ["INVALID"]
    assert await told(shop) == []
