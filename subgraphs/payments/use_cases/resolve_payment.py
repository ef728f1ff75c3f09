"""Find out what became of a charge whose answer was lost."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kernel.clock import utcnow
from kernel.database import Transaction
from kernel.errors import NotFound
from kernel.telemetry import get_logger
from kernel.tenant_transactions import Transactions
from subgraphs.payments.errors import NoSuchPayment
from subgraphs.payments.model import TaskKind
from subgraphs.payments.ports import PaymentProvider, ProviderSilent
from subgraphs.payments.repository import latest_payment_of_order, payment_for_update, remove_task
from subgraphs.payments.use_cases.settle_charge import PaymentState, SettleCharge, settle_charge

log = get_logger(__name__)
WATCH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long after the last attempt a charge the provider does not know of may still arrive there."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The provider has never seen the payment's charge."""

    payment_id: UUID
    patience: Patience


async def resolve_order(
    transactions: Transactions, provider: PaymentProvider, order_id: UUID, patience: Patience
) -> PaymentState:
    """The order's last payment, after asking the provider once when it is not settled.

    Raises:
        NoSuchPayment: nobody has tried to charge this order.
    """
    return await resolve_payment(transactions, provider, await transactions.run(find_payment, order_id), patience)


async def resolve_payment(
    transactions: Transactions, provider: PaymentProvider, state: PaymentState, patience: Patience
) -> PaymentState:
    """Ask the provider by key. Silence changes nothing; a charge unknown there fails when patience is over."""
    if state.is_settled:
        return state
    try:
        charge = await provider.find_charge(state.provider_key)
    except ProviderSilent as silence:
        log.warning("provider_silent", payment_id=str(state.payment_id), reason=str(silence))
        return state
    if charge is not None:
        return await transactions.run(settle_charge, SettleCharge(state.payment_id, charge))
    return await transactions.run(give_up_charge, GiveUp(state.payment_id, patience))


async def find_payment(tx: Transaction, order_id: UUID) -> PaymentState:
    """The order's last payment.

    Raises:
        NoSuchPayment: nobody has tried to charge this order.
    """
    payment = await latest_payment_of_order(tx.session, order_id)
    if payment is None:
        raise NoSuchPayment("nobody has tried to charge this order", field=("orderId",))
    return PaymentState.of(payment)


async def read_payment(tx: Transaction, payment_id: UUID) -> PaymentState:
    """A payment by id.

    Raises:
        NotFound: the tenant has no such payment.
    """
    payment = await payment_for_update(tx.session, payment_id)
    if payment is None:
        raise NotFound("there is no such payment")
    return PaymentState.of(payment)


async def give_up_charge(tx: Transaction, command: GiveUp) -> PaymentState:
    """Fail the payment when its last attempt is long enough ago; keep watching for a late capture for a day."""
    payment = await payment_for_update(tx.session, command.payment_id)
    if payment is None:
        raise NotFound("there is no such payment")
    waited = utcnow() - (payment.attempted_at or payment.created_at)
    if waited >= timedelta(seconds=command.patience.seconds):
        payment.give_up()
    if payment.is_settled or waited >= WATCH:
        await remove_task(tx.session, TaskKind.RESOLVE, payment.id)
    return PaymentState.of(payment)
