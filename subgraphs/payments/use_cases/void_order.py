"""Give up an order's money: refuse late charges, and give back whatever was captured."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.telemetry import get_logger
from kernel.tenant_transactions import Transactions
from subgraphs.payments.model import TaskKind
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.repository import (
    lock_order_account,
    payments_of_order_for_update,
    pending_refunds_of_payments,
    remove_task,
)
from subgraphs.payments.use_cases.carry_refund import carry_refund
from subgraphs.payments.use_cases.resolve_payment import Patience, resolve_payment
from subgraphs.payments.use_cases.settle_charge import PaymentOutcome, PaymentState, pay_back_what_is_owed

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VoidOrder:
    """Which order."""

    order_id: UUID


@dataclass(frozen=True, slots=True)
class VoidedOrder:
    """The last payment of the order, if any, and whether all its money is known to be back."""

    payment_id: UUID | None
    outcome: PaymentOutcome


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """What the provider must still be asked about an order."""

    payments: tuple[PaymentState, ...]
    pending_refunds: tuple[UUID, ...]

    @property
    def is_known(self) -> bool:
        """True when nothing is captured that has not gone back."""
        return not self.pending_refunds and all(state.is_known for state in self.payments)


async def void_order(
    transactions: Transactions, provider: PaymentProvider, command: VoidOrder, patience: Patience
) -> VoidedOrder:
    """VOIDED when all is known to be back; UNKNOWN while the provider is silent, a worker carries on then."""
    matters = await transactions.run(void_payments, command)
    for state in matters.payments:
        await resolve_payment(transactions, provider, state, patience)
    if not matters.is_known:
        matters = await transactions.run(void_payments, command)
    for refund_id in matters.pending_refunds:
        await carry_refund(transactions, provider, refund_id)
    if matters.pending_refunds:
        matters = await transactions.run(void_payments, command)
    payment_id = matters.payments[-1].payment_id if matters.payments else None
    outcome = PaymentOutcome.VOIDED if matters.is_known else PaymentOutcome.UNKNOWN
    log.info("order_payments_voided", order_id=str(command.order_id), outcome=outcome)
    return VoidedOrder(payment_id, outcome)


async def void_payments(tx: Transaction, command: VoidOrder) -> OpenMatters:
    """Leave the tombstone, void every payment, set aside what must go back; what is still open. Twice is once."""
    account = await lock_order_account(tx.session, tx.tenant_id, command.order_id)
    account.is_voided = True
    payments = await payments_of_order_for_update(tx.session, command.order_id)
    for payment in payments:
        payment.void()
        if payment.is_settled:
            await remove_task(tx.session, TaskKind.RESOLVE, payment.id)
        await pay_back_what_is_owed(tx, payment)
    await tx.session.flush()
    pending = await pending_refunds_of_payments(tx.session, [payment.id for payment in payments])
    return OpenMatters(tuple(PaymentState.of(payment) for payment in payments), tuple(pending))
