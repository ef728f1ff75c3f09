"""The saga as a pure state machine: where a step's outcome leads. No I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from subgraphs.orders.app import CancelReason, ClaimedSaga, SagaPayload, SagaRecord, SagaState, SagaStep

MAX_ATTEMPTS: Final = 20
_FIRST_DELAY_SECONDS: Final = 0.5
_LONGEST_DELAY_SECONDS: Final = 30.0


class Outcome(StrEnum):
    """What a participant answered."""

    DONE = "DONE"
    SHORT = "SHORT"  # not enough stock; nothing is reserved
    DECLINED = "DECLINED"  # no money moved, and none will
    UNDECIDED = "UNDECIDED"  # the payment provider does not know yet
    NEVER_CHARGED = "NEVER_CHARGED"  # payments never heard of this charge
    STOCK_LOST = "STOCK_LOST"  # the reservation is gone
    NO_ANSWER = "NO_ANSWER"  # the effect is unknown; the same key may be tried again
    REFUSED = "REFUSED"  # a refusal that has no place here: somebody has to look


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step's outcome, and what to remember of an unhappy one."""

    outcome: Outcome
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Edge:
    step: SagaStep
    state: SagaState = SagaState.RUNNING
    reason: CancelReason | None = None
    waits: bool = False


_S, _O = SagaStep, Outcome
_DECLINED: Final = _Edge(_S.RELEASE_STOCK, SagaState.COMPENSATING, CancelReason.PAYMENT_DECLINED)
EDGES: Final[Mapping[tuple[SagaStep, Outcome], _Edge]] = {
    (_S.RESERVE_STOCK, _O.DONE): _Edge(_S.CHARGE),
    (_S.RESERVE_STOCK, _O.SHORT): _Edge(_S.CANCEL_ORDER, SagaState.COMPENSATING, CancelReason.INSUFFICIENT_STOCK),
    (_S.CHARGE, _O.DONE): _Edge(_S.COMMIT_STOCK),
    (_S.CHARGE, _O.DECLINED): _DECLINED,
    (_S.CHARGE, _O.UNDECIDED): _Edge(_S.RESOLVE_CHARGE, waits=True),
    (_S.RESOLVE_CHARGE, _O.DONE): _Edge(_S.COMMIT_STOCK),
    (_S.RESOLVE_CHARGE, _O.DECLINED): _DECLINED,
    (_S.RESOLVE_CHARGE, _O.UNDECIDED): _Edge(_S.RESOLVE_CHARGE, waits=True),
    (_S.RESOLVE_CHARGE, _O.NEVER_CHARGED): _Edge(_S.CHARGE, waits=True),
    (_S.COMMIT_STOCK, _O.DONE): _Edge(_S.CONFIRM_ORDER),
    (_S.COMMIT_STOCK, _O.STOCK_LOST): _Edge(_S.VOID_CHARGE, SagaState.COMPENSATING, CancelReason.STOCK_LOST),
    (_S.CONFIRM_ORDER, _O.DONE): _Edge(_S.CONFIRM_ORDER, SagaState.COMPLETED),
    (_S.VOID_CHARGE, _O.DONE): _Edge(_S.RELEASE_STOCK, SagaState.COMPENSATING),
    (_S.RELEASE_STOCK, _O.DONE): _Edge(_S.CANCEL_ORDER, SagaState.COMPENSATING),
    (_S.CANCEL_ORDER, _O.DONE): _Edge(_S.CANCEL_ORDER, SagaState.COMPENSATED),
}


def following(claim: ClaimedSaga, result: StepResult) -> SagaRecord:
    """What to record after a step: the next step, another try later, the end, or a call for help."""
    if result.outcome is Outcome.NO_ANSWER:
        return _later(claim, _Edge(claim.step, claim.state), result.note)
    edge = EDGES.get((claim.step, result.outcome))
    if edge is None:
        return needs_attention(claim, result.note or result.outcome)
    if edge.waits:
        return _later(claim, edge, result.note)
    edge = _skipping(edge, claim.payload)
    reason = edge.reason or claim.reason
    return SagaRecord(edge.state, edge.step, attempts=1, reason=reason, last_error=result.note)


def needs_attention(claim: ClaimedSaga, note: str | None) -> SagaRecord:
    """Stop: a person decides. Nothing is compensated blindly."""
    return SagaRecord(
        SagaState.NEEDS_ATTENTION, claim.step, attempts=claim.attempts, reason=claim.reason, last_error=note
    )


def delay_seconds(attempts: int) -> float:
    """How long to wait after so many tries: doubling from half a second to half a minute."""
    return min(_FIRST_DELAY_SECONDS * 2 ** (attempts - 1), _LONGEST_DELAY_SECONDS)


def _later(claim: ClaimedSaga, edge: _Edge, note: str | None) -> SagaRecord:
    # tries are counted over charge and resolve together: going back and forth between them must end too
    if claim.attempts >= MAX_ATTEMPTS:
        return needs_attention(claim, note)
    return SagaRecord(
        edge.state,
        edge.step,
        attempts=claim.attempts,
        reason=claim.reason,
        last_error=note,
        delay_seconds=delay_seconds(claim.attempts),
    )


def _skipping(edge: _Edge, payload: SagaPayload) -> _Edge:
    """The edge past steps this order does not need: no charge for nothing, no stock for charges alone."""
    while edge.state.is_live and not _is_needed(edge.step, payload):
        onward = EDGES[edge.step, Outcome.DONE]
        edge = _Edge(onward.step, onward.state, edge.reason)
    return edge


def _is_needed(step: SagaStep, payload: SagaPayload) -> bool:
    if step in {SagaStep.CHARGE, SagaStep.VOID_CHARGE}:
        return payload.total_minor > 0
    if step in {SagaStep.COMMIT_STOCK, SagaStep.RELEASE_STOCK}:
        return bool(payload.lines)
    return True
