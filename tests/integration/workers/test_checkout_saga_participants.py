"""Many checkouts through the real orders, inventory and payments, with runners that die at random and answers lost."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.database import Database
from kernel.errors import Unavailable
from kernel.ids import uuid7
from kernel.service_client import SubgraphClient as ServiceClient
from kernel.subgraph import JsonObject, JsonValue
from subgraphs.inventory.graphql.schema import build_schema as inventory_schema
from subgraphs.orders.app import ClaimedSaga, SagaStore
from subgraphs.orders.graphql.schema import build_schema as orders_schema
from subgraphs.payments.ports import ChargeRequest, ProviderCharge, ProviderSilent
from tests.factories.databases import ProvisionedDatabase
from tests.factories.inventory import Warehouse
from tests.factories.orders import OrdersTenant, uuid_of
from tests.factories.payments import Till, till_of
from tests.factories.subgraphs import SubgraphClient, client_of
from tests.fakes.participants import Death
from tests.fakes.payment_provider import FakeProvider
from workers.checkout_saga.saga import SagaDeps, drive
from workers.checkout_saga.sweeper import sweep

PASS_TIME = text("""UPDATE checkout_saga SET lease_until = '-infinity', next_run_at = '-infinity'
    WHERE tenant_id = :tenant AND state IN ('RUNNING', 'COMPENSATING')""")
LIVE = "SELECT count(*) FROM checkout_saga WHERE state IN ('RUNNING', 'COMPENSATING')"
TOKENS = ("tok_approve", "tok_approve", "tok_decline", "tok_timeout_charged", "tok_timeout_uncharged")
PRICE, STOCK, ORDERS = 250, 20, 30


class Cards(FakeProvider):
    """Answers by token; a lost reply is lost once."""

    async def charge(self, request: ChargeRequest) -> ProviderCharge:
        if request.token == "tok_timeout_uncharged":
            raise ProviderSilent("request lost")
        is_first = request.key not in self.charges
        self.decline_with = "card_declined" if request.token == "tok_decline" else None
        charge = await super().charge(request)
        if request.token == "tok_timeout_charged" and is_first:
            raise ProviderSilent("reply lost")
        return charge


class ServiceToken:
    def __init__(self, client: SubgraphClient) -> None:
        self._token = client.tokens.access_token(None, "service", "checkout_saga", subject="checkout-saga")

    async def token(self) -> str:
        return self._token

    def forget(self) -> None:
        pass


class RoughRoad:
    """The way to the real subgraphs: callers die before and after calls, and answers get lost."""

    def __init__(self, clients: Mapping[str, SubgraphClient], seed: int) -> None:
        self._clients = {
            name: ServiceClient({name: client.subgraph}, ServiceToken(client)) for name, client in clients.items()
        }
        self._random = random.Random(seed)
        self.hits: Counter[str] = Counter()

    async def call(
        self, subgraph: str, document: str, variables: Mapping[str, JsonValue], *, tenant_id: UUID
    ) -> JsonObject:
        fate = self._random.choice(("die before", "die after", "lose", *["pass"] * 7))
        self.hits[fate] += 1
        if fate == "die before":
            raise Death
        answer = await self._clients[subgraph].call(subgraph, document, variables, tenant_id=tenant_id)
        if fate == "die after":
            raise Death
        if fate == "lose":
            raise Unavailable("the answer was lost")
        return answer


@dataclass(frozen=True, slots=True)
class Shop:
    tenant: OrdersTenant
    warehouse: Warehouse
    till: Till
    cards: Cards
    worker: Database
    variant: str

    async def run_until_quiet(self, road: RoughRoad) -> None:
        store = SagaStore(self.worker)
        deps = SagaDeps(store, road)

        async def run(claim: ClaimedSaga) -> None:
            if claim.tenant_id != self.tenant.tenant_id:
                return
            try:
                await drive(deps, claim)
            except Death:
                road.hits["died"] += 1

        for _ in range(60):
            async with self.worker.across_tenants() as session:
                await session.execute(PASS_TIME, {"tenant": self.tenant.tenant_id})
            await asyncio.gather(*(sweep(store, run, limit=10_000) for _ in range(2)))
            if await self.tenant.rows(LIVE) == [(0,)]:
                return
        pytest.fail("the sagas do not come to rest")


@asynccontextmanager
async def shop_of(provisioned: ProvisionedDatabase) -> AsyncIterator[Shop]:
    orders_app, inventory_app = (provisioned.connect(f"{name}_app", pool_size=8) for name in ("orders", "inventory"))
    worker = provisioned.connect("orders_worker", pool_size=8)
    tenant = OrdersTenant(client_of("orders", orders_schema(), orders_app))
    inventory = client_of("inventory", inventory_schema(), inventory_app)
    warehouse, cards = Warehouse(inventory.for_tenant(tenant.tenant_id)), Cards()
    (variant,) = await tenant.sell("MUG", price_minor=PRICE)
    known = [{"variantId": str(uuid_of(variant, "ProductVariant")), "sku": "MUG"}]
    await warehouse.receive("retail.product.created.v1", {"productId": str(uuid7()), "variants": known})
    await warehouse.stock([variant], STOCK)
    async with till_of(provisioned, cards, tenant_id=tenant.tenant_id) as till:
        yield Shop(tenant, warehouse, till, cards, worker, variant)
    for database in (orders_app, inventory_app, worker):
        await database.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_any_accident_stock_money_and_orders_agree(provisioned_database: ProvisionedDatabase, seed: int):
    async with shop_of(provisioned_database) as shop:
        for number in range(ORDERS):
            cart = await shop.tenant.cart({"sku": "MUG", "quantity": 1 + number % 2})
            await shop.tenant.check_out(cart["id"], payment={"token": TOKENS[number % len(TOKENS)]})
        clients = {
            "orders": shop.tenant.client,
            "inventory": shop.warehouse.client,
            "payments": shop.till.client,
        }
        road = RoughRoad(clients, seed)

        await shop.run_until_quiet(road)
        await shop.till.work()

        assert road.hits["died"] > 10
        await assert_everything_agrees(shop)


async def assert_everything_agrees(shop: Shop) -> None:
    orders = {row[0]: row[1:] for row in await shop.tenant.rows('SELECT id, status, total FROM "order"')}
    assert Counter(status for status, _ in orders.values()).keys() == {"CONFIRMED", "CANCELLED"}
    assert await shop.tenant.rows("SELECT DISTINCT state FROM checkout_saga ORDER BY 1") == [
        ("COMPENSATED",),
        ("COMPLETED",),
    ]
    confirmed = {order_id: total for order_id, (status, total) in orders.items() if status == "CONFIRMED"}
    # stock: what left is what was confirmed, and nothing is held
    sold = sum(confirmed.values()) // PRICE
    assert await shop.warehouse.counts(shop.variant) == (STOCK - sold, 0)
    await shop.warehouse.assert_books_balance()
    committed = await shop.warehouse.rows("SELECT order_id FROM reservation WHERE status = 'COMMITTED'")
    assert {order_id for (order_id,) in committed} == confirmed.keys()
    # money: what the provider kept is what was confirmed, once per order
    assert shop.cards.kept_minor == sum(confirmed.values())
    paid = await shop.till.rows("SELECT order_id, captured_minor - refunded_minor FROM payment")
    assert {order_id: kept for order_id, kept in paid if kept} == confirmed
    # history: one end each
    ends = await shop.tenant.rows("SELECT order_id FROM order_history WHERE type IN ('CONFIRMED', 'CANCELLED')")
    assert sorted(order_id for (order_id,) in ends) == sorted(orders)
