"""Write down what the provider says became of a charge."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kernel.database import Transaction
from kernel.errors import NotFound
from kernel.telemetry import get_logger
from subgraphs.payments.model import Payment, PaymentStatus, Refund, TaskKind
from subgraphs.payments.ports import ChargeState, ProviderCharge
from subgraphs.payments.repository import add_task, payment_for_update, remove_task

log = get_logger(__name__)
_FINAL = {
    PaymentStatus.PENDING: "UNKNOWN",
    PaymentStatus.FAILED: "DECLINED",
    PaymentStatus.VOIDED: "DECLINED",
}


class PaymentOutcome(StrEnum):
    """What the saga must know: COMPLETED, DECLINED, VOIDED, or UNKNOWN, which is to be asked again."""

    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"
    UNKNOWN = "UNKNOWN"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment as far as the next decision needs it."""

    payment_id: UUID
    status: PaymentStatus
    is_settled: bool
    is_known: bool
    provider_key: str

    @classmethod
    def of(cls, payment: Payment) -> "PaymentState":
        """Of a row."""
        return cls(payment.id, payment.status, payment.is_settled, payment.is_known, payment.provider_key)

    @property
    def outcome(self) -> PaymentOutcome:
        """Of a charge: a voided one has captured nothing that stays."""
        return PaymentOutcome(_FINAL.get(self.status, "COMPLETED"))


@dataclass(frozen=True, slots=True)
class SettleCharge:
    """The provider's word on a payment's charge."""

    payment_id: UUID
    charge: ProviderCharge


async def settle_charge(tx: Transaction, command: SettleCharge) -> PaymentState:
    """Complete or fail the payment; the first word counts, so repeats and late messages are harmless.

    Money captured of a payment that was voided, given up or charged wrongly is set aside to go back at once.

    Raises:
        NotFound: the tenant has no payment with this id and key.
    """
    payment = await payment_for_update(tx.session, command.payment_id)
    charge = command.charge
    if payment is None or payment.provider_key != charge.key:
        raise NotFound("there is no such payment")
    if charge.state is ChargeState.CAPTURED:
        payment.capture(charge.amount, reference=charge.reference or None)
    else:
        payment.decline(charge.failure_code or "DECLINED", reference=charge.reference or None)
    await remove_task(tx.session, TaskKind.RESOLVE, payment.id)
    await pay_back_what_is_owed(tx, payment)
    log.info("payment_settled", payment_id=str(payment.id), status=payment.status)
    return PaymentState.of(payment)


async def pay_back_what_is_owed(tx: Transaction, payment: Payment) -> None:
    """Make the refund of captured money nobody wants, once; a worker carries it to the provider."""
    if payment.owed_minor == 0:
        return
    refund = Refund.of_void(payment)
    tx.session.add(refund)
    await add_task(tx.session, tx.tenant_id, TaskKind.REFUND, refund.id)
    log.warning("unwanted_payment_goes_back", payment_id=str(payment.id), refund_id=str(refund.id))
