"""The checkout saga: its steps, what undoes them, and the runner that takes one saga as far as it goes.

| step           | call                    | when it says no           | then (COMPENSATING)                        |
|----------------|-------------------------|---------------------------|--------------------------------------------|
| RESERVE_STOCK  | inventory.stockReserve  | shortage                  | CANCEL_ORDER (INSUFFICIENT_STOCK)          |
| CHARGE         | payments.paymentCharge  | declined                  | RELEASE_STOCK → CANCEL_ORDER               |
|                |                         |                           | (PAYMENT_DECLINED)                         |
|                |                         | outcome unknown           | nothing blindly: RESOLVE_CHARGE            |
| RESOLVE_CHARGE | payments.paymentResolve | unknown still             | again later, up to MAX_ATTEMPTS            |
|                |                         | declined                  | like CHARGE                                |
|                |                         | payments never heard of it| CHARGE again, same key                     |
| COMMIT_STOCK   | inventory.stockCommit   | the reservation is gone   | VOID_CHARGE → RELEASE_STOCK → CANCEL_ORDER |
|                |                         |                           | (STOCK_LOST)                               |
| CONFIRM_ORDER  | orders.orderConfirm     |                           | then COMPLETED                             |
| VOID_CHARGE    | payments.paymentVoid    |                           |                                            |
| RELEASE_STOCK  | inventory.stockRelease  |                           |                                            |
| CANCEL_ORDER   | orders.orderCancel      |                           | then COMPENSATED                           |

CHARGE is skipped for a total of 0, the stock steps for an order without goods. No answer from a participant, in either
direction, means the same call with the same key later. After MAX_ATTEMPTS, or at a refusal that has no place above,
the saga NEEDS_ATTENTION: logged, counted, left as it is.

Reading the record of one step as the intent of the next: a step is stored before it is called, so a runner that dies
anywhere leaves a row from which another repeats the same call under the same key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from kernel.telemetry import bound_request, counter, get_logger
from subgraphs.orders.app import ClaimedSaga, SagaRecord, SagaState
from workers.checkout_saga.state import MAX_ATTEMPTS, following, needs_attention
from workers.checkout_saga.steps import SubgraphCalls, perform

log = get_logger(__name__)
_STEPS_DONE = counter("checkout_saga_steps_total", "Checkout saga steps recorded", ("step", "state"))
_NEEDS_ATTENTION = counter("checkout_saga_needs_attention_total", "Checkout sagas that need a person")


class Sagas(Protocol):
    """What the runner needs of `subgraphs.orders.app.SagaStore`."""

    async def claim(self, tenant_id: UUID, saga_id: UUID) -> ClaimedSaga | None:
        """Take a due saga nobody holds."""
        ...

    async def claim_due(self, limit: int) -> Sequence[ClaimedSaga]:
        """Take due sagas nobody holds."""
        ...

    async def record(self, claim: ClaimedSaga, record: SagaRecord) -> bool:
        """Write what a step led to; False when the fence is lost."""
        ...


@dataclass(frozen=True, slots=True)
class SagaDeps:
    """Where sagas are kept, and how their participants are reached."""

    store: Sagas
    calls: SubgraphCalls


async def run_saga(deps: SagaDeps, tenant_id: UUID, saga_id: UUID) -> None:
    """Claim the saga and take it as far as it goes; nothing to do if it is held, over, or not due."""
    claim = await deps.store.claim(tenant_id, saga_id)
    if claim is not None:
        await drive(deps, claim)


async def drive(deps: SagaDeps, claim: ClaimedSaga) -> None:
    """Take a claimed saga as far as it goes: to its end, to a wait, or to where another runner took over."""
    # the saga is the request its calls and facts belong to
    saga_id = claim.saga_id
    with bound_request(request_id=str(saga_id), trace_id=saga_id.hex, tenant=str(claim.tenant_id)):
        held: ClaimedSaga | None = claim
        while held is not None:
            held = await _advance(deps, held)


async def _advance(deps: SagaDeps, claim: ClaimedSaga) -> ClaimedSaga | None:
    record = await _step(deps, claim)
    if not await deps.store.record(claim, record):
        log.info("saga_taken_over", order_id=str(claim.order_id), step=claim.step)
        return None
    _tell(claim, record)
    if record.delay_seconds is not None or not record.state.is_live:
        return None
    return replace(claim, state=record.state, step=record.step, attempts=record.attempts, reason=record.reason)


async def _step(deps: SagaDeps, claim: ClaimedSaga) -> SagaRecord:
    # a step that kills its runner never gets to record anything: the claims count
    if claim.attempts > MAX_ATTEMPTS:
        return needs_attention(claim, "every try of this step ended without a record")
    return following(claim, await perform(deps.calls, claim))


def _tell(claim: ClaimedSaga, record: SagaRecord) -> None:
    _STEPS_DONE.labels(claim.step, record.state).inc()
    facts = {"order_id": str(claim.order_id), "step": claim.step, "attempts": claim.attempts}
    if record.state is SagaState.NEEDS_ATTENTION:
        _NEEDS_ATTENTION.inc()
        log.error("saga_needs_attention", reason=record.last_error, **facts)
    elif record.delay_seconds is not None:
        log.warning("saga_waits", seconds=record.delay_seconds, reason=record.last_error, **facts)
    elif not record.state.is_live:
        log.info("saga_ended", state=record.state, reason=record.reason, **facts)
