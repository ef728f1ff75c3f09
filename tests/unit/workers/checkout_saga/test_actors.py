import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ConnectionClosed

from kernel.clock import utcnow
from kernel.events import Actor, Envelope
from kernel.ids import uuid7
from subgraphs.orders.app import SagaState
from subgraphs.orders.events import OrderCreated
from tests.fakes.participants import FakeParticipants
from tests.fakes.sagas import FakeSagas
from workers.checkout_saga.actors import SUBJECTS, declare_actors, doorbell
from workers.checkout_saga.saga import SagaDeps


def created(tenant_id: Any, saga_id: Any) -> Envelope:
    fact = OrderCreated(order_id=uuid7(), saga_id=saga_id, number="1001", total_minor=1, currency="GBP")
    return Envelope(
        id=uuid7(),
        subject=fact.subject,
        tenant_id=tenant_id,
        occurred_at=utcnow(),
        key=fact.key,
        correlation_id="test",
        actor=Actor(service="test"),
        data=fact.model_dump(mode="json", by_alias=True),
    )


async def test_an_order_rings_with_ids_only_and_the_actor_runs_its_saga():
    sagas, ran = FakeSagas(), list[Coroutine[Any, Any, None]]()
    saga = sagas.add()
    broker = StubBroker(middleware=[])
    actor = declare_actors(broker, SagaDeps(sagas, FakeParticipants()), ran.append)

    await doorbell(actor)(created(saga.tenant_id, saga.saga_id))
    message = Message.decode(broker.queues["checkout_saga"].get_nowait())
    actor(*message.args)
    await ran[0]

    assert list(SUBJECTS) == ["retail.order.created.v1"]
    assert (message.args, message.kwargs) == ((str(saga.tenant_id), str(saga.saga_id)), {})
    assert sagas.now(saga.saga_id).state is SagaState.COMPLETED


async def test_an_actor_is_never_retried_where_the_broker_could():
    actor = declare_actors(StubBroker(), SagaDeps(FakeSagas(), FakeParticipants()), asyncio.run)

    assert actor.options == {"max_retries": 0}


async def test_a_broker_that_is_away_does_not_hold_up_the_bus():
    class Away(StubBroker):
        def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
            del message, delay
            raise ConnectionClosed("away")

    actor = declare_actors(Away(middleware=[]), SagaDeps(FakeSagas(), FakeParticipants()), asyncio.run)

    await doorbell(actor)(created(uuid7(), uuid7()))


async def test_any_other_error_of_the_bell_is_not_hidden():
    class Broken(StubBroker):
        def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
            del message, delay
            raise RuntimeError("broken")

    actor = declare_actors(Broken(middleware=[]), SagaDeps(FakeSagas(), FakeParticipants()), asyncio.run)

    with pytest.raises(RuntimeError, match="broken"):
        await doorbell(actor)(created(uuid7(), uuid7()))
