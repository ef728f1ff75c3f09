import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from kernel.money import Money
from subgraphs.payments.repository import claim_due_tasks
from tests.factories.databases import ProvisionedDatabase
from tests.factories.payments import CHARGE, Till, order_id, provider_settings, till_of
from tests.fakes.payment_provider import FakeProvider

PAYMENTS = """{ payments(first: 2) { totalCount pageInfo { hasNextPage }
  nodes { status amount { amount currencyCode } order { id } provider method } } }"""
REFUNDS = """{ refunds(first: 10) { totalCount
  nodes { status amount { amount } failureCode providerReference return { id } payment { status } order { id } } } }"""
OF_ORDERS = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Order {
  payments { status } refunds { status amount { amount } payment { status } } } } }"""


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
async def till(provisioned_database: ProvisionedDatabase, provider: FakeProvider) -> AsyncIterator[Till]:
    async with till_of(provisioned_database, provider) as opened:
        yield opened


def read(answer: dict[str, Any]) -> tuple[str | None, str | None]:
    """Outcome and payment status."""
    payment = answer["payment"]
    return answer["outcome"], payment["status"] if payment is not None else None


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def test_a_charge_is_captured_and_told(till: Till, provider: FakeProvider):
    answer = await till.charge(order_id(), "12.34")

    assert read(answer) == ("COMPLETED", "COMPLETED")
    assert answer["payment"]["capturedAmount"] == {"amount": "12.34"}
    assert await till.facts() == ["initiated", "completed"]
    assert provider.kept_minor == 1234
    assert await till.task_count() == 0


async def test_the_intent_is_stored_before_the_provider_hears_of_it(till: Till, provider: FakeProvider):
    seen: list[tuple[Any, ...]] = []

    async def look(_request: object) -> None:
        seen.extend(await till.rows("SELECT status, (SELECT count(*) FROM provider_task) FROM payment"))

    provider.before_charge = look
    await till.charge(order_id())

    assert seen == [("PENDING", 1)]


async def test_a_decline_is_final(till: Till, provider: FakeProvider):
    provider.decline_with = "card_declined"
    order = order_id()

    answer = await till.charge(order)

    assert read(answer) == ("DECLINED", "FAILED")
    assert answer["payment"]["failureCode"] == "card_declined"
    assert await till.facts() == ["initiated", "failed"]
    assert read(await till.resolve(order)) == ("DECLINED", "FAILED")
    assert provider.calls == ["charge"]


async def test_after_a_decline_another_card_may_be_tried(till: Till, provider: FakeProvider):
    order = order_id()
    provider.decline_with = "card_declined"
    await till.charge(order)
    provider.decline_with = None

    assert read(await till.charge(order)) == ("COMPLETED", "COMPLETED")
    assert provider.kept_minor == 1000


async def test_fifty_charges_with_one_key_charge_once_and_answer_alike(till: Till, provider: FakeProvider):
    order = order_id()

    answers = await asyncio.gather(*(till.charge(order, key="saga:charge") for _ in range(50)))
    calls = len(provider.calls)
    again = await till.charge(order, key="saga:charge")

    assert all(answer == answers[0] for answer in [*answers, again])
    assert len(provider.charges) == 1
    assert len(provider.calls) == calls
    assert await till.facts() == ["initiated", "completed"]


async def test_the_same_key_with_another_amount_is_refused(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order, "1.00", key="k")
    money = {"amount": "2.00", "currencyCode": "GBP"}

    answer = await till.client.answer(
        CHARGE, {"order": order, "amount": money, "token": "tok_approve", "key": "k"}, role="tenant_owner checkout_saga"
    )

    assert answer["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert provider.kept_minor == 100


async def test_charges_of_one_order_with_different_keys_capture_once(till: Till, provider: FakeProvider):
    order = order_id()

    answers = await asyncio.gather(*(till.charge(order) for _ in range(20)))

    outcomes = Counter((answer["outcome"], *codes(answer)) for answer in answers)
    assert outcomes == {("COMPLETED",): 1, (None, "ALREADY_PAID"): 19}
    assert len(provider.charges) == 1


@pytest.mark.parametrize(
    ("amount", "token", "code"),
    [
        ("-0.01", "tok_approve", "INVALID_AMOUNT"),
        ("1.00", "4242424242424242", "INVALID_TOKEN"),
        ("1.00", "", "INVALID_TOKEN"),
    ],
)
async def test_a_negative_amount_or_a_card_number_is_refused(till: Till, amount: str, token: str, code: str):
    answer = await till.charge(order_id(), amount, token=token)

    assert (answer["payment"], codes(answer)) == (None, [code])
    assert await till.rows("SELECT count(*) FROM payment") == [(0,)]
    assert await till.rows("SELECT count(*) FROM idempotency") == [(0,)]


async def test_nothing_to_pay_is_paid_without_the_provider(till: Till, provider: FakeProvider):
    assert read(await till.charge(order_id(), "0.00", token="")) == ("COMPLETED", "COMPLETED")
    assert provider.calls == []
    assert await till.facts() == ["initiated", "completed"]


async def test_a_lost_reply_is_unknown_until_asked_by_key(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_replies = True

    assert read(await till.charge(order)) == ("UNKNOWN", "PENDING")
    assert read(await till.resolve(order)) == ("UNKNOWN", "PENDING")
    provider.loses_replies = False
    assert read(await till.resolve(order)) == ("COMPLETED", "COMPLETED")
    assert provider.kept_minor == 1000
    assert await till.facts() == ["initiated", "completed"]


async def test_repeating_an_unknown_charge_does_not_charge_twice(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_replies = True
    await till.charge(order, key="k")
    provider.loses_replies = False

    assert read(await till.charge(order, key="k")) == ("COMPLETED", "COMPLETED")
    assert len(provider.charges) == 1


async def test_a_request_that_never_arrived_fails_when_patience_is_over(
    provisioned_database: ProvisionedDatabase, provider: FakeProvider
):
    order = order_id()
    provider.loses_requests = True
    settings = provider_settings(payment_patience_seconds=60.0)
    async with till_of(provisioned_database, provider, settings) as patient:
        await patient.charge(order)
        assert read(await patient.resolve(order)) == ("UNKNOWN", "PENDING")
        async with till_of(provisioned_database, provider, tenant_id=patient.client.tenant_id) as hasty:
            answer = await hasty.resolve(order)

    assert read(answer) == ("DECLINED", "FAILED")
    assert answer["payment"]["failureCode"] == "PROVIDER_TIMEOUT"


async def test_the_worker_resolves_what_the_saga_left_unknown(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_replies = True
    await till.charge(order)
    provider.loses_replies = False

    await till.work()

    assert await till.rows("SELECT status FROM payment") == [("COMPLETED",)]
    assert await till.task_count() == 0


async def test_asking_about_an_order_nobody_charged_is_refused(till: Till):
    assert codes(await till.resolve(order_id())) == ["NO_SUCH_PAYMENT"]


async def test_voiding_gives_back_what_was_captured_once(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)

    answers = await asyncio.gather(*(till.void(order) for _ in range(10)))
    last = await till.void(order)

    assert read(last) == ("VOIDED", "VOIDED")
    assert last["payment"]["refundedAmount"] == {"amount": "10.00"}
    assert {answer["outcome"] for answer in answers} <= {"VOIDED", "UNKNOWN"}
    assert provider.kept_minor == 0
    assert len(provider.refunds) == 1
    assert await till.facts() == ["initiated", "completed", "refunded"]
    assert await till.task_count() == 0


async def test_a_charge_after_the_void_is_refused(till: Till, provider: FakeProvider):
    order = order_id()

    voided = await till.void(order)
    late = await till.charge(order)

    assert read(voided) == ("VOIDED", None)
    assert (late["payment"], codes(late)) == (None, ["ORDER_VOIDED"])
    assert provider.calls == []


async def test_voiding_an_unknown_charge_that_was_captured_gives_it_back(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_replies = True
    await till.charge(order)

    silent = await till.void(order)
    provider.loses_replies = False
    await till.work()

    assert read(silent) == ("UNKNOWN", "VOIDED")
    assert read(await till.void(order)) == ("VOIDED", "VOIDED")
    assert provider.kept_minor == 0
    assert await till.task_count() == 0


async def test_a_charge_that_arrives_after_the_void_goes_back_by_itself(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_requests = True
    await till.charge(order, key="k")
    provider.loses_requests = False

    assert read(await till.void(order)) == ("VOIDED", "VOIDED")
    provider.arrive(f"{till.client.tenant_id}:k", Money(1000, "GBP"))
    await till.work()

    assert provider.kept_minor == 0
    assert await till.rows("SELECT status, captured_minor, refunded_minor FROM payment") == [("VOIDED", 1000, 1000)]
    assert await till.task_count() == 0


async def test_a_capture_of_a_charge_given_up_goes_back_by_itself(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_requests = True
    await till.charge(order, key="k")
    provider.loses_requests = False

    assert read(await till.resolve(order)) == ("DECLINED", "FAILED")
    provider.arrive(f"{till.client.tenant_id}:k", Money(1000, "GBP"))
    await till.work()

    assert provider.kept_minor == 0
    assert await till.rows("SELECT status FROM payment") == [("VOIDED",)]


async def test_a_void_while_the_charge_is_under_way_leaves_no_money(till: Till, provider: FakeProvider):
    order = order_id()
    provider.before_charge = lambda _request: till.void(order)

    charged = await till.charge(order)
    await till.work()

    assert charged["outcome"] == "DECLINED"
    assert provider.kept_minor == 0
    assert len(provider.charges) == 1


async def test_charge_and_void_at_once_never_keep_money(till: Till, provider: FakeProvider):
    orders = [order_id() for _ in range(25)]

    await asyncio.gather(*(call(order) for order in orders for call in (till.charge, till.void)))
    await till.work()

    assert provider.kept_minor == 0
    assert await till.rows("SELECT count(*) FROM payment WHERE captured_minor <> refunded_minor") == [(0,)]
    assert await till.task_count() == 0


async def test_another_amount_than_asked_for_goes_back(till: Till, provider: FakeProvider):
    provider.captures_instead = 999

    answer = await till.charge(order_id())
    await till.work()

    assert read(answer) == ("DECLINED", "FAILED")
    assert answer["payment"]["failureCode"] == "AMOUNT_MISMATCH"
    assert provider.kept_minor == 0


async def test_a_return_is_refunded_by_the_worker_and_told_once(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)
    received = till.return_received(order, 400)

    handled = [await till.handle(received), await till.handle(received)]
    assert "refund" not in provider.calls
    await till.work()
    await till.work()

    assert handled == [True, False]
    assert provider.kept_minor == 600
    assert await till.facts() == ["initiated", "completed", "refunded"]
    assert await till.rows("SELECT status, refunded_minor FROM payment") == [("PARTIALLY_REFUNDED", 400)]
    told = "SELECT envelope::json->'data'->>'returnId' FROM outbox WHERE subject ~ 'refunded'"
    assert await till.rows(told) == [(received.data["returnId"],)]


async def test_three_refunds_at_once_do_not_spend_the_same_money(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)
    for minor in (400, 400, 400):
        await till.handle(till.return_received(order, minor))

    await till.work()

    assert provider.kept_minor == 200
    refunds = await till.rows("SELECT status, failure_code FROM refund ORDER BY status, id")
    assert refunds == [("COMPLETED", None), ("COMPLETED", None), ("FAILED", "EXCEEDS_CAPTURED")]
    assert await till.task_count() == 0


async def test_a_refund_whose_reply_was_lost_is_not_given_twice(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)
    await till.handle(till.return_received(order, 400))
    provider.loses_replies = True
    await till.work()
    provider.loses_replies = False
    await till.work()

    assert provider.kept_minor == 600
    assert await till.rows("SELECT status FROM refund") == [("COMPLETED",)]


async def test_a_refund_waits_for_a_charge_that_is_not_known_yet(till: Till, provider: FakeProvider):
    order = order_id()
    provider.loses_replies = True
    await till.charge(order)
    await till.handle(till.return_received(order, 400))

    await till.work()
    assert await till.rows("SELECT status FROM refund") == [("PENDING",)]
    provider.loses_replies = False
    await till.work()

    assert await till.rows("SELECT status FROM refund") == [("COMPLETED",)]
    assert provider.kept_minor == 600


async def test_a_return_without_an_order_is_a_credit(till: Till, provider: FakeProvider):
    await till.handle(till.return_received(None, 250))

    await till.work()

    assert [(request.charge_reference, request.amount.minor) for request in provider.refunds.values()] == [(None, 250)]
    assert await till.facts() == ["refunded"]


async def test_a_return_worth_nothing_is_done_at_once(till: Till, provider: FakeProvider):
    await till.handle(till.return_received(None, 0))

    assert await till.facts() == ["refunded"]
    assert provider.calls == []
    assert await till.task_count() == 0


@pytest.mark.parametrize(("minor", "currency"), [(1001, "GBP"), (10, "EUR")])
async def test_a_refund_that_cannot_be_of_the_payment_fails_visibly(
    till: Till, provider: FakeProvider, minor: int, currency: str
):
    order = order_id()
    await till.charge(order)
    await till.handle(till.return_received(order, minor, currency=currency))

    await till.work()

    assert await till.rows("SELECT status, failure_code FROM refund") == [("FAILED", "EXCEEDS_CAPTURED")]
    assert provider.kept_minor == 1000
    assert await till.facts() == ["initiated", "completed"]


async def test_a_refund_of_an_order_that_was_not_paid_fails_visibly(till: Till, provider: FakeProvider):
    await till.handle(till.return_received(order_id(), 10))

    await till.work()

    assert await till.rows("SELECT status, failure_code FROM refund") == [("FAILED", "NOT_PAID")]
    assert provider.calls == []


async def test_a_refund_the_provider_refuses_frees_the_money_for_another(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)
    provider.refuses_refunds = "CARD_CLOSED"
    await till.handle(till.return_received(order, 1000))
    await till.work()
    provider.refuses_refunds = None
    await till.handle(till.return_received(order, 1000))
    await till.work()

    refunds = await till.rows("SELECT status, failure_code FROM refund ORDER BY created_at")
    assert refunds == [("FAILED", "CARD_CLOSED"), ("COMPLETED", None)]
    assert provider.kept_minor == 0


async def test_a_crashed_workers_task_is_taken_over_when_its_lease_ends(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)
    await till.handle(till.return_received(order, 400))
    async with till.crossing.across_tenants() as session:
        await claim_due_tasks(session, 100)

    assert await till.tasks.run_due(100) == 0
    await till.execute("UPDATE provider_task SET lease_until = now() - make_interval(secs => 1)")
    await till.work()

    assert provider.kept_minor == 600


async def test_two_workers_at_once_give_a_refund_once(till: Till, provider: FakeProvider):
    order = order_id()
    await till.charge(order)
    for _ in range(10):
        await till.handle(till.return_received(order, 100))

    await asyncio.gather(*(till.tasks.run_due(100) for _ in range(3)))

    assert provider.calls.count("refund") == 10
    assert provider.kept_minor == 0


async def test_payments_and_refunds_are_listed_with_exact_counts_in_a_fixed_number_of_statements(till: Till):
    orders = [order_id() for _ in range(3)]
    for order in orders:
        await till.charge(order, "7.00")
        await till.handle(till.return_received(order, 100))
    await till.work()

    with count_statements() as counting_payments:
        payments = (await till.client.data(PAYMENTS, role="accountant"))["payments"]
    with count_statements() as counting_refunds:
        refunds = (await till.client.data(REFUNDS, role="accountant"))["refunds"]

    assert counting_payments.total == 3  # tenant fence, page, total
    assert counting_refunds.total == 4  # tenant fence, page, total, payments
    assert (payments["totalCount"], len(payments["nodes"]), payments["pageInfo"]["hasNextPage"]) == (3, 2, True)
    assert payments["nodes"][0] == {
        "status": "PARTIALLY_REFUNDED",
        "amount": {"amount": "7.00", "currencyCode": "GBP"},
        "order": {"id": orders[2]},
        "provider": "fake",
        "method": "CARD",
    }
    assert refunds["totalCount"] == 3
    assert {node["payment"]["status"] for node in refunds["nodes"]} == {"PARTIALLY_REFUNDED"}


async def test_an_order_shows_its_payments_and_refunds_in_one_batch(till: Till):
    orders = [order_id() for _ in range(3)]
    await till.charge(orders[0], "7.00")
    await till.handle(till.return_received(orders[0], 100))
    await till.work()
    representations = [{"__typename": "Order", "id": order} for order in orders]

    with count_statements() as count:
        data = await till.client.data(OF_ORDERS, {"r": representations})

    assert count.total == 4  # tenant fence, payments, refunds, payments of refunds
    paid = {
        "payments": [{"status": "PARTIALLY_REFUNDED"}],
        "refunds": [{"status": "COMPLETED", "amount": {"amount": "1.00"}, "payment": {"status": "PARTIALLY_REFUNDED"}}],
    }
    assert data["_entities"] == [paid, {"payments": [], "refunds": []}, {"payments": [], "refunds": []}]


async def test_a_small_selection_reads_its_columns_only(till: Till):
    await till.handle(till.return_received(None, 100))
    document = "{ refunds(first: 2) { nodes { amount { amount } return { id } payment { status } } } }"

    with count_statements() as count:
        await till.client.data(document, role="accountant")

    [page] = [" ".join(statement.split()) for statement in count.statements[1:]]
    assert page == (
        "SELECT payments.refund.id AS id, payments.refund.payment_id AS payment_id, "
        "payments.refund.return_id AS return_id, payments.refund.amount_minor AS amount_minor, "
        "payments.refund.currency AS currency, payments.refund.created_at AS created_at FROM payments.refund "
        "ORDER BY payments.refund.created_at DESC, payments.refund.id DESC LIMIT $1::INTEGER"
    )


async def test_who_may_not_read_payments_sees_none_by_reference_either(till: Till):
    order = order_id()
    payment = (await till.charge(order))["payment"]["id"]
    document = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Order { id payments { id } refunds { id } } ... on Payment { id } } }"""
    representations = [{"__typename": "Order", "id": order}, {"__typename": "Payment", "id": payment}]

    seen = await till.client.data(document, {"r": representations}, role="accountant")
    refused = await till.client.answer(document, {"r": representations}, role="customer")

    assert seen["_entities"] == [{"id": order, "payments": [{"id": payment}], "refunds": []}, {"id": payment}]
    assert refused["data"] == {"_entities": [{"id": order, "payments": None, "refunds": None}, None]}
    assert sorted((error["path"][1:], error["extensions"]["code"]) for error in refused["errors"]) == [
        ([0, "payments"], "FORBIDDEN"),
        ([0, "refunds"], "FORBIDDEN"),
        ([1], "FORBIDDEN"),
    ]


