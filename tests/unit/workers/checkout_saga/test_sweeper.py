import asyncio
from collections.abc import Sequence

from subgraphs.orders.app import ClaimedSaga, SagaState
from tests.fakes.participants import FakeParticipants
from tests.fakes.sagas import FakeSagas
from workers.checkout_saga.saga import SagaDeps, drive
from workers.checkout_saga.sweeper import sweep, sweep_forever


async def test_a_sweep_runs_every_due_saga_up_to_its_limit():
    sagas, participants = FakeSagas(), FakeParticipants()
    deps = SagaDeps(sagas, participants)
    added = [sagas.add() for _ in range(3)]

    swept = await sweep(sagas, lambda claim: drive(deps, claim), limit=10)

    assert swept == 3
    assert {sagas.now(saga.saga_id).state for saga in added} == {SagaState.COMPLETED}
    assert await sweep(sagas, lambda claim: drive(deps, claim), limit=10) == 0


async def test_one_broken_saga_and_an_absent_database_do_not_end_the_sweeping():
    stop = asyncio.Event()

    class Shaky(FakeSagas):
        sweeps = 0

        async def claim_due(self, limit: int) -> Sequence[ClaimedSaga]:
            self.sweeps += 1
            if self.sweeps == 1:
                self.sweeps_failed = True
                stop.set()
                raise OSError("the database is away")
            return await super().claim_due(limit)

    class Broken(FakeParticipants):
        async def call(self, *_args: object, **_options: object):
            stop.set()
            raise KeyError("not an answer")

    away, broken = Shaky(), FakeSagas()
    saga = broken.add()

    await asyncio.wait_for(sweep_forever(SagaDeps(away, FakeParticipants()), stop), 5)
    stop.clear()
    await asyncio.wait_for(sweep_forever(SagaDeps(broken, Broken()), stop), 5)

    assert away.sweeps == 1
    assert broken.now(saga.saga_id).state is SagaState.RUNNING
