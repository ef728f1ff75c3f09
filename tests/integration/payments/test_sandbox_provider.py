import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.ids import uuid7
from kernel.money import Money
from kernel.settings import Profile
from subgraphs.payments.adapters.sandbox import SandboxProvider
from subgraphs.payments.adapters.sandbox_server import create_app
from subgraphs.payments.ports import ChargeRequest, ChargeState, ProviderRefused, ProviderSilent, RefundRequest
from tests.factories.payments import provider_settings
from tests.factories.sandbox_provider import Sandbox, running_sandbox, sandbox_settings


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running_sandbox(tmp_path) as running:
        yield running


def charge(token: str = "tok_approve", *, key: str = "k", minor: int = 1000) -> ChargeRequest:
    return ChargeRequest(key, Money(minor, "GBP"), token, uuid7(), uuid7(), uuid7())


def refund(reference: str | None, minor: int, *, key: str = "r") -> RefundRequest:
    return RefundRequest(key, Money(minor, "GBP"), reference, uuid7(), uuid7())


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("4242 4242 4242 4242", "captured", None),
        ("4000000000000002", "declined", "card_declined"),
        ("4000000000009995", "declined", "insufficient_funds"),
    ],
)
async def test_a_test_card_becomes_a_token_that_behaves_like_it(
    sandbox: Sandbox, number: str, status: str, code: str | None
):
    made, body = await sandbox.post("/tokens", {"number": number, "cvc": "123"})

    charged = await sandbox.provider.charge(charge(body["token"]))

    assert made == 201
    assert (charged.state, charged.failure_code) == (ChargeState(status.upper()), code)
    assert body["card"] == {"brand": "visa", "last4": number[-4:]}


async def test_no_card_number_is_kept(sandbox: Sandbox):
    _, body = await sandbox.post("/tokens", {"number": "4242424242424242"})
    await sandbox.provider.charge(charge(body["token"]))

    kept = b"".join(path.read_bytes() for path in sandbox.file.parent.iterdir())
    assert b"4242424242424242" not in kept
    assert b"4242" in kept


@pytest.mark.parametrize("number", ["4111111111111111", "42", ""])
async def test_other_cards_are_not_taken_and_not_repeated(sandbox: Sandbox, number: str):
    status, body = await sandbox.post("/tokens", {"number": number})

    assert (status, body) == (400, {"code": "NOT_A_TEST_CARD"})


async def test_one_key_charges_once_and_answers_alike(sandbox: Sandbox):
    request = charge()

    answers = await asyncio.gather(*(sandbox.provider.charge(request) for _ in range(20)))

    assert all(answer == answers[0] for answer in answers)
    assert len(await sandbox.charges()) == 1


async def test_the_same_key_with_another_amount_is_refused(sandbox: Sandbox):
    body = {"amountMinor": 5, "currency": "GBP", "token": "tok_approve"}
    await sandbox.post("/charges", body, key="k")

    status, answer = await sandbox.post("/charges", {**body, "amountMinor": 6}, key="k")

    assert (status, answer) == (409, {"code": "IDEMPOTENCY_KEY_REUSED"})
    assert [item["amountMinor"] for item in await sandbox.charges()] == [5]


@pytest.mark.parametrize(("token", "is_charged"), [("tok_timeout_charged", True), ("tok_timeout_uncharged", False)])
async def test_a_timing_out_card_says_nothing_and_the_key_tells_what_happened(
    sandbox: Sandbox, token: str, is_charged: bool
):
    with pytest.raises(ProviderSilent):
        await sandbox.provider.charge(charge(token))

    found = await sandbox.provider.find_charge("k")
    assert (found is not None) is is_charged


async def test_a_late_capture_is_found_only_later(tmp_path: Path):
    async with running_sandbox(tmp_path, payment_sandbox_late_seconds=3600.0) as sandbox:
        with pytest.raises(ProviderSilent):
            await sandbox.provider.charge(charge("tok_timeout_late"))
        assert await sandbox.provider.find_charge("k") is None

        books = sqlite3.connect(sandbox.file)
        books.execute("UPDATE charge SET known_at = 0")
        books.commit()
        books.close()

        found = await sandbox.provider.find_charge("k")
        assert found is not None
        assert found.state is ChargeState.CAPTURED


