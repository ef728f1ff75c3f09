"""Cancel an order that did not come about; the saga's last compensation."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.orders.model import CancelReason
from subgraphs.orders.use_cases.confirm_order import locked_order


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Which order, and why."""

    order_id: UUID
    reason: CancelReason


async def cancel_order(tx: Transaction, command: CancelOrder) -> UUID:
    """Cancel; cancelling twice is one cancellation. The order's id.

    Raises:
        NoSuchOrder: the tenant has no such order.
        OrderNotPending: the order is confirmed.
    """
    order = await locked_order(tx, command.order_id)
    entry = order.cancel(command.reason)
    if entry is not None:
        tx.session.add(entry)
    return order.id
