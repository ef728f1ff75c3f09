"""One tenant's payments, driven as the saga, the bus and the worker would."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.database import Database
from kernel.events import Envelope
from kernel.ids import GlobalId, encode_global_id, uuid7
from kernel.inbox import handle_once
from kernel.tenant_transactions import transactions_of_worker
from subgraphs.payments.adapters.sandbox import ProviderSettings
from subgraphs.payments.app import PaymentsSubgraph
from subgraphs.payments.graphql.schema import build_schema
from subgraphs.payments.handlers import HANDLERS
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.use_cases.resolve_payment import Patience
from subgraphs.payments.use_cases.work_provider_tasks import ProviderTasks
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.inventory import envelope_of
from tests.factories.subgraphs import SubgraphClient
from tests.factories.tokens import TokenFactory

CHARGE = """mutation($order: ID!, $amount: MoneyInput!, $token: String!, $key: String!) {
  paymentCharge(orderId: $order, amount: $amount, token: $token, idempotencyKey: $key) {
    payment { id status failureCode capturedAmount { amount } } outcome userErrors { field code } } }"""
RESOLVE = """mutation($order: ID!) { paymentResolve(orderId: $order, idempotencyKey: "any") {
  payment { id status failureCode } outcome userErrors { code } } }"""
VOID = """mutation($order: ID!) { paymentVoid(orderId: $order, idempotencyKey: "any") {
  payment { id status refundedAmount { amount } } outcome userErrors { code } } }"""
SECRET = "provider-key"
WEBHOOK_SECRET = "webhook-key"


def order_id() -> str:
    return encode_global_id("Order", uuid7())


def provider_settings(url: str = "http://127.0.0.1:9", **changes: float) -> ProviderSettings:
    return ProviderSettings(
        payment_sandbox_url=url,
        payment_sandbox_secret=SECRET,
        payment_webhook_secret=WEBHOOK_SECRET,
        **{"payment_timeout_seconds": 0.5, "payment_patience_seconds": 0.0, **changes},
    )


class Till:
    """The saga's and the worker's view of one tenant's payments."""

    def __init__(
        self, client: SubgraphClient, subgraph: PaymentsSubgraph, tasks: ProviderTasks, crossing: Database
    ) -> None:
        self.client = client
        self.subgraph = subgraph
        self.tasks = tasks
        self.crossing = crossing

    @property
    def database(self) -> Database:
        return self.subgraph.database

    def of_stranger(self) -> "Till":
        """The same house, as another tenant sees it."""
        return Till(self.client.for_tenant(uuid7()), self.subgraph, self.tasks, self.crossing)

    async def charge(
        self, order: str, amount: str = "10.00", *, token: str = "tok_approve", key: str | None = None
    ) -> dict[str, Any]:
        money = {"amount": amount, "currencyCode": "GBP"}
        given = {"order": order, "amount": money, "token": token, "key": key or secrets.token_hex(8)}
        return (await self.client.data(CHARGE, given, role="tenant_owner checkout_saga"))["paymentCharge"]

    async def resolve(self, order: str) -> dict[str, Any]:
        return (await self.client.data(RESOLVE, {"order": order}, role="tenant_owner checkout_saga"))["paymentResolve"]

    async def void(self, order: str) -> dict[str, Any]:
        return (await self.client.data(VOID, {"order": order}, role="tenant_owner checkout_saga"))["paymentVoid"]

    def return_received(self, order: str | None, refund_minor: int, *, currency: str = "GBP") -> Envelope:
        uuid = str(GlobalId.decode(order, expected_type="Order").uuid) if order is not None else None
        facts = {"returnId": str(uuid7()), "orderId": uuid, "currency": currency, "refundMinor": refund_minor}
        return envelope_of(self.client.tenant_id, "retail.order.return.received.v1", {**facts, "lines": []})

    async def handle(self, envelope: Envelope) -> bool:
        return await handle_once(self.database, "payments", HANDLERS[0], envelope)

    async def work(self) -> int:
        """Everything of this tenant is due now; run until nothing more is, or the provider stays silent."""
        worked = 0
        for _ in range(5):
            async with self.crossing.across_tenants() as session:
                await session.execute(
                    text("UPDATE provider_task SET next_run_at = now() - interval '1 day' WHERE tenant_id = :tenant"),
                    {"tenant": self.client.tenant_id},
                )
            if await self.task_count() == 0:
                break
            worked += await self.tasks.run_due(100)
        return worked

    async def task_count(self) -> int:
        ((count,),) = await self.rows("SELECT count(*) FROM provider_task")
        return count

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with behind_the_api(self.database, self.client.tenant_id) as session:
            return [tuple(row) for row in await session.execute(text(query))]

    async def execute(self, statement: str) -> None:
        """Change a row behind the API's back: the passing of time."""
        async with behind_the_api(self.database, self.client.tenant_id) as session:
            await session.execute(text(statement))

    async def facts(self) -> list[str]:
        """Subjects of what was published, without the common parts."""
        rows = await self.rows("SELECT subject FROM outbox ORDER BY seq")
        return [subject.removeprefix("retail.payment.").removesuffix(".v1") for (subject,) in rows]


@asynccontextmanager
async def till_of(
    provisioned: ProvisionedDatabase,
    provider: PaymentProvider,
    settings: ProviderSettings | None = None,
    *,
    tenant_id: UUID | None = None,
) -> AsyncGenerator[Till]:
    serving = provisioned.connect("payments_app", pool_size=16)
    crossing = provisioned.connect("payments_worker", pool_size=2)
    tokens = TokenFactory()
    chosen = settings or provider_settings()
    subgraph = PaymentsSubgraph(build_schema(), provider, chosen, database=serving, verifier=tokens.verifier())
    patience = Patience(chosen.payment_patience_seconds)
    tasks = ProviderTasks(crossing, transactions_of_worker(serving, "payment_refunds"), provider, patience)
    yield Till(SubgraphClient(subgraph, tokens, tenant_id), subgraph, tasks, crossing)
    await provider.close()
    await serving.close()
    await crossing.close()