async def test_refunds_give_back_at_most_what_was_captured_and_once_per_key(sandbox: Sandbox):
    charged = await sandbox.provider.charge(charge())
    request = refund(charged.reference, 600, key="a")

    answers = [await sandbox.provider.refund(request), await sandbox.provider.refund(request)]
    with pytest.raises(ProviderRefused, match="REFUND_EXCEEDS_CHARGE"):
        await sandbox.provider.refund(refund(charged.reference, 401, key="b"))

    assert answers[0] == answers[1]
    assert await sandbox.kept_minor() == 400


async def test_a_credit_needs_no_charge(sandbox: Sandbox):
    assert (await sandbox.provider.refund(refund(None, 250))).startswith("cr_")


async def test_a_refund_of_nothing_known_is_refused(sandbox: Sandbox):
    with pytest.raises(ProviderRefused, match="NO_SUCH_CHARGE"):
        await sandbox.provider.refund(refund("ch_unknown", 1))


async def test_an_unknown_token_is_a_decline_not_a_riddle(sandbox: Sandbox):
    charged = await sandbox.provider.charge(charge("tok_made_up"))

    assert (charged.state, charged.failure_code) == (ChargeState.DECLINED, "NO_SUCH_TOKEN")
    assert await sandbox.charges() == []


@pytest.mark.parametrize("path", ["/charges", "/charges/ch_1/refunds", "/credits"])
async def test_without_the_secret_nothing_is_done(sandbox: Sandbox, path: str):
    body = {"amountMinor": 5, "currency": "GBP", "token": "tok_approve"}

    status, answer = await sandbox.post(path, body, key="k", secret="wrong")

    assert (status, answer) == (401, {"code": "UNAUTHENTICATED"})
    assert await sandbox.charges() == []


async def test_a_wrong_secret_of_ours_is_silence_never_a_decline(sandbox: Sandbox):
    settings = provider_settings(sandbox.url).model_copy(update={"payment_sandbox_secret": "wrong"})
    provider = SandboxProvider(settings)

    with pytest.raises(ProviderSilent, match="status 401"):
        await provider.charge(charge())
    await provider.close()


async def test_a_provider_that_is_not_there_is_silence():
    provider = SandboxProvider(provider_settings("http://127.0.0.1:1"))

    for call in (provider.charge(charge()), provider.find_charge("k"), provider.refund(refund(None, 1))):
        with pytest.raises(ProviderSilent):
            await call
    await provider.close()


@pytest.mark.parametrize(
    "body",
    [
        {"amountMinor": 0, "currency": "GBP", "token": "tok_approve"},
        {"amountMinor": -1, "currency": "GBP", "token": "tok_approve"},
        {"amountMinor": 1.5, "currency": "GBP", "token": "tok_approve"},
        {"amountMinor": 1, "currency": "pounds", "token": "tok_approve"},
        {"amountMinor": 1, "currency": "GBP"},
        {"amountMinor": 1, "currency": "GBP", "token": "tok_approve", "number": "4242424242424242"},
        [],
    ],
)
async def test_a_malformed_charge_is_refused(sandbox: Sandbox, body: object):
    status, answer = await sandbox.post("/charges", body, key="k")

    assert (status, answer) == (400, {"code": "BAD_REQUEST"})
    assert await sandbox.charges() == []


async def test_a_charge_needs_a_key(sandbox: Sandbox):
    body = {"amountMinor": 5, "currency": "GBP", "token": "tok_approve"}

    assert await sandbox.post("/charges", body) == (400, {"code": "IDEMPOTENCY_KEY_MISSING"})


async def test_charges_can_be_listed_page_by_page_for_checks(sandbox: Sandbox):
    for number in range(5):
        await sandbox.provider.charge(charge(key=f"k{number}"))

    first = await sandbox.charges("?limit=3")
    rest = await sandbox.charges(f"?limit=3&after={first[-1]['id']}")

    assert (len(first), len(rest)) == (3, 2)
    assert {item["key"] for item in [*first, *rest]} == {f"k{number}" for number in range(5)}


async def test_what_was_charged_is_still_known_after_a_restart(tmp_path: Path):
    async with running_sandbox(tmp_path) as before:
        charged = await before.provider.charge(charge())

    async with running_sandbox(tmp_path) as after:
        assert await after.provider.find_charge("k") == charged


async def test_it_does_not_start_in_production(tmp_path: Path):
    with pytest.raises(RuntimeError, match="does not run in production"):
        create_app(sandbox_settings(tmp_path, profile=Profile.PRODUCTION))
