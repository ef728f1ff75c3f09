"""Each step as one call of an internal mutation, and how its answer is read.

Every call carries the key `<saga>:<step>`, never the attempt: a participant gives its first answer again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, TypeAlias, cast
from uuid import UUID

from kernel.errors import DomainError
from kernel.ids import encode_global_id
from kernel.money import Money
from kernel.subgraph import JsonObject, JsonValue
from subgraphs.orders.app import ClaimedSaga, SagaStep
from workers.checkout_saga.state import Outcome, StepResult


class SubgraphCalls(Protocol):
    """What the saga needs of `kernel.service_client.SubgraphClient`."""

    async def call(
        self, subgraph: str, document: str, variables: Mapping[str, JsonValue], *, tenant_id: UUID
    ) -> JsonObject:
        """The data of one operation; raises DomainError."""
        ...


Step: TypeAlias = Callable[[SubgraphCalls, ClaimedSaga], Awaitable[StepResult]]

RESERVE: Final = """mutation SagaReserveStock($order: ID!, $lines: [StockReserveLineInput!]!, $key: String!) {
  stockReserve(orderId: $order, lines: $lines, idempotencyKey: $key) { userErrors { code message } } }"""
COMMIT: Final = """mutation SagaCommitStock($order: ID!, $key: String!) {
  stockCommit(orderId: $order, idempotencyKey: $key) { userErrors { code message } } }"""
RELEASE: Final = """mutation SagaReleaseStock($order: ID!, $key: String!) {
  stockRelease(orderId: $order, idempotencyKey: $key) { userErrors { code message } } }"""
CHARGE: Final = """mutation SagaCharge($order: ID!, $amount: MoneyInput!, $token: String!, $key: String!) {
  paymentCharge(orderId: $order, amount: $amount, token: $token, idempotencyKey: $key) {
    outcome userErrors { code message } } }"""
RESOLVE: Final = """mutation SagaResolveCharge($order: ID!, $key: String!) {
  paymentResolve(orderId: $order, idempotencyKey: $key) { outcome userErrors { code message } } }"""
VOID: Final = """mutation SagaVoidCharge($order: ID!, $key: String!) {
  paymentVoid(orderId: $order, idempotencyKey: $key) { userErrors { code message } } }"""
CONFIRM: Final = """mutation SagaConfirmOrder($order: ID!, $key: String!) {
  orderConfirm(orderId: $order, idempotencyKey: $key) { userErrors { code message } } }"""
CANCEL: Final = """mutation SagaCancelOrder($order: ID!, $reason: OrderCancelReason!, $key: String!) {
  orderCancel(orderId: $order, reason: $reason, idempotencyKey: $key) { userErrors { code message } } }"""
DOCUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "inventory": (RESERVE, COMMIT, RELEASE),
    "payments": (CHARGE, RESOLVE, VOID),
    "orders": (CONFIRM, CANCEL),
}

# shorter than a lease: while a runner waits, it is the only one
_CALL_SECONDS: Final = 10.0
# refusals that mean "there is not enough": the order cannot be had
_SHORTAGES: Final = frozenset({"INSUFFICIENT_STOCK", "UNKNOWN_VARIANT", "INVALID_QUANTITY", "TOO_MANY_LINES"})
_LOST: Final = frozenset({"NO_SUCH_RESERVATION", "RESERVATION_RELEASED"})
# a refusal changed nothing (C-03), but of these only the last leaves it open whether the order is paid
_CHARGE_REFUSALS: Final[Mapping[str, Outcome]] = {
    "INVALID_TOKEN": Outcome.DECLINED,
    "INVALID_AMOUNT": Outcome.DECLINED,
    "ORDER_VOIDED": Outcome.DECLINED,
    "ALREADY_PAID": Outcome.UNDECIDED,
}
_CHARGE_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "COMPLETED": Outcome.DONE,
    "DECLINED": Outcome.DECLINED,
    "UNKNOWN": Outcome.UNDECIDED,
}


async def perform(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """Do the claimed saga's step. No answer, an unexpected error or a time-out is an unknown effect, not a failure."""
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            return await STEPS[claim.step](calls, claim)
    except (DomainError, TimeoutError) as error:
        code = error.code if isinstance(error, DomainError) else "TIMEOUT"
        return StepResult(Outcome.NO_ANSWER, f"{code}: {error}")


