"""Charge an order: store the intent, ask the provider, store its answer."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from kernel.database import Transaction
from kernel.errors import NotFound
from kernel.money import Money
from kernel.telemetry import get_logger
from kernel.tenant_transactions import Transactions
from subgraphs.payments.errors import AlreadyPaid, InvalidToken, OrderVoided
from subgraphs.payments.model import Payment, TaskKind
from subgraphs.payments.ports import ChargeRequest, PaymentProvider, ProviderSilent
from subgraphs.payments.repository import add_task, lock_order_account, payment_for_update
from subgraphs.payments.use_cases.settle_charge import PaymentState, SettleCharge, settle_charge

log = get_logger(__name__)
RESOLVE_AFTER_SECONDS = 30.0
_TOKEN = re.compile(r"tok_[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """`token` stands for the card at the provider, and is not looked at when there is nothing to pay."""

    order_id: UUID
    amount: Money
    token: str
    provider: str


@dataclass(frozen=True, slots=True)
class IntendCharge:
    """A charge with the key the provider will know it by."""

    charge: ChargeOrder
    provider_key: str


async def charge_order(
    transactions: Transactions, provider: PaymentProvider, command: ChargeOrder, *, tenant_id: UUID, key: str
) -> PaymentState:
    """Charge once per `key`, however often it is called; silence of the provider leaves the payment PENDING.

    Raises:
        InvalidToken, InvalidAmount, OrderVoided, AlreadyPaid: nothing was stored, nobody was charged.
    """
    # one provider account serves all tenants, so the tenant is part of the key
    intent = IntendCharge(command, provider_key=f"{tenant_id}:{key}")
    payment_id = await transactions.run_once(intend_charge, intent, key=key, result_type=UUID)
    state = await transactions.run(begin_attempt, payment_id)
    if state.outcome != "UNKNOWN":
        return state
    request = ChargeRequest(
        key=intent.provider_key,
        amount=command.amount,
        token=command.token,
        tenant_id=tenant_id,
        order_id=command.order_id,
        payment_id=payment_id,
    )
    try:
        charge = await provider.charge(request)
    except ProviderSilent as silence:
        log.warning("provider_silent", payment_id=str(payment_id), reason=str(silence))
        return state
    return await transactions.run(settle_charge, SettleCharge(payment_id, charge))


async def intend_charge(tx: Transaction, command: IntendCharge) -> UUID:
    """Store the payment before the provider hears of it, and the task to ask what became of it; its id.

    Raises: see `charge_order`.
    """
    charge = command.charge
    if charge.amount.minor != 0 and not _TOKEN.fullmatch(charge.token):
        raise InvalidToken("this is not a payment token", field=("token",))
    account = await lock_order_account(tx.session, tx.tenant_id, charge.order_id)
    if account.is_voided:
        raise OrderVoided("the payments of this order were voided", field=("orderId",))
    payment = Payment.intend(
        tx.tenant_id,
        charge.order_id,
        charge.amount,
        provider=charge.provider,
        provider_key=command.provider_key,
    )
    tx.session.add(payment)
    try:
        await tx.session.flush()
    except IntegrityError:
        raise AlreadyPaid("the order has a payment that is captured or may be", field=("orderId",)) from None
    if not payment.is_settled:
        await add_task(tx.session, tx.tenant_id, TaskKind.RESOLVE, payment.id, delay_seconds=RESOLVE_AFTER_SECONDS)
    return payment.id


async def begin_attempt(tx: Transaction, payment_id: UUID) -> PaymentState:
    """Note that the provider is asked now, unless the outcome is known."""
    payment = await payment_for_update(tx.session, payment_id)
    if payment is None:
        raise NotFound("there is no such payment")
    payment.begin_attempt()
    return PaymentState.of(payment)
