"""Confirm an order whose stock and money are in place; the saga's last step."""

from dataclasses import dataclass
from uuid import UUID

from kernel.database import Transaction
from subgraphs.orders.errors import NoSuchOrder
from subgraphs.orders.model import Order
from subgraphs.orders.repository.orders import order_for_update


@dataclass(frozen=True, slots=True)
class ConfirmOrder:
    """Which order."""

    order_id: UUID


async def confirm_order(tx: Transaction, command: ConfirmOrder) -> UUID:
    """Confirm; confirming twice is one confirmation. The order's id.

    Raises:
        NoSuchOrder: the tenant has no such order.
        OrderNotPending: the order is cancelled.
    """
    order = await locked_order(tx, command.order_id)
    entry = order.confirm()
    if entry is not None:
        tx.session.add(entry)
    return order.id


async def locked_order(tx: Transaction, order_id: UUID) -> Order:
    """The tenant's order, locked.

    Raises:
        NoSuchOrder: the tenant has no such order.
    """
    order = await order_for_update(tx.session, order_id)
    if order is None:
        raise NoSuchOrder("there is no such order", field=("orderId",))
    return order
