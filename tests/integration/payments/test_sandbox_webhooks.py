import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.ids import GlobalId, uuid7
from subgraphs.payments.adapters.sandbox_signature import SIGNATURE_HEADER, TOLERANCE_SECONDS, sign
from tests.factories.databases import ProvisionedDatabase
from tests.factories.payments import WEBHOOK_SECRET, Till, order_id
from tests.factories.sandbox_provider import Shop, running_shop

DEAF = {"payment_webhook_url": ""}


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase, tmp_path: Path) -> AsyncIterator[Shop]:
    """The provider calls the shop back."""
    async with running_shop(provisioned_database, tmp_path) as running:
        yield running


@pytest.fixture
async def deaf_shop(provisioned_database: ProvisionedDatabase, tmp_path: Path) -> AsyncIterator[Shop]:
    """The provider sends nothing, the test does."""
    async with running_shop(provisioned_database, tmp_path, **DEAF) as running:
        yield running


async def eventually(look: Callable[[], Awaitable[object]], expected: object) -> None:
    async with asyncio.timeout(10):
        while await look() != expected:  # noqa: ASYNC110 - another process's state cannot be awaited
            await asyncio.sleep(0.02)


def message(till: Till, payment: str, *, key: str = "k", kind: str = "charge.captured") -> dict[str, Any]:
    metadata = {
        "tenantId": str(till.client.tenant_id),
        "paymentId": str(GlobalId.decode(payment, expected_type="Payment").uuid),
    }
    charge = {
        "id": "ch_1",
        "key": f"{till.client.tenant_id}:{key}",
        "status": kind.removeprefix("charge."),
        "amountMinor": 1000,
        "currency": "GBP",
        "failureCode": "card_declined" if kind == "charge.declined" else None,
        "metadata": metadata,
    }
    return {"id": str(uuid7()), "type": kind, "charge": charge}


async def state_of(till: Till) -> list[tuple[Any, ...]]:
    payments = await till.rows("SELECT status, captured_minor, refunded_minor, version FROM payment")
    others = await till.rows("SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM inbox), count(*) FROM refund")
    return payments + others


async def test_a_lost_reply_is_made_good_by_the_webhook_alone(shop: Shop):
    answer = await shop.till.charge(order_id(), token="tok_timeout_charged")

    assert answer["outcome"] == "UNKNOWN"
    await eventually(lambda: shop.till.rows("SELECT status FROM payment"), [("COMPLETED",)])
    assert await shop.till.facts() == ["initiated", "completed"]
    assert await shop.sandbox.kept_minor() == 1000


async def test_a_reply_and_its_webhook_settle_once(shop: Shop):
    order = order_id()
    answer = await shop.till.charge(order)

    assert answer["outcome"] == "COMPLETED"
    await eventually(lambda: shop.till.rows("SELECT count(*) FROM inbox"), [(1,)])
    assert await shop.till.facts() == ["initiated", "completed"]


async def test_a_late_capture_after_the_void_goes_back_to_the_customer(
    provisioned_database: ProvisionedDatabase, tmp_path: Path
):
    async with running_shop(provisioned_database, tmp_path, payment_sandbox_late_seconds=1.0) as shop:
        order = order_id()
        charged = await shop.till.charge(order, token="tok_timeout_late")
        voided = await shop.till.void(order)

        assert (charged["outcome"], voided["outcome"]) == ("UNKNOWN", "VOIDED")
        await eventually(lambda: shop.till.rows("SELECT captured_minor FROM payment"), [(1000,)])
        await shop.till.work()

        assert await shop.sandbox.kept_minor() == 0
        assert await shop.till.rows("SELECT status, refunded_minor FROM payment") == [("VOIDED", 1000)]


async def test_an_uncharged_time_out_is_declined_and_leaves_no_money(shop: Shop):
    order = order_id()
    charged = await shop.till.charge(order, token="tok_timeout_uncharged")
    resolved = await shop.till.resolve(order)

    assert (charged["outcome"], resolved["outcome"]) == ("UNKNOWN", "DECLINED")
    assert await shop.sandbox.charges() == []


async def test_a_refund_goes_to_the_provider_and_its_webhook_changes_nothing_more(shop: Shop):
    order = order_id()
    await shop.till.charge(order)
    await shop.till.handle(shop.till.return_received(order, 300))
    await shop.till.work()

    await eventually(lambda: shop.till.rows("SELECT count(*) FROM inbox WHERE consumer = 'sandbox_webhook'"), [(2,)])
    assert await shop.sandbox.kept_minor() == 700
    assert await shop.till.facts() == ["initiated", "completed", "refunded"]


