from dataclasses import replace

import pytest

from kernel.ids import uuid7
from subgraphs.orders.app import CancelReason, ClaimedSaga, SagaPayload, SagaRecord, SagaState, SagaStep, StockLine
from workers.checkout_saga.state import EDGES, MAX_ATTEMPTS, Outcome, StepResult, delay_seconds, following

S, OUT, R = SagaStep, Outcome, CancelReason
RUNNING, COMPENSATING = SagaState.RUNNING, SagaState.COMPENSATING
GOODS = SagaPayload(total_minor=100, currency="GBP", lines=(StockLine(uuid7(), 1),), payment_token="t")
FREE = replace(GOODS, total_minor=0)
CHARGES_ONLY = replace(GOODS, lines=())
CLAIM = ClaimedSaga(
    tenant_id=uuid7(),
    saga_id=uuid7(),
    order_id=uuid7(),
    fence=1,
    state=RUNNING,
    step=S.RESERVE_STOCK,
    attempts=1,
    reason=None,
    payload=GOODS,
)


def after(
    step: SagaStep, outcome: Outcome, *, attempts: int = 1, payload: SagaPayload = GOODS, reason: str | None = None
) -> SagaRecord:
    state = COMPENSATING if step in {S.VOID_CHARGE, S.RELEASE_STOCK, S.CANCEL_ORDER} else RUNNING
    claim = replace(CLAIM, step=step, state=state, attempts=attempts, payload=payload, reason=reason)
    return following(claim, StepResult(outcome))


@pytest.mark.parametrize(
    ("step", "outcome", "payload", "state", "then"),
    [
        (S.RESERVE_STOCK, OUT.DONE, GOODS, RUNNING, S.CHARGE),
        (S.RESERVE_STOCK, OUT.DONE, FREE, RUNNING, S.COMMIT_STOCK),
        (S.CHARGE, OUT.DONE, GOODS, RUNNING, S.COMMIT_STOCK),
        (S.CHARGE, OUT.DONE, CHARGES_ONLY, RUNNING, S.CONFIRM_ORDER),
        (S.RESOLVE_CHARGE, OUT.DONE, GOODS, RUNNING, S.COMMIT_STOCK),
        (S.RESOLVE_CHARGE, OUT.DONE, CHARGES_ONLY, RUNNING, S.CONFIRM_ORDER),
        (S.COMMIT_STOCK, OUT.DONE, GOODS, RUNNING, S.CONFIRM_ORDER),
        (S.CONFIRM_ORDER, OUT.DONE, GOODS, SagaState.COMPLETED, S.CONFIRM_ORDER),
        (S.VOID_CHARGE, OUT.DONE, GOODS, COMPENSATING, S.RELEASE_STOCK),
        (S.RELEASE_STOCK, OUT.DONE, GOODS, COMPENSATING, S.CANCEL_ORDER),
        (S.CANCEL_ORDER, OUT.DONE, GOODS, SagaState.COMPENSATED, S.CANCEL_ORDER),
    ],
)
def test_a_step_that_is_done_leads_to_the_next_one_needed(
    *, step: SagaStep, outcome: Outcome, payload: SagaPayload, state: SagaState, then: SagaStep
):
    assert after(step, outcome, payload=payload) == SagaRecord(state, then, attempts=1)


@pytest.mark.parametrize(
    ("step", "outcome", "payload", "then", "reason"),
    [
        (S.RESERVE_STOCK, OUT.SHORT, GOODS, S.CANCEL_ORDER, R.INSUFFICIENT_STOCK),
        (S.CHARGE, OUT.DECLINED, GOODS, S.RELEASE_STOCK, R.PAYMENT_DECLINED),
        (S.CHARGE, OUT.DECLINED, CHARGES_ONLY, S.CANCEL_ORDER, R.PAYMENT_DECLINED),
        (S.RESOLVE_CHARGE, OUT.DECLINED, GOODS, S.RELEASE_STOCK, R.PAYMENT_DECLINED),
        (S.COMMIT_STOCK, OUT.STOCK_LOST, GOODS, S.VOID_CHARGE, R.STOCK_LOST),
        (S.COMMIT_STOCK, OUT.STOCK_LOST, FREE, S.RELEASE_STOCK, R.STOCK_LOST),
    ],
)
def test_a_no_is_compensated_in_reverse(
    *, step: SagaStep, outcome: Outcome, payload: SagaPayload, then: SagaStep, reason: CancelReason
):
    assert after(step, outcome, payload=payload) == SagaRecord(COMPENSATING, then, attempts=1, reason=reason)


def test_a_compensation_remembers_why():
    record = after(S.RELEASE_STOCK, OUT.DONE, reason=R.PAYMENT_DECLINED)

    assert record.reason == R.PAYMENT_DECLINED


@pytest.mark.parametrize(
    ("step", "outcome", "then"),
    [
        (S.CHARGE, OUT.UNDECIDED, S.RESOLVE_CHARGE),
        (S.RESOLVE_CHARGE, OUT.UNDECIDED, S.RESOLVE_CHARGE),
        (S.RESOLVE_CHARGE, OUT.NEVER_CHARGED, S.CHARGE),
    ],
)
def test_an_undecided_charge_is_asked_about_later_and_never_compensated(
    step: SagaStep, outcome: Outcome, then: SagaStep
):
    assert after(step, outcome, attempts=3) == SagaRecord(RUNNING, then, attempts=3, delay_seconds=2.0)


@pytest.mark.parametrize("step", list(S))
def test_no_answer_means_the_same_step_later(step: SagaStep):
    record = after(step, OUT.NO_ANSWER, attempts=2)

    assert (record.step, record.attempts, record.delay_seconds) == (step, 2, 1.0)
    assert record.state.is_live


@pytest.mark.parametrize(
    ("step", "outcome"),
    [(step, OUT.NO_ANSWER) for step in S] + [(S.CHARGE, OUT.UNDECIDED), (S.RESOLVE_CHARGE, OUT.UNDECIDED)],
)
def test_after_the_last_attempt_a_person_is_asked(step: SagaStep, outcome: Outcome):
    record = after(step, outcome, attempts=MAX_ATTEMPTS)

    assert record == SagaRecord(SagaState.NEEDS_ATTENTION, step, attempts=MAX_ATTEMPTS)


@pytest.mark.parametrize(
    ("step", "outcome"),
    [(step, outcome) for step in S for outcome in OUT if outcome is not OUT.NO_ANSWER and (step, outcome) not in EDGES],
)
def test_whatever_has_no_place_in_the_table_needs_attention(step: SagaStep, outcome: Outcome):
    record = after(step, outcome)

    assert record == SagaRecord(SagaState.NEEDS_ATTENTION, step, attempts=1, last_error=outcome)


def test_waits_double_up_to_half_a_minute():
    assert [delay_seconds(attempts) for attempts in (1, 2, 3, 6, 7, 20)] == [0.5, 1.0, 2.0, 16.0, 30.0, 30.0]
