"""The consumer `notifications`: a confirmed order becomes a delivery, and once that is committed the bell rings."""

from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import event

from kernel.database import Database, Transaction
from kernel.events import Envelope, EventHandler
from subgraphs.orders.events import OrderConfirmed
from workers.event_consumers import Consumer
from workers.notifications.deliveries import note_delivery

NAME: Final = "notifications"
#: rings for one delivery: tenant id, event id
Ring: TypeAlias = Callable[[UUID, UUID], None]


def notifications_consumer(ring: Ring, database: Database) -> Consumer:
    """The consumer; `database` is the role `workers_app`."""
    return Consumer(NAME, handlers(ring), database)


def handlers(ring: Ring) -> tuple[EventHandler, ...]:
    """What the consumer does with `retail.order.confirmed.v1`."""

    async def note_confirmation(tx: Transaction, envelope: Envelope) -> None:
        confirmed = OrderConfirmed.of(envelope)
        await note_delivery(tx, envelope.id, confirmed.order_id)

        def committed(_session: object) -> None:
            ring(envelope.tenant_id, envelope.id)

        # a bell before the commit would ring for a row nobody can see yet
        event.listen(tx.session.sync_session, "after_commit", committed, once=True)

    return (EventHandler(OrderConfirmed.subject, note_confirmation),)
