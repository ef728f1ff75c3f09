"""What payments learns from others: goods came back, so money goes back."""

from typing import ClassVar
from uuid import UUID

from kernel.database import Transaction
from kernel.events import Envelope, Event, EventHandler
from kernel.money import Money
from subgraphs.payments.use_cases.request_refund import RequestRefund, request_refund


class _ReturnReceived(Event):
    """What payments reads of `retail.order.return.received.v1`."""

    subject: ClassVar[str] = "retail.order.return.received.v1"

    return_id: UUID
    order_id: UUID | None = None
    currency: str
    refund_minor: int


async def on_return_received(tx: Transaction, envelope: Envelope) -> None:
    """The refund is promised here; the provider is asked outside this transaction."""
    received = _ReturnReceived.model_validate(envelope.data)
    money = Money(received.refund_minor, received.currency)
    await request_refund(tx, RequestRefund(received.return_id, received.order_id, money))


HANDLERS: tuple[EventHandler, ...] = (EventHandler("retail.order.return.received.v1", on_return_received),)
