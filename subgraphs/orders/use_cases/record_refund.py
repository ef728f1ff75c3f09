"""Take note that the money of a return has gone back."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.orders.model import OrderReturnStatus
from subgraphs.orders.repository.orders import order_for_update
from subgraphs.orders.repository.returns import return_for_update


@dataclass(frozen=True, slots=True)
class RecordRefund:
    """The refund of a return has gone out, in minor units."""

    return_id: UUID
    amount: int


async def record_refund(tx: Transaction, command: RecordRefund) -> None:
    """Mark the return as refunded and count the amount on its order, once."""
    found = await return_for_update(tx.session, command.return_id)
    if found is None or found.status == OrderReturnStatus.REFUNDED:
        return
    found.status = OrderReturnStatus.REFUNDED
    order = await order_for_update(tx.session, found.order_id) if found.order_id is not None else None
    if order is not None:
        tx.session.add(order.refund(command.amount))
