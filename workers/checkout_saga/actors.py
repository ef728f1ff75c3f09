"""The doorbell: a Dramatiq message that carries ids only, and the ring that an `order.created` fact gives it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias
from uuid import UUID

import dramatiq
from dramatiq.errors import BrokerConnectionError

from kernel.events import Envelope
from kernel.telemetry import get_logger
from subgraphs.orders.events import OrderCreated
from workers.broker import RunInLoop
from workers.checkout_saga.saga import SagaDeps, run_saga

log = get_logger(__name__)
SUBJECTS: Final = frozenset({OrderCreated.subject})

SagaActor: TypeAlias = "dramatiq.Actor[[str, str], None]"


def declare_actors(broker: dramatiq.Broker, deps: SagaDeps, run_in_loop: RunInLoop) -> SagaActor:
    """The actor that runs one saga. It is never retried or delayed: what is left over, the sweeper finds.

    `run_in_loop` runs a coroutine in the loop where the pools of `deps` live, and waits for it.
    """

    def checkout_saga(tenant_id: str, saga_id: str) -> None:
        run_in_loop(run_saga(deps, UUID(tenant_id), UUID(saga_id)))

    # a broker without the Retries middleware does not know the option, and does not retry
    options = {"max_retries": 0} if "max_retries" in broker.actor_options else {}
    return dramatiq.Actor(
        checkout_saga,
        broker=broker,
        actor_name="checkout_saga",
        queue_name="checkout_saga",
        priority=0,
        options=options,
    )


def doorbell(actor: SagaActor) -> Callable[[Envelope], Awaitable[None]]:
    """The consumer of `SUBJECTS`: sends the saga's ids to the actor. A dead broker is no reason to hold up the bus."""

    async def ring(envelope: Envelope) -> None:
        created = OrderCreated.of(envelope)
        try:
            await asyncio.to_thread(actor.send, str(envelope.tenant_id), str(created.saga_id))
        except BrokerConnectionError:
            log.warning("doorbell_broken", order_id=str(created.order_id))

    return ring