async def reserve_stock(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """Hold the order's goods, all or nothing."""
    lines: list[JsonValue] = [
        {"variantId": encode_global_id("ProductVariant", line.variant_id), "quantity": line.quantity}
        for line in claim.payload.lines
    ]
    payload = await _mutate(calls, claim, "inventory", RESERVE, lines=lines)
    return _read(payload, dict.fromkeys(_SHORTAGES, Outcome.SHORT))


async def commit_stock(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """The held goods leave."""
    payload = await _mutate(calls, claim, "inventory", COMMIT)
    return _read(payload, dict.fromkeys(_LOST, Outcome.STOCK_LOST))


async def release_stock(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """The held goods are free again, and a late reservation is refused."""
    return _read(await _mutate(calls, claim, "inventory", RELEASE))


async def charge(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """Take the order's total."""
    total = Money(claim.payload.total_minor, claim.payload.currency)
    amount: JsonObject = {"amount": total.amount, "currencyCode": total.currency}
    token = claim.payload.payment_token or ""
    return _read_charge(await _mutate(calls, claim, "payments", CHARGE, amount=amount, token=token))


async def resolve_charge(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """Ask what became of the charge."""
    payload = await _mutate(calls, claim, "payments", RESOLVE)
    if _refusals(payload).keys() & {"NO_SUCH_PAYMENT"}:
        return StepResult(Outcome.NEVER_CHARGED)
    return _read_charge(payload)


async def void_charge(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """Give back what was taken and refuse a late charge; payments goes on by itself while its provider is silent."""
    return _read(await _mutate(calls, claim, "payments", VOID))


async def confirm_order(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """The order has its stock and its money."""
    return _read(await _mutate(calls, claim, "orders", CONFIRM))


async def cancel_order(calls: SubgraphCalls, claim: ClaimedSaga) -> StepResult:
    """The order did not come about."""
    return _read(await _mutate(calls, claim, "orders", CANCEL, reason=claim.reason))


STEPS: Final[Mapping[SagaStep, Step]] = {
    SagaStep.RESERVE_STOCK: reserve_stock,
    SagaStep.CHARGE: charge,
    SagaStep.RESOLVE_CHARGE: resolve_charge,
    SagaStep.COMMIT_STOCK: commit_stock,
    SagaStep.CONFIRM_ORDER: confirm_order,
    SagaStep.VOID_CHARGE: void_charge,
    SagaStep.RELEASE_STOCK: release_stock,
    SagaStep.CANCEL_ORDER: cancel_order,
}


async def _mutate(
    calls: SubgraphCalls, claim: ClaimedSaga, subgraph: str, document: str, **variables: JsonValue
) -> JsonObject:
    order = encode_global_id("Order", claim.order_id)
    key = f"{claim.saga_id}:{claim.step}"
    data = await calls.call(subgraph, document, {"order": order, "key": key, **variables}, tenant_id=claim.tenant_id)
    (payload,) = data.values()
    return cast("JsonObject", payload)


def _refusals(payload: JsonObject) -> dict[str, str]:
    errors = cast("list[dict[str, str]]", payload["userErrors"])
    return {error["code"]: error["message"] for error in errors}


def _read(payload: JsonObject, meanings: Mapping[str, Outcome] | None = None) -> StepResult:
    for code, message in _refusals(payload).items():
        return StepResult((meanings or {}).get(code, Outcome.REFUSED), f"{code}: {message}")
    return StepResult(Outcome.DONE)


def _read_charge(payload: JsonObject) -> StepResult:
    refused = _read(payload, _CHARGE_REFUSALS)
    if refused.outcome is not Outcome.DONE:
        return refused
    return StepResult(_CHARGE_OUTCOMES[str(payload["outcome"])])
