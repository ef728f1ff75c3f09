"""Carry one refund to the provider: choose the payment, ask the provider, store its answer."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.errors import NotFound
from kernel.money import Money
from kernel.telemetry import get_logger
from kernel.tenant_transactions import Transactions
from subgraphs.payments.model import Payment, Refund, RefundReason, RefundStatus, TaskKind
from subgraphs.payments.ports import PaymentProvider, ProviderRefused, ProviderSilent, RefundRequest
from subgraphs.payments.repository import (
    has_pending_payment,
    payment_for_update,
    payment_of_order_to_refund,
    refund_for_update,
    remove_task,
)

log = get_logger(__name__)
NOT_PAID = "NOT_PAID"
EXCEEDS_CAPTURED = "EXCEEDS_CAPTURED"


@dataclass(frozen=True, slots=True)
class FinishRefund:
    """How a refund ended: with the provider's reference, or with a code why not."""

    refund_id: UUID
    reference: str | None = None
    failure_code: str | None = None


async def carry_refund(transactions: Transactions, provider: PaymentProvider, refund_id: UUID) -> bool:
    """True when the refund's end is known; False when it must be tried again. Repeating is harmless."""
    instruction = await transactions.run(prepare_refund, refund_id)
    if isinstance(instruction, bool):
        return instruction
    try:
        reference = await provider.refund(instruction)
    except ProviderSilent as silence:
        log.warning("provider_silent", refund_id=str(refund_id), reason=str(silence))
        return False
    except ProviderRefused as refusal:
        await transactions.run(finish_refund, FinishRefund(refund_id, failure_code=refusal.code))
        return True
    await transactions.run(finish_refund, FinishRefund(refund_id, reference=reference))
    return True


async def prepare_refund(tx: Transaction, refund_id: UUID) -> RefundRequest | bool:
    """What to ask of the provider; or True when the end is known, False when the charge is not settled yet.

    Raises:
        NotFound: the tenant has no such refund.
    """
    refund = await _locked(tx, refund_id)
    if refund.status is not RefundStatus.PENDING:
        await remove_task(tx.session, TaskKind.REFUND, refund.id)
        return True
    payment: Payment | None = None
    if refund.payment_id is not None:
        payment = await payment_for_update(tx.session, refund.payment_id)
    elif refund.order_id is not None:
        if await has_pending_payment(tx.session, refund.order_id):
            return False
        payment = await payment_of_order_to_refund(tx.session, refund.order_id)
        if (failure := _claim(refund, payment)) is not None:
            await _fail(tx, refund, failure)
            return True
    reference = payment.provider_reference if payment is not None else None
    money = Money(refund.amount_minor, refund.currency)
    return RefundRequest(f"refund:{refund.id}", money, reference, tx.tenant_id, refund.id)


async def finish_refund(tx: Transaction, command: FinishRefund) -> None:
    """Write down how it ended; hearing it twice changes nothing.

    Raises:
        NotFound: the tenant has no such refund.
    """
    refund = await _locked(tx, command.refund_id)
    if command.failure_code is not None:
        await _fail(tx, refund, command.failure_code)
        return
    if refund.complete(command.reference):
        payment = await _payment_of(tx, refund)
        if payment is not None:
            payment.give_back(refund.amount_minor)
        log.info("refund_completed", refund_id=str(refund.id))
    await remove_task(tx.session, TaskKind.REFUND, refund.id)


def _claim(refund: Refund, payment: Payment | None) -> str | None:
    """Bind the refund to the payment; the code why that cannot be, or None."""
    if payment is None:
        return NOT_PAID
    if payment.currency != refund.currency or payment.unclaimed_minor < refund.amount_minor:
        return EXCEEDS_CAPTURED
    payment.claim(refund.amount_minor)
    refund.payment_id = payment.id
    return None


async def _fail(tx: Transaction, refund: Refund, code: str) -> None:
    if refund.fail(code):
        payment = await _payment_of(tx, refund)
        # what must go back whole stays claimed: asking again would be refused again
        if payment is not None and refund.reason is RefundReason.RETURN:
            payment.unclaim(refund.amount_minor)
        # nobody gets this money unless a person acts
        log.error("refund_failed", refund_id=str(refund.id), code=code)
    await remove_task(tx.session, TaskKind.REFUND, refund.id)


async def _payment_of(tx: Transaction, refund: Refund) -> Payment | None:
    return await payment_for_update(tx.session, refund.payment_id) if refund.payment_id is not None else None


async def _locked(tx: Transaction, refund_id: UUID) -> Refund:
    refund = await refund_for_update(tx.session, refund_id)
    if refund is None:
        raise NotFound("there is no such refund")
    return refund
