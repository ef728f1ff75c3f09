"""Promise the money of a return; a worker carries it to the provider."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from kernel.money import Money
from kernel.telemetry import get_logger
from subgraphs.payments.model import Refund, RefundStatus, TaskKind
from subgraphs.payments.repository import add_task, has_refund_of_return

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """`order_id` is None for a return without a receipt: a credit."""

    return_id: UUID
    order_id: UUID | None
    amount: Money


async def request_refund(tx: Transaction, command: RequestRefund) -> None:
    """Store the refund and its task, once per return.

    Raises:
        InvalidAmount: the amount is negative.
    """
    if await has_refund_of_return(tx.session, command.return_id):
        return
    refund = Refund.of_return(tx.tenant_id, command.return_id, command.order_id, command.amount)
    tx.session.add(refund)
    if refund.status is RefundStatus.PENDING:
        await add_task(tx.session, tx.tenant_id, TaskKind.REFUND, refund.id)
    log.info("refund_requested", refund_id=str(refund.id), return_id=str(command.return_id))
