"""Take note that an order's money is there."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.orders.repository.orders import order_for_update


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """The order's payment is complete."""

    order_id: UUID


async def record_payment(tx: Transaction, command: RecordPayment) -> None:
    """Mark a waiting order as paid; anything else stays as it is."""
    order = await order_for_update(tx.session, command.order_id)
    entry = order.payment_completed() if order is not None else None
    if entry is not None:
        tx.session.add(entry)
