import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import dramatiq
import pytest
from dramatiq.brokers.redis import RedisBroker

from kernel.clock import utcnow
from kernel.events import Actor, Envelope
from kernel.ids import uuid7
from kernel.subgraph import JsonObject, JsonValue
from subgraphs.orders.app import ClaimedSaga, SagaRecord, SagaState
from subgraphs.orders.events import OrderCreated
from tests.fakes.participants import FakeParticipants
from tests.fakes.sagas import FakeSagas
from workers.broker import build_broker, loop_runner
from workers.checkout_saga.actors import declare_actors, doorbell
from workers.checkout_saga.saga import SagaDeps


class Watched(FakeSagas):
    """Says when a saga is over."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    async def record(self, claim: ClaimedSaga, record: SagaRecord) -> bool:
        is_ours = await super().record(claim, record)
        if not record.state.is_live:
            self.over.set()
        return is_ours


class Failing(FakeParticipants):
    """Breaks the actor once, as a bug would."""

    async def call(
        self, subgraph: str, document: str, variables: Mapping[str, JsonValue], *, tenant_id: UUID
    ) -> JsonObject:
        if not self.calls:
            self.calls.append("bug")
            raise KeyError("bug")
        return await super().call(subgraph, document, variables, tenant_id=tenant_id)


@pytest.fixture
async def broker(redis_server: Any) -> AsyncIterator[RedisBroker]:
    broker = build_broker(redis_server.url)
    yield broker
    await asyncio.to_thread(broker.flush_all)
    broker.close()


def created(saga: ClaimedSaga) -> Envelope:
    fact = OrderCreated(order_id=saga.order_id, saga_id=saga.saga_id, number="1001", total_minor=250, currency="GBP")
    return Envelope(
        id=uuid7(),
        subject=fact.subject,
        tenant_id=saga.tenant_id,
        occurred_at=utcnow(),
        key=fact.key,
        correlation_id="test",
        actor=Actor(service="test"),
        data=fact.model_dump(mode="json", by_alias=True),
    )


async def test_an_order_rings_through_redis_and_its_saga_runs_in_the_loop_of_the_pools(broker: RedisBroker):
    sagas, participants = Watched(), FakeParticipants()
    saga = sagas.add()
    run_in_loop = loop_runner(asyncio.get_running_loop())
    ring = doorbell(declare_actors(broker, SagaDeps(sagas, participants), run_in_loop))
    worker = dramatiq.Worker(broker, worker_threads=2, worker_timeout=100)
    worker.start()

    await ring(created(saga))
    await asyncio.wait_for(sagas.over.wait(), 20)

    await asyncio.to_thread(worker.stop)
    assert sagas.now(saga.saga_id).state is SagaState.COMPLETED
    assert participants.calls == ["stockReserve", "paymentCharge", "stockCommit", "orderConfirm"]


async def test_an_actor_that_fails_is_not_tried_again_and_the_next_order_rings_as_before(broker: RedisBroker):
    sagas, participants = Watched(), Failing()
    broken, sound = sagas.add(), sagas.add()
    run_in_loop = loop_runner(asyncio.get_running_loop())
    ring = doorbell(declare_actors(broker, SagaDeps(sagas, participants), run_in_loop))
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=100)
    worker.start()

    await ring(created(broken))
    await ring(created(sound))
    await asyncio.wait_for(sagas.over.wait(), 20)

    await asyncio.to_thread(broker.join, "checkout_saga", timeout=20_000)
    await asyncio.to_thread(worker.stop)
    assert sagas.now(sound.saga_id).state is SagaState.COMPLETED
    assert sagas.now(broken.saga_id).attempts == 1
    assert participants.calls.count("bug") == 1
