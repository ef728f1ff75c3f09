from dataclasses import replace

import pytest
import structlog

from kernel.ids import encode_global_id
from kernel.subgraph import JsonObject
from subgraphs.orders.app import SagaPayload, SagaState, SagaStep
from tests.fakes.participants import Death, FakeParticipants, refusal
from tests.fakes.sagas import ONE_MUG, FakeSagas
from workers.checkout_saga.saga import SagaDeps, run_saga
from workers.checkout_saga.state import MAX_ATTEMPTS

FREE = replace(ONE_MUG, total_minor=0, payment_token=None)
CHARGES_ONLY = replace(ONE_MUG, lines=())


async def run_to_rest(sagas: FakeSagas, participants: FakeParticipants, payload: SagaPayload = ONE_MUG):
    first = SagaStep.RESERVE_STOCK if payload.lines else SagaStep.CHARGE
    saga = sagas.add(payload, step=first)
    await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)
    return saga


HAPPY = ["stockReserve", "paymentCharge", "stockCommit", "orderConfirm"]
DECLINED = ["stockReserve", "paymentCharge", "stockRelease", "orderCancel"]


@pytest.mark.parametrize(
    ("participants", "payload", "calls", "effects", "state"),
    [
        (
            FakeParticipants(),
            ONE_MUG,
            HAPPY,
            {"reserved": 1, "charged": 1, "committed": 1, "confirmed": 1},
            SagaState.COMPLETED,
        ),
        (
            FakeParticipants(),
            FREE,
            ["stockReserve", "stockCommit", "orderConfirm"],
            {"reserved": 1, "committed": 1, "confirmed": 1},
            SagaState.COMPLETED,
        ),
        (
            FakeParticipants(),
            CHARGES_ONLY,
            ["paymentCharge", "orderConfirm"],
            {"charged": 1, "confirmed": 1},
            SagaState.COMPLETED,
        ),
        (
            FakeParticipants(stock=0),
            ONE_MUG,
            ["stockReserve", "orderCancel"],
            {"cancelled INSUFFICIENT_STOCK": 1},
            SagaState.COMPENSATED,
        ),
        (
            FakeParticipants(charge=["DECLINED"]),
            ONE_MUG,
            DECLINED,
            {"reserved": 1, "released": 1, "cancelled PAYMENT_DECLINED": 1},
            SagaState.COMPENSATED,
        ),
    ],
    ids=["bought", "for free", "charges only", "short", "declined"],
)
async def test_a_checkout_goes_through_the_table(
    *, participants: FakeParticipants, payload: SagaPayload, calls: list[str], effects: dict[str, int], state: SagaState
):
    sagas = FakeSagas()

    saga = await run_to_rest(sagas, participants, payload)

    assert participants.calls == calls
    assert participants.effects_of(encode_global_id("Order", saga.order_id)) == effects
    assert sagas.now(saga.saga_id).state is state
    assert participants.held == {}


async def test_every_step_has_one_key_of_its_own_however_often_it_is_tried():
    sagas, participants = FakeSagas(), FakeParticipants()
    participants.silent.update({"stockReserve": 2, "paymentCharge": 2, "stockCommit": 2, "orderConfirm": 2})
    saga = sagas.add()

    for _ in range(9):
        await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)
        sagas.pass_time()

    assert sagas.now(saga.saga_id).state is SagaState.COMPLETED
    assert participants.calls == [field for field in HAPPY for _ in range(3)]
    steps = ["RESERVE_STOCK", "CHARGE", "COMMIT_STOCK", "CONFIRM_ORDER"]
    assert dict(participants.keys) == {
        field: {f"{saga.saga_id}:{step}"} for field, step in zip(HAPPY, steps, strict=True)
    }


@pytest.mark.parametrize(
    ("resolve", "effects", "state"),
    [
        (
            ["UNKNOWN", "UNKNOWN", "COMPLETED"],
            {"reserved": 1, "charged": 1, "committed": 1, "confirmed": 1},
            SagaState.COMPLETED,
        ),
        (
            ["UNKNOWN", "DECLINED"],
            {"reserved": 1, "released": 1, "cancelled PAYMENT_DECLINED": 1},
            SagaState.COMPENSATED,
        ),
    ],
)
async def test_an_unknown_charge_is_resolved_before_anything_is_undone(
    resolve: list[str], effects: dict[str, int], state: SagaState
):
    sagas, participants = FakeSagas(), FakeParticipants(charge=["UNKNOWN"], resolve=resolve)

    saga = await run_to_rest(sagas, participants)
    assert sagas.now(saga.saga_id).step is SagaStep.RESOLVE_CHARGE
    assert participants.held
    for _ in range(4):
        sagas.pass_time()
        await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)

    assert participants.effects_of(encode_global_id("Order", saga.order_id)) == effects
    assert sagas.now(saga.saga_id).state is state