async def test_another_tenants_payment_looks_like_a_missing_one(till: Till, provider: FakeProvider):
    order = order_id()
    payment = (await till.charge(order))["payment"]["id"]
    stranger = till.of_stranger()
    document = "query($id: ID!) { payment(id: $id) { status } }"

    assert await stranger.client.data(document, {"id": payment}) == {"payment": None}
    assert await stranger.client.data(document, {"id": encode_global_id("Payment", uuid7())}) == {"payment": None}
    assert codes(await stranger.resolve(order)) == ["NO_SUCH_PAYMENT"]
    assert read(await stranger.void(order)) == ("VOIDED", None)
    assert provider.kept_minor == 1000
    assert read(await till.resolve(order)) == ("COMPLETED", "COMPLETED")


async def test_tenants_with_the_same_key_do_not_share_a_charge(till: Till, provider: FakeProvider):
    other = till.of_stranger()

    await till.charge(order_id(), key="k")
    await other.charge(order_id(), key="k")

    assert len(provider.charges) == 2


@pytest.mark.parametrize(
    ("role", "code"), [("tenant_owner", "FORBIDDEN"), ("customer", "FORBIDDEN"), ("", "UNAUTHENTICATED")]
)
async def test_only_the_saga_moves_money(till: Till, provider: FakeProvider, role: str, code: str):
    money = {"amount": "1.00", "currencyCode": "GBP"}
    given = {"order": order_id(), "amount": money, "token": "tok_approve", "key": "k"}

    answer = await till.client.answer(CHARGE, given, role=role)

    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert provider.calls == []
    assert await till.rows("SELECT count(*) FROM payment") == [(0,)]


async def test_a_customer_cannot_list_payments(till: Till):
    answer = await till.client.answer(PAYMENTS, role="customer")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_worker_role_sees_only_what_is_due(till: Till):
    await till.charge(order_id())

    for table in ("payment", "refund", "order_account"):
        with pytest.raises(Exception, match="permission denied"):
            async with till.crossing.across_tenants() as session:
                await session.execute(text(f"SELECT * FROM {table}"))


async def test_global_ids_of_another_type_are_refused(till: Till):
    wrong = encode_global_id("Payment", uuid7())

    answer = await till.client.answer(
        CHARGE,
        {"order": wrong, "amount": {"amount": "1.00", "currencyCode": "GBP"}, "token": "tok_approve", "key": "k"},
        role="tenant_owner checkout_saga",
    )

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await till.rows("SELECT count(*) FROM payment") == [(0,)]
