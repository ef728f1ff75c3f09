from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from kernel.errors import DomainError, Forbidden, Unavailable
from kernel.ids import encode_global_id
from kernel.subgraph import JsonObject, JsonValue
from subgraphs.orders.app import SagaStep
from tests.fakes.participants import refusal
from tests.fakes.sagas import ONE_MUG, FakeSagas
from workers.checkout_saga.state import Outcome, StepResult
from workers.checkout_saga.steps import STEPS, perform

CLAIM = FakeSagas().add(ONE_MUG)
CHARGED: JsonObject = {"outcome": "COMPLETED", "userErrors": []}


class OneAnswer:
    def __init__(self, answer: JsonObject | Exception) -> None:
        self.answer = answer
        self.sent: list[tuple[str, dict[str, Any], UUID]] = []

    async def call(
        self, subgraph: str, document: str, variables: Mapping[str, JsonValue], *, tenant_id: UUID
    ) -> JsonObject:
        del document
        self.sent.append((subgraph, dict(variables), tenant_id))
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"field": self.answer}


@pytest.mark.parametrize(
    ("step", "answer", "outcome"),
    [
        (SagaStep.RESERVE_STOCK, {"userErrors": []}, Outcome.DONE),
        (SagaStep.RESERVE_STOCK, refusal("INSUFFICIENT_STOCK"), Outcome.SHORT),
        (SagaStep.RESERVE_STOCK, refusal("UNKNOWN_VARIANT"), Outcome.SHORT),
        (SagaStep.RESERVE_STOCK, refusal("RESERVATION_DIFFERS"), Outcome.REFUSED),
        (SagaStep.CHARGE, CHARGED, Outcome.DONE),
        (SagaStep.CHARGE, {"outcome": "DECLINED", "userErrors": []}, Outcome.DECLINED),
        (SagaStep.CHARGE, {"outcome": "UNKNOWN", "userErrors": []}, Outcome.UNDECIDED),
        (SagaStep.CHARGE, {"outcome": None, **refusal("INVALID_TOKEN")}, Outcome.DECLINED),
        (SagaStep.CHARGE, {"outcome": None, **refusal("ORDER_VOIDED")}, Outcome.DECLINED),
        (SagaStep.CHARGE, {"outcome": None, **refusal("ALREADY_PAID")}, Outcome.UNDECIDED),
        (SagaStep.CHARGE, {"outcome": None, **refusal("SOMETHING_ELSE")}, Outcome.REFUSED),
        (SagaStep.RESOLVE_CHARGE, CHARGED, Outcome.DONE),
        (SagaStep.RESOLVE_CHARGE, {"outcome": None, **refusal("NO_SUCH_PAYMENT")}, Outcome.NEVER_CHARGED),
        (SagaStep.COMMIT_STOCK, refusal("NO_SUCH_RESERVATION"), Outcome.STOCK_LOST),
        (SagaStep.COMMIT_STOCK, refusal("RESERVATION_RELEASED"), Outcome.STOCK_LOST),
        (SagaStep.RELEASE_STOCK, refusal("RESERVATION_COMMITTED"), Outcome.REFUSED),
        (SagaStep.CONFIRM_ORDER, refusal("ORDER_NOT_PENDING"), Outcome.REFUSED),
        (SagaStep.CANCEL_ORDER, refusal("ORDER_NOT_PENDING"), Outcome.REFUSED),
        (SagaStep.VOID_CHARGE, {"userErrors": []}, Outcome.DONE),
    ],
)
async def test_an_answer_is_read_as_an_outcome(step: SagaStep, answer: JsonObject, outcome: Outcome):
    result = await perform(OneAnswer(answer), replace(CLAIM, step=step))

    assert result.outcome is outcome


@pytest.mark.parametrize("step", list(STEPS))
@pytest.mark.parametrize("error", [Unavailable("away"), Forbidden("no"), DomainError("oops"), TimeoutError("late")])
async def test_any_error_is_an_unknown_effect(step: SagaStep, error: Exception):
    result = await perform(OneAnswer(error), replace(CLAIM, step=step))

    assert result.outcome is Outcome.NO_ANSWER
    assert str(error) in (result.note or "")


async def test_a_refusal_is_remembered_with_its_code():
    result = await perform(OneAnswer(refusal("INSUFFICIENT_STOCK")), CLAIM)

    assert result == StepResult(Outcome.SHORT, "INSUFFICIENT_STOCK: no")


async def test_a_charge_names_order_amount_token_and_key_for_the_tenant():
    calls = OneAnswer(CHARGED)

    await perform(calls, replace(CLAIM, step=SagaStep.CHARGE))

    variables = {
        "order": encode_global_id("Order", CLAIM.order_id),
        "key": f"{CLAIM.saga_id}:CHARGE",
        "amount": {"amount": "2.50", "currencyCode": "GBP"},
        "token": "tok_approve",
    }
    assert calls.sent == [("payments", variables, CLAIM.tenant_id)]