async def test_a_charge_payments_never_heard_of_is_sent_again_under_the_same_key():
    sagas = FakeSagas()
    participants = FakeParticipants(charge=["UNKNOWN", "COMPLETED"], resolve=["NO_SUCH_PAYMENT"])

    saga = await run_to_rest(sagas, participants)
    for _ in range(2):
        sagas.pass_time()
        await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)

    assert participants.calls == ["stockReserve", "paymentCharge", "paymentResolve", *HAPPY[1:]]
    assert len(participants.keys["paymentCharge"]) == 1
    assert sagas.now(saga.saga_id).state is SagaState.COMPLETED


async def test_a_charge_that_stays_unknown_calls_for_a_person_and_leaves_everything_in_place():
    sagas, participants = FakeSagas(), FakeParticipants(charge=["UNKNOWN"], resolve=["UNKNOWN"])
    with structlog.testing.capture_logs() as logs:
        saga = await run_to_rest(sagas, participants)
        for _ in range(2 * MAX_ATTEMPTS):
            sagas.pass_time()
            await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)

    assert sagas.now(saga.saga_id).state is SagaState.NEEDS_ATTENTION
    assert participants.calls.count("paymentResolve") == MAX_ATTEMPTS - 1
    assert participants.effects_of(encode_global_id("Order", saga.order_id)) == {"reserved": 1}
    assert [log["log_level"] for log in logs if log["event"] == "saga_needs_attention"] == ["error"]


async def test_stock_lost_after_the_charge_gives_the_money_back():
    sagas, participants = FakeSagas(), FakeParticipants()
    participants.lost_stock = True

    saga = await run_to_rest(sagas, participants)

    assert participants.calls == [*HAPPY[:3], "paymentVoid", "stockRelease", "orderCancel"]
    assert participants.charged == set()
    order = encode_global_id("Order", saga.order_id)
    assert participants.effects_of(order)["cancelled STOCK_LOST"] == 1
    assert sagas.now(saga.saga_id).state is SagaState.COMPENSATED


async def test_a_refusal_without_a_place_in_the_table_stops_the_saga():
    class Stubborn(FakeParticipants):
        def _orderConfirm(self, order: str, _variables: object) -> JsonObject:  # noqa: N802
            del order
            return refusal("ORDER_NOT_PENDING")

    sagas, participants = FakeSagas(), Stubborn()

    saga = await run_to_rest(sagas, participants)

    assert sagas.now(saga.saga_id).state is SagaState.NEEDS_ATTENTION
    assert sagas.records[-1].last_error == "ORDER_NOT_PENDING: no"


async def test_a_runner_that_lost_its_fence_stops_without_a_word():
    sagas, participants = FakeSagas(), FakeParticipants()
    saga = sagas.add()

    class Overtaken(FakeSagas):
        async def record(self, claim, record):  # another runner claims while this one is calling
            sagas.pass_time()
            await sagas.claim(saga.tenant_id, saga.saga_id)
            return await sagas.record(claim, record)

    overtaken = Overtaken()
    overtaken.rows = sagas.rows

    await run_saga(SagaDeps(overtaken, participants), saga.tenant_id, saga.saga_id)

    assert participants.calls == ["stockReserve"]
    assert sagas.records == []


async def test_a_saga_that_is_held_over_or_another_tenants_is_not_run():
    sagas, participants = FakeSagas(), FakeParticipants()
    held, over, foreign = sagas.add(), sagas.add(state=SagaState.COMPLETED), sagas.add()
    sagas.rows[held.saga_id].is_held = True

    for saga in (held, over):
        await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)
    await run_saga(SagaDeps(sagas, participants), held.tenant_id, foreign.saga_id)

    assert participants.calls == []


async def test_a_step_that_kills_every_runner_ends_with_a_person_and_not_in_a_loop():
    sagas, participants = FakeSagas(), FakeParticipants()
    saga = sagas.add()
    deaths = 0

    for _ in range(2 * MAX_ATTEMPTS):
        participants.dies = {("stockReserve", "before")}
        sagas.pass_time()
        try:
            await run_saga(SagaDeps(sagas, participants), saga.tenant_id, saga.saga_id)
        except Death:
            deaths += 1

    assert deaths == MAX_ATTEMPTS
    assert sagas.now(saga.saga_id).state is SagaState.NEEDS_ATTENTION
