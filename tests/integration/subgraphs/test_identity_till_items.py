"""Items of tills' batches: each takes effect once, whatever is sent again, at once, or ends in between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from kernel.database import Transaction, count_statements
from kernel.ids import uuid7
from subgraphs.identity.model import TillDeed, TillItemOutcome, TillItemStatus
from subgraphs.identity.use_cases import take_till_item
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.tills import Person, TillShop

PIN = "7294"
TAKE = """mutation($input: TillItemsTakeInput!) { tillItemsTake(input: $input) {
  results { id status code field reason } userErrors { field code } } }"""
NOON = "2026-03-01T12:00:00Z"
UTC_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase) -> AsyncIterator[TillShop]:
    database = provisioned_database.connect("identity_app")
    built = TillShop.over(database)
    await built.user(built.manager)
    await built.set_pin(built.manager, PIN)
    yield built
    await database.close()


def event(name: str = "DRAWER_OPENED", **fields: Any) -> dict[str, Any]:
    return item("till_event", {"event": name}, **fields)


def item(kind: str, body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "kind": kind, "occurredAt": NOON, "body": orjson.dumps(body).decode()} | fields


async def take(
    shop: TillShop, till: str, items: list[dict[str, Any]], *, batch: str | None = None, person: Person | None = None
) -> list[tuple[str, str | None]]:
    """Status and code of each item, after a look at their order."""
    given = {"deviceId": till, "batchId": batch or str(uuid7()), "items": items}
    answer = await shop.ask(person or shop.cashier, TAKE, {"input": given})
    assert answer["userErrors"] == []
    assert [result["id"] for result in answer["results"]] == [one["id"] for one in items]
    return [(result["status"], result["code"]) for result in answer["results"]]


async def journal(shop: TillShop) -> list[str]:
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        rows = await session.execute(text("SELECT kind, status FROM identity.till_item ORDER BY received_at, id"))
        return [f"{row.kind} {row.status}" for row in rows]


async def consumed(shop: TillShop) -> int:
    query = "SELECT count(*) FROM outbox WHERE subject = 'retail.approval.consumed.v1'"
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        return (await session.execute(text(query))).scalar_one()


async def approval(shop: TillShop, till: str, **fields: Any) -> dict[str, Any]:
    granted = (await shop.grant(till, PIN))["approvalId"]
    return item("approval", {"approval_id": granted, "action": "VOID", "reference": "cart-line-1"}, **fields)


async def test_the_same_batch_again_is_answered_alike_and_does_nothing_more(shop: TillShop):
    till, batch = await shop.till(), str(uuid7())
    items = [event(), await approval(shop, till), item("approval", {"approval_id": "x"}), event("NOTHING")]

    answers = [await take(shop, till, items, batch=batch) for _ in range(3)]

    assert answers[0] == [("ACCEPTED", None), ("ACCEPTED", None), ("REJECTED", "INVALID"), ("REJECTED", "INVALID")]
    assert answers[1:] == [answers[0]] * 2
    assert await consumed(shop) == 1
    assert len(await journal(shop)) == 4


async def test_the_same_batch_at_once_takes_effect_once(shop: TillShop):
    till, batch = await shop.till(), str(uuid7())
    items = [event(), await approval(shop, till)]

    answers = await asyncio.gather(*(take(shop, till, items, batch=batch) for _ in range(5)))

    assert answers == [[("ACCEPTED", None)] * 2] * 5
    assert await consumed(shop) == 1


async def test_an_item_of_another_batch_is_a_duplicate(shop: TillShop):
    till, batch = await shop.till(), str(uuid7())
    known = event()
    await take(shop, till, [known])

    answers = [
        await take(shop, till, [known, event(id="0198c5d0-0000-7000-8000-000000000001")], batch=batch) for _ in range(2)
    ]

    assert answers == [[("DUPLICATE", None), ("ACCEPTED", None)]] * 2


async def test_an_id_stands_for_one_item_of_one_cashier_at_one_till(shop: TillShop):
    till, other_till, batch = await shop.till(), await shop.till(), str(uuid7())
    known = event()
    await take(shop, till, [known], batch=batch)

    reused = [
        await take(shop, till, [known | {"body": '{"event":"NETWORK_LOST"}'}], batch=batch),
        await take(shop, till, [known | {"occurredAt": "2026-03-01T12:00:01Z"}], batch=batch),
        await take(shop, till, [known | {"kind": "approval"}], batch=batch),
        await take(shop, other_till, [known], batch=batch),
        await take(shop, till, [known], batch=batch, person=shop.second_cashier),
    ]

    assert reused == [[("REJECTED", "IDEMPOTENCY_KEY_REUSED")]] * 5
    assert await journal(shop) == ["till_event ACCEPTED"]


async def test_n15_another_tenants_till_may_use_the_same_ids(shop: TillShop):
    """N15: nothing of another tenant is known, not even an id."""
    other, known, batch = shop.beside(), event(), str(uuid7())

    assert await take(shop, await shop.till(), [known], batch=batch) == [("ACCEPTED", None)]
    assert await take(other, await other.till(), [known], batch=batch) == [("ACCEPTED", None)]


async def test_an_unknown_kind_is_rejected_by_name_and_may_come_again(shop: TillShop, monkeypatch: pytest.MonkeyPatch):
    till, batch = await shop.till(), str(uuid7())
    items = [item("sale", {"total": 1}), event()]

    before = await take(shop, till, items, batch=batch)
    monkeypatch.setattr(take_till_item, "KINDS", {**take_till_item.KINDS, "sale": accepted})
    after = await take(shop, till, items, batch=batch)

    assert before == [("REJECTED", "UNKNOWN_KIND"), ("ACCEPTED", None)]
    assert after == [("ACCEPTED", None)] * 2


async def accepted(_tx: Transaction, _deed: TillDeed) -> TillItemOutcome:
    return TillItemOutcome(TillItemStatus.ACCEPTED)


@pytest.mark.parametrize("ending", ["cancelled", "error"])
async def test_what_ends_between_two_items_is_taken_up_where_it_ended(
    shop: TillShop, monkeypatch: pytest.MonkeyPatch, ending: str
):
    till, batch = await shop.till(), str(uuid7())
    items = [await approval(shop, till), item("sale", {}), event()]
    begun = asyncio.Event()

    async def end(tx: Transaction, _deed: TillDeed) -> TillItemOutcome:
        # what it has done is undone with it
        await tx.session.execute(text("UPDATE identity.device SET name = 'half done'"))
        begun.set()
        if ending == "error":
            raise RuntimeError("as if the process were gone")
        return await asyncio.Future()

    monkeypatch.setattr(take_till_item, "KINDS", {**take_till_item.KINDS, "sale": end})
    given = {"deviceId": till, "batchId": batch, "items": items}
    first = asyncio.create_task(shop.answer(shop.cashier, TAKE, {"input": given}))
    await begun.wait()
    if ending == "cancelled":
        first.cancel()
    await asyncio.wait([first])
    assert await journal(shop) == ["approval ACCEPTED"]

    monkeypatch.setattr(take_till_item, "KINDS", {**take_till_item.KINDS, "sale": accepted})
    again = await take(shop, till, items, batch=batch)

    assert again == [("ACCEPTED", None)] * 3
    assert await consumed(shop) == 1
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        assert (await session.execute(text("SELECT name FROM identity.device"))).scalar_one() == "Till 1"


async def test_an_approval_that_is_told_too_late_is_used_up_and_looked_at(shop: TillShop):
    till, batch = await shop.till(), str(uuid7())
    timely, late = await approval(shop, till), await approval(shop, till)
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        await session.execute(
            text("UPDATE identity.approval SET granted_at = :granted, expires_at = :ended"),
            {"granted": UTC_NOON, "ended": UTC_NOON + timedelta(minutes=2)},
        )
    timely["occurredAt"], late["occurredAt"] = "2026-03-01T12:01:59Z", "2026-03-01T12:02:01Z"

    answers = [await take(shop, till, [timely, late], batch=batch) for _ in range(2)]

    assert answers == [[("NEEDS_REVIEW", "CARRIED_OUT_OFFLINE"), ("REJECTED", "APPROVAL_REFUSED")]] * 2
    assert await consumed(shop) == 1


async def test_n48_an_approval_is_not_anothers_by_a_batch(shop: TillShop):
    """N48: bound to cashier and till, offline as online."""
    till, other_till = await shop.till(), await shop.till()
    given = await approval(shop, till)

    assert await take(shop, till, [given], person=shop.second_cashier) == [("REJECTED", "APPROVAL_REFUSED")]
    assert await take(shop, other_till, [given | {"id": str(uuid7())}]) == [("REJECTED", "APPROVAL_REFUSED")]
    assert await consumed(shop) == 0


async def test_only_from_a_till_at_which_the_caller_works(shop: TillShop):
    till = await shop.till()
    stranger = Person("sam", "cashier", (str(shop.other_store),))
    given = {"deviceId": till, "batchId": str(uuid7()), "items": [event()]}

    answer = await shop.ask(stranger, TAKE, {"input": given})

    assert answer == {"results": [], "userErrors": [{"field": ["input", "deviceId"], "code": "DEVICE_REFUSED"}]}
    assert await journal(shop) == []


@pytest.mark.parametrize(
    "changes", [{"items": []}, {"items": [event() for _ in range(201)]}, {"batchId": "1"}, {"items": [event(id="1")]}]
)
async def test_an_envelope_that_is_none_takes_nothing(shop: TillShop, changes: dict[str, Any]):
    given = {"deviceId": await shop.till(), "batchId": str(uuid7()), "items": [event()]} | changes

    answer = await shop.answer(shop.cashier, TAKE, {"input": given})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await journal(shop) == []


async def test_an_item_costs_four_statements(shop: TillShop):
    till = await shop.till()
    await take(shop, till, [event()])

    with count_statements() as count:
        await take(shop, till, [event(), event()])

    # tenant, device, claim, outcome
    assert count.total == 8
