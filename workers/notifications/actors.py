"""The doorbell of a delivery: a Dramatiq message that carries ids only."""

import asyncio
from typing import TypeAlias
from uuid import UUID

import dramatiq
from dramatiq.errors import BrokerConnectionError

from kernel.telemetry import get_logger
from workers.broker import RunInLoop
from workers.notifications.confirmations import OrderConfirmations
from workers.notifications.consumer import Ring

log = get_logger(__name__)

ConfirmationActor: TypeAlias = "dramatiq.Actor[[str, str], None]"


def declare_actors(
    broker: dramatiq.Broker, confirmations: OrderConfirmations, run_in_loop: RunInLoop
) -> ConfirmationActor:
    """The actor that sends one confirmation. It is never retried: what is left over, the sweeper finds.

    `run_in_loop` runs a coroutine in the loop where the pools of `confirmations` live, and waits for it.
    """

    def send_order_confirmation(tenant_id: str, event_id: str) -> None:
        run_in_loop(confirmations.send(UUID(tenant_id), UUID(event_id)))

    # a broker without the Retries middleware does not know the option, and does not retry
    options = {"max_retries": 0} if "max_retries" in broker.actor_options else {}
    return dramatiq.Actor(
        send_order_confirmation,
        broker=broker,
        actor_name="send_order_confirmation",
        queue_name="notifications",
        priority=10,
        options=options,
    )


def doorbell(actor: ConfirmationActor) -> Ring:
    """Rings `actor` without holding up the event loop. A dead broker is no reason to hold up the bus."""
    ringing: set[asyncio.Future[None]] = set()

    def send(tenant_id: UUID, event_id: UUID) -> None:
        try:
            actor.send(str(tenant_id), str(event_id))
        except BrokerConnectionError:
            log.warning("doorbell_broken", event_id=str(event_id))

    def ring(tenant_id: UUID, event_id: UUID) -> None:
        future = asyncio.get_running_loop().run_in_executor(None, send, tenant_id, event_id)
        ringing.add(future)
        future.add_done_callback(ringing.discard)

    return ring