async def test_webhooks_wait_for_a_shop_that_is_away(provisioned_database: ProvisionedDatabase, tmp_path: Path):
    async with running_shop(provisioned_database, tmp_path, payment_webhook_url="http://127.0.0.1:1/") as away:
        await away.till.charge(order_id(), token="tok_timeout_charged")
        tenant_id = away.till.client.tenant_id
        assert await away.till.rows("SELECT status FROM payment") == [("PENDING",)]

    async with running_shop(provisioned_database, tmp_path) as back:
        till = Till(back.till.client.for_tenant(tenant_id), back.till.subgraph, back.till.tasks, back.till.crossing)
        await eventually(lambda: till.rows("SELECT status FROM payment"), [("COMPLETED",)])


async def test_duplicates_and_replays_of_a_message_have_one_effect(deaf_shop: Shop):
    payment = (await deaf_shop.till.charge(order_id(), token="tok_timeout_uncharged", key="k"))["payment"]["id"]
    captured = message(deaf_shop.till, payment)

    answers = await asyncio.gather(*(deaf_shop.send(captured) for _ in range(10)))
    twin = await deaf_shop.send({**captured, "id": str(uuid7())})

    assert sorted(body["status"] for _, body in answers) == ["seen"] * 9 + ["used"]
    assert twin == (200, {"status": "used"})
    assert await deaf_shop.till.facts() == ["initiated", "completed"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["charge.captured", "charge.declined"], ("COMPLETED", 1000, 0)),
        # told it was declined, the order is gone: the money is to go back
        (["charge.declined", "charge.captured"], ("VOIDED", 1000, 1000)),
    ],
)
async def test_messages_out_of_order_keep_no_money_of_a_failed_payment(
    deaf_shop: Shop, kinds: list[str], expected: tuple[str, int, int]
):
    payment = (await deaf_shop.till.charge(order_id(), token="tok_timeout_uncharged", key="k"))["payment"]["id"]

    for kind in kinds:
        assert await deaf_shop.send(message(deaf_shop.till, payment, kind=kind)) == (200, {"status": "used"})

    assert await deaf_shop.till.rows("SELECT status, captured_minor, claimed_minor FROM payment") == [expected]
    assert len(await deaf_shop.till.facts()) == 2


def forged(body: bytes) -> list[dict[str, str]]:
    now = int(time.time())
    good = sign(WEBHOOK_SECRET, body, at=now)
    values = [
        sign("another-secret", body, at=now),
        sign(WEBHOOK_SECRET, body + b" ", at=now),
        sign(WEBHOOK_SECRET, body, at=now - TOLERANCE_SECONDS - 5),
        sign(WEBHOOK_SECRET, body, at=now + TOLERANCE_SECONDS + 5),
        good.replace(f"t={now}", f"t={now - 1}"),
        good.split(",")[1],
        f"t={now}",
        f"t={now},v1=",
        f"t=x,{good.split(',')[1]}",
        f"t={now},{good}",
        "",
    ]
    return [*({SIGNATURE_HEADER: value} for value in values), {}]


async def test_a_forged_or_stale_message_is_refused_and_changes_nothing(deaf_shop: Shop):
    payment = (await deaf_shop.till.charge(order_id(), token="tok_timeout_uncharged", key="k"))["payment"]["id"]
    body = json.dumps(message(deaf_shop.till, payment)).encode()
    before = await state_of(deaf_shop.till)

    answers = [await deaf_shop.send(body, headers=headers) for headers in forged(body)]

    assert [status for status, _ in answers] == [400] * 12
    assert {answer["errors"][0]["extensions"]["code"] for _, answer in answers} == {"BAD_USER_INPUT"}
    assert await state_of(deaf_shop.till) == before
    assert (await deaf_shop.send(body))[0] == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"id": "x", "type": "charge.captured"}', b"\xff"])
async def test_a_signed_message_that_cannot_be_read_is_refused(deaf_shop: Shop, body: bytes):
    status, _ = await deaf_shop.send(body)

    assert status == 400
    assert await state_of(deaf_shop.till) == [(0, 0, 0)]


async def test_a_message_about_somebody_elses_payment_is_ignored(deaf_shop: Shop):
    payment = (await deaf_shop.till.charge(order_id(), token="tok_timeout_uncharged", key="k"))["payment"]["id"]
    before = await state_of(deaf_shop.till)
    right = message(deaf_shop.till, payment)
    stranger = {**right["charge"]["metadata"], "tenantId": str(uuid7())}

    wrong_tenant = await deaf_shop.send({**right, "charge": {**right["charge"], "metadata": stranger}})
    wrong_key = await deaf_shop.send(message(deaf_shop.till, payment, key="other"))
    no_payment = await deaf_shop.send(
        {**right, "charge": {**right["charge"], "metadata": {**stranger, "paymentId": "x"}}}
    )

    assert [wrong_tenant, wrong_key, no_payment] == [(200, {"status": "ignored"})] * 3
    assert await state_of(deaf_shop.till) == before
