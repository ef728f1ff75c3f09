import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.database import Database
from kernel.ids import uuid7
from kernel.service_client import SubgraphClient as ServiceClient
from subgraphs.orders.app import ClaimedSaga, SagaRecord, SagaState, SagaStep, SagaStore
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import OrdersTenant, uuid_of
from tests.factories.subgraphs import SubgraphClient, client_of
from tests.fakes.participants import Death, FakeParticipants
from workers.checkout_saga.saga import SagaDeps, drive, run_saga
from workers.checkout_saga.sweeper import sweep

PASS_TIME = text("UPDATE checkout_saga SET lease_until = '-infinity', next_run_at = '-infinity' WHERE id = :id")
RIGHTS = text("""SELECT DISTINCT table_name FROM information_schema.role_table_grants
    WHERE grantee = 'orders_worker' AND table_schema = 'orders'""")
HISTORY = "SELECT type FROM order_history WHERE order_id = :id ORDER BY at, id"
SAGA = "SELECT state, step, payload ? 'payment_token' FROM checkout_saga WHERE order_id = :id"


class ServiceToken:
    """A token of the saga worker itself."""

    def __init__(self, tenant: OrdersTenant) -> None:
        self._tenant = tenant

    async def token(self) -> str:
        return self._tenant.client.tokens.access_token(None, "service", "checkout_saga", subject="checkout-saga")

    def forget(self) -> None:
        pass


class Checkout:
    """A placed order, its participants, and runners that may die."""

    def __init__(self, tenant: OrdersTenant, worker: Database, order: dict[str, Any], saga_id: UUID) -> None:
        self.tenant = tenant
        self.worker = worker
        self.order = order
        self.order_id = uuid_of(order["id"], "Order")
        self.saga_id = saga_id
        self.store = SagaStore(worker)

    def participants(self, **script: Any) -> FakeParticipants:
        """Inventory and payments in memory; orders for real."""
        service = ServiceClient({"orders": self.tenant.client.subgraph}, ServiceToken(self.tenant))
        return FakeParticipants(orders=service, **script)

    async def run(self, participants: FakeParticipants, store: Any = None) -> None:
        await run_saga(SagaDeps(store or self.store, participants), self.tenant.tenant_id, self.saga_id)

    async def pass_time(self) -> None:
        """Every lease and wait of this saga is over."""
        async with self.worker.across_tenants() as session:
            await session.execute(PASS_TIME, {"id": self.saga_id})

    async def state(self) -> tuple[Any, ...]:
        (row,) = await self.tenant.rows(SAGA, id=self.order_id)
        return row

    async def status(self) -> tuple[str, str]:
        query = "query($id: ID!) { order(id: $id) { status paymentStatus } }"
        order = (await self.tenant.data(query, {"id": self.order["id"]}))["order"]
        return order["status"], order["paymentStatus"]

    async def history(self) -> list[str]:
        return [kind for (kind,) in await self.tenant.rows(HISTORY, id=self.order_id)]


class DyingStore(SagaStore):
    """Dies before or after the record of a step."""

    def __init__(self, database: Database, step: SagaStep, moment: str) -> None:
        super().__init__(database)
        self._step = step
        self._moment = moment

    async def record(self, claim: ClaimedSaga, record: SagaRecord) -> bool:
        if claim.step is self._step and self._moment == "before":
            raise Death(claim.step)
        is_ours = await super().record(claim, record)
        if claim.step is self._step:
            raise Death(claim.step)
        return is_ours


