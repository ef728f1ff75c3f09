"""PINs: one's own only, counted when wrong, locked at the fifth, reset by a manager."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from kernel.ids import encode_global_id, uuid7
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.tills import RESET, REVOKE, SET_PIN, VERIFY, Person, TillShop

PIN, WRONG = "7294", "7295"


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase) -> AsyncIterator[TillShop]:
    database = provisioned_database.connect("identity_app")
    yield TillShop.over(database)
    await database.close()


async def told(shop: TillShop) -> list[str]:
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        rows = await session.scalars(text("SELECT subject FROM outbox WHERE subject LIKE 'retail.pin.%' ORDER BY seq"))
        return list(rows)


async def test_a_cashier_chooses_a_pin_and_is_known_by_it(shop: TillShop):
    till = await shop.till()

    refusals = await shop.set_pin(shop.cashier, PIN)

    assert refusals == []
    assert await shop.verify(shop.cashier, PIN, till) == "ACCEPTED"
    assert await shop.verify(shop.cashier, WRONG, till) == "PIN_REFUSED"
    assert await told(shop) == ["retail.pin.set.v1"]


async def test_what_is_stored_is_neither_the_pin_nor_of_use_to_another_person(shop: TillShop):
    till = await shop.till()
    await shop.set_pin(shop.cashier, PIN)
    await shop.set_pin(shop.second_cashier, "839201")

    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        stored = await session.scalar(text("SELECT stored FROM pin WHERE subject = 'chloe'"))
        await session.execute(text("UPDATE pin SET stored = :stored WHERE subject = 'dora'"), {"stored": stored})

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await shop.verify(shop.second_cashier, PIN, till) == "PIN_REFUSED"


@pytest.mark.parametrize(
    "pin", ["1111", "1234", "4321", "8901", "1212", "123123", "2580", "123", "123456789", "12a4", "١٢٣٥"]
)
async def test_a_pin_that_is_tried_first_is_refused(shop: TillShop, pin: str):
    assert await shop.set_pin(shop.cashier, pin) == ["WEAK_PIN"]
    assert await told(shop) == []


async def test_a_pin_is_changed_only_with_the_present_one(shop: TillShop):
    till = await shop.till()
    await shop.set_pin(shop.cashier, PIN)

    refusals = [await shop.set_pin(shop.cashier, "8391", current) for current in (None, WRONG, PIN)]

    assert refusals == [["PIN_REFUSED"], ["PIN_REFUSED"], []]
    assert await shop.verify(shop.cashier, "8391", till) == "ACCEPTED"


async def test_the_fifth_wrong_pin_locks_until_a_managers_reset(shop: TillShop):
    till = await shop.till()
    user_id = await shop.user(shop.cashier)
    await shop.set_pin(shop.cashier, PIN)

    attempts = [await shop.verify(shop.cashier, WRONG, till) for _ in range(5)]
    locked = await shop.verify(shop.cashier, PIN, till)
    unchanged = await shop.set_pin(shop.cashier, "8391", PIN)
    reset = await shop.ask(shop.manager, RESET, {"id": user_id})

    assert attempts == ["PIN_REFUSED"] * 4 + ["PIN_LOCKED"]
    assert (locked, unchanged) == ("PIN_LOCKED", ["PIN_LOCKED"])
    assert reset == {"user": {"email": "chloe@example.test"}, "userErrors": []}
    assert await shop.verify(shop.cashier, PIN, till) == "PIN_NOT_SET"
    assert await shop.set_pin(shop.cashier, "8391") == []
    assert await told(shop) == [f"retail.pin.{what}.v1" for what in ("set", "locked", "reset", "set")]


async def test_guessing_in_parallel_gains_nothing(shop: TillShop):
    till = await shop.till()
    await shop.set_pin(shop.cashier, PIN)

    answers = await asyncio.gather(*(shop.verify(shop.cashier, f"62{number}8", till) for number in range(9)))

    assert sorted(answers) == ["PIN_LOCKED"] * 5 + ["PIN_REFUSED"] * 4
    assert await shop.verify(shop.cashier, PIN, till) == "PIN_LOCKED"
    assert (await told(shop)).count("retail.pin.locked.v1") == 1


async def test_a_right_pin_forgives_the_failures_before_it(shop: TillShop):
    till = await shop.till()
    await shop.set_pin(shop.cashier, PIN)

    for _ in range(3):
        for _ in range(4):
            assert await shop.verify(shop.cashier, WRONG, till) == "PIN_REFUSED"
        assert await shop.verify(shop.cashier, PIN, till) == "ACCEPTED"


async def test_a_pin_counts_only_at_an_enrolled_till_of_the_own_store(shop: TillShop):
    till, revoked = await shop.till(), await shop.till()
    stranger = Person("sam", "cashier", (str(shop.other_store),))
    await shop.ask(shop.manager, REVOKE, {"id": revoked})
    for person in (shop.cashier, stranger):
        await shop.set_pin(person, PIN)

    refused = [
        await shop.verify(stranger, PIN, till),
        await shop.verify(shop.cashier, PIN, revoked),
        await shop.verify(shop.cashier, PIN, encode_global_id("Device", uuid7())),
    ]

    assert refused == ["DEVICE_REFUSED"] * 3
    assert await shop.verify(shop.cashier, PIN, till) == "ACCEPTED"


async def test_a_cashier_resets_no_pin_and_people_without_a_till_have_none(shop: TillShop):
    till = await shop.till()
    user_id = await shop.user(shop.second_cashier)
    await shop.set_pin(shop.second_cashier, PIN)
    clerk = Person("carl", "stock_clerk", (str(shop.store),))

    answers = [
        await shop.answer(shop.cashier, RESET, {"id": user_id}),
        await shop.answer(clerk, SET_PIN, {"input": {"pin": PIN}}),
        await shop.answer(clerk, VERIFY, {"input": {"pin": PIN, "deviceId": till}}),
    ]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["FORBIDDEN"] * 3
    assert await shop.verify(shop.second_cashier, PIN, till) == "ACCEPTED"


async def test_another_tenant_resets_nothing(shop: TillShop):
    till = await shop.till()
    user_id = await shop.user(shop.cashier)
    await shop.set_pin(shop.cashier, PIN)
    other = shop.beside()

    answer = await other.ask(other.owner, RESET, {"id": user_id})

    assert [error["code"] for error in answer["userErrors"]] == ["NO_SUCH_USER"]
    assert await shop.verify(shop.cashier, PIN, till) == "ACCEPTED"


async def test_a_till_in_use_is_seen_to_the_hour(shop: TillShop):
    till = await shop.till()
    await shop.set_pin(shop.cashier, PIN)

    await shop.verify(shop.cashier, PIN, till)
    await shop.verify(shop.cashier, PIN, till)

    seen = await shop.ask(shop.owner, "query($id: ID!) { device(id: $id) { lastSeenAt version } }", {"id": till})
    assert seen["lastSeenAt"].endswith(":00:00Z")
    assert seen["version"] == 2