@pytest.fixture(scope="module")
async def orders(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("orders_app")
    yield client_of("orders", build_schema(), database)
    await database.close()


@pytest.fixture(scope="module")
async def worker(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = provisioned_database.connect("orders_worker")
    yield database
    await database.close()


@pytest.fixture
async def checkout(orders: SubgraphClient, worker: Database) -> Checkout:
    tenant = OrdersTenant(orders, uuid7())
    await tenant.sell("MUG-1", price_minor=250)
    order = await tenant.order({"sku": "MUG-1", "quantity": 2})
    ((saga_id,),) = await tenant.rows("SELECT id FROM checkout_saga")
    return Checkout(tenant, worker, order, saga_id)


async def test_a_checkout_ends_confirmed_and_paid(checkout: Checkout):
    participants = checkout.participants()

    await checkout.run(participants)

    assert await checkout.status() == ("CONFIRMED", "PAID")
    assert await checkout.state() == ("COMPLETED", "CONFIRM_ORDER", False)
    assert await checkout.history() == ["CREATED", "CONFIRMED"]
    assert participants.effects_of(checkout.order["id"]) == {"reserved": 1, "charged": 1, "committed": 1}
    assert await checkout.tenant.outbox() == ["retail.order.created.v1", "retail.order.confirmed.v1"]


@pytest.mark.parametrize(
    ("script", "payment_status", "reason", "effects"),
    [
        ({"stock": 1}, "NOT_REQUIRED", "INSUFFICIENT_STOCK", {}),
        ({"charge": ["DECLINED"]}, "FAILED", "PAYMENT_DECLINED", {"reserved": 1, "released": 1}),
    ],
)
async def test_a_checkout_that_cannot_be_is_cancelled_with_its_reason(
    *, checkout: Checkout, script: dict[str, Any], payment_status: str, reason: str, effects: dict[str, int]
):
    participants = checkout.participants(**script)

    await checkout.run(participants)

    assert await checkout.status() == ("CANCELLED", payment_status)
    assert await checkout.state() == ("COMPENSATED", "CANCEL_ORDER", False)
    assert await checkout.tenant.rows("SELECT type, message FROM order_history ORDER BY at, id") == [
        ("CREATED", "the cart was checked out"),
        ("CANCELLED", reason),
    ]
    assert participants.effects_of(checkout.order["id"]) == effects
    assert participants.held == {}


@dataclass(frozen=True, slots=True)
class Path:
    """A way through the saga: the call of each step, and what must hold at its end."""

    script: dict[str, Any]
    fields: dict[SagaStep, str]
    effects: dict[str, int]
    status: tuple[str, str]
    loses_stock: bool = False


FORWARD = {
    SagaStep.RESERVE_STOCK: "stockReserve",
    SagaStep.CHARGE: "paymentCharge",
    SagaStep.COMMIT_STOCK: "stockCommit",
    SagaStep.CONFIRM_ORDER: "orderConfirm",
}
BACKWARD = {SagaStep.RELEASE_STOCK: "stockRelease", SagaStep.CANCEL_ORDER: "orderCancel"}
PATHS = {
    "bought": Path({}, FORWARD, {"reserved": 1, "charged": 1, "committed": 1}, ("CONFIRMED", "PAID")),
    "declined": Path({"charge": ["DECLINED"]}, BACKWARD, {"reserved": 1, "released": 1}, ("CANCELLED", "FAILED")),
    "resolved": Path(
        {"charge": ["UNKNOWN"], "resolve": ["COMPLETED"]},
        {SagaStep.CHARGE: "paymentCharge", SagaStep.RESOLVE_CHARGE: "paymentResolve"},
        {"reserved": 1, "charged": 1, "committed": 1},
        ("CONFIRMED", "PAID"),
    ),
    "stock lost": Path(
        {},
        {SagaStep.COMMIT_STOCK: "stockCommit", SagaStep.VOID_CHARGE: "paymentVoid", **BACKWARD},
        {"reserved": 1, "charged": 1, "voided": 1, "released": 1},
        ("CANCELLED", "VOIDED"),
        loses_stock=True,
    ),
}
MOMENTS = ("before the call", "after the effect", "before the record", "after the record")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("name", "step"), [(name, step) for name, path in PATHS.items() for step in path.fields])
async def test_a_runner_that_dies_anywhere_is_resumed_by_another_with_one_effect_each(
    checkout: Checkout, name: str, step: SagaStep, moment: str
):
    path = PATHS[name]
    participants = checkout.participants(**path.script)
    participants.lost_stock = path.loses_stock
    dying: dict[str, tuple[set[tuple[str, str]], SagaStore]] = {
        "before the call": ({(path.fields[step], "before")}, checkout.store),
        "after the effect": ({(path.fields[step], "after")}, checkout.store),
        "before the record": (set(), DyingStore(checkout.worker, step, "before")),
        "after the record": (set(), DyingStore(checkout.worker, step, "after")),
    }
    participants.dies, store = dying[moment]

    for _ in range(2):
        try:
            await checkout.run(participants, store)
        except Death:
            break
        await checkout.pass_time()
    else:
        pytest.fail("nobody died")
    # while the dead runner's lease lasts, nobody else gets in; a wait it has recorded holds too
    assert await checkout.store.claim(checkout.tenant.tenant_id, checkout.saga_id) is None
    for _ in range(3):
        await checkout.pass_time()
        await checkout.run(participants)

    assert participants.effects_of(checkout.order["id"]) == path.effects
    assert await checkout.status() == path.status
    assert await checkout.history() == ["CREATED", path.status[0]]
    assert participants.held == {}
    assert participants.charged == ({checkout.order["id"]} if path.status[1] == "PAID" else set())
    assert len(await checkout.tenant.outbox()) == 2


@pytest.mark.parametrize("charge", ["COMPLETED", "UNKNOWN"])
async def test_a_runner_that_was_only_asleep_changes_nothing_after_another_took_over(checkout: Checkout, charge: str):
    asleep, wake = asyncio.Event(), asyncio.Event()

    class Sleepy(FakeParticipants):
        async def call(self, subgraph: str, document: str, variables: Any, *, tenant_id: UUID) -> Any:
            answer = await super().call(subgraph, document, variables, tenant_id=tenant_id)
            if not asleep.is_set():
                asleep.set()
                await wake.wait()
            return answer

    participants = Sleepy(orders=checkout.participants().orders, charge=[charge], resolve=["COMPLETED"])
    zombie = asyncio.create_task(checkout.run(participants))
    await asleep.wait()
    await checkout.pass_time()
    await checkout.run(participants)
    settled = await checkout.tenant.rows("SELECT * FROM checkout_saga")

    wake.set()
    await zombie

    assert await checkout.tenant.rows("SELECT * FROM checkout_saga") == settled
    await checkout.pass_time()
    await checkout.run(participants)
    assert await checkout.status() == ("CONFIRMED", "PAID")
    assert participants.effects_of(checkout.order["id"]) == {"reserved": 1, "charged": 1, "committed": 1}
    assert participants.calls.count("stockReserve") == 2


async def test_many_runners_at_once_run_a_saga_once(checkout: Checkout):
    participants = checkout.participants()

    await asyncio.gather(*(checkout.run(participants) for _ in range(20)))

    assert participants.calls == list(FORWARD.values())
    assert await checkout.tenant.rows("SELECT fence FROM checkout_saga") == [(1,)]


async def test_the_sweeper_runs_an_order_no_bell_rang_for(checkout: Checkout):
    participants = checkout.participants()
    deps = SagaDeps(checkout.store, participants)
    claims: list[ClaimedSaga] = []

    async def run(claim: ClaimedSaga) -> None:
        # other tests leave sagas behind
        if claim.saga_id == checkout.saga_id:
            claims.append(claim)
            await drive(deps, claim)

    await asyncio.gather(*(sweep(checkout.store, run, limit=10_000) for _ in range(3)))

    assert [claim.saga_id for claim in claims] == [checkout.saga_id]
    assert await checkout.status() == ("CONFIRMED", "PAID")


async def test_a_saga_that_waits_is_not_due_until_the_databases_clock_says_so(checkout: Checkout):
    participants = checkout.participants(charge=["UNKNOWN"], resolve=["COMPLETED"])
    await checkout.run(participants)

    await checkout.run(participants)
    waiting = await checkout.state()
    await checkout.pass_time()
    await checkout.run(participants)

    assert waiting == ("RUNNING", "RESOLVE_CHARGE", True)
    assert participants.calls.count("paymentResolve") == 1
    assert await checkout.status() == ("CONFIRMED", "PAID")


async def test_a_saga_that_waits_is_held_by_nobody(checkout: Checkout):
    await checkout.run(checkout.participants(charge=["UNKNOWN"], resolve=["COMPLETED"]))
    due = text("UPDATE checkout_saga SET next_run_at = now() WHERE id = :id")
    async with checkout.worker.across_tenants() as session:
        await session.execute(due, {"id": checkout.saga_id})

    claim = await checkout.store.claim(checkout.tenant.tenant_id, checkout.saga_id)

    assert claim is not None
    assert (claim.step, claim.attempts) == (SagaStep.RESOLVE_CHARGE, 2)


async def test_a_saga_that_needs_attention_is_shown_and_left_alone_until_somebody_resumes_it(checkout: Checkout):
    participants = checkout.participants()
    participants.silent["stockReserve"] = 1000
    for _ in range(22):
        await checkout.run(participants)
        await checkout.pass_time()

    query = "query($id: ID!) { order(id: $id) { status saga { state step attempts } } }"
    order = (await checkout.tenant.data(query, {"id": checkout.order["id"]}))["order"]
    assert order == {
        "status": "PENDING",
        "saga": {"state": "NEEDS_ATTENTION", "step": "RESERVE_STOCK", "attempts": 20},
    }
    assert participants.calls == ["stockReserve"] * 20
    assert await checkout.tenant.rows("SELECT last_error FROM checkout_saga") == [
        ("UNAVAILABLE: the subgraph does not answer",)
    ]
    participants.silent.clear()
    assert await checkout.store.resume(checkout.tenant.tenant_id, checkout.saga_id)
    await checkout.run(participants)
    assert await checkout.status() == ("CONFIRMED", "PAID")
    assert not await checkout.store.resume(checkout.tenant.tenant_id, checkout.saga_id)


async def test_a_resumed_compensation_goes_on_compensating(checkout: Checkout):
    participants = checkout.participants(charge=["DECLINED"])
    participants.silent["stockRelease"] = 20
    for _ in range(20):
        await checkout.run(participants)
        await checkout.pass_time()
    stopped = await checkout.state()

    await checkout.store.resume(checkout.tenant.tenant_id, checkout.saga_id)
    await checkout.run(participants)

    assert stopped == ("NEEDS_ATTENTION", "RELEASE_STOCK", True)
    assert await checkout.state() == ("COMPENSATED", "CANCEL_ORDER", False)
    assert await checkout.status() == ("CANCELLED", "FAILED")


async def test_the_worker_role_sees_sagas_and_nothing_else_of_orders(checkout: Checkout):
    async with checkout.worker.across_tenants() as session:
        rights = (await session.execute(RIGHTS)).all()

    assert sorted(tuple(row) for row in rights) == [("checkout_saga",), ("outbox",)]


async def test_a_claim_is_of_one_tenant(checkout: Checkout):
    assert await checkout.store.claim(checkout.saga_id, checkout.saga_id) is None
    claim = await checkout.store.claim(checkout.tenant.tenant_id, checkout.saga_id)

    assert claim is not None
    assert (claim.state, claim.step, claim.attempts, claim.fence) == (
        SagaState.RUNNING,
        SagaStep.RESERVE_STOCK,
        1,
        1,
    )
