"""Composition root of payments: the subgraph, its webhook, and the worker's queue."""

from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.routing import Route

from kernel.caller_proof import CallerCheck
from kernel.database import Database
from kernel.graphql import Subgraph, SubgraphSchema, SubgraphSettings, serve_subgraph
from kernel.identity import TokenVerifier
from kernel.tenant_transactions import transactions_of_worker
from subgraphs.payments.adapters.sandbox import ProviderSettings, SandboxProvider
from subgraphs.payments.adapters.sandbox_webhook import SandboxWebhook
from subgraphs.payments.graphql.loaders import PaymentsContext
from subgraphs.payments.graphql.schema import build_schema
from subgraphs.payments.handlers import HANDLERS
from subgraphs.payments.ports import PaymentProvider
from subgraphs.payments.use_cases.resolve_payment import Patience
from subgraphs.payments.use_cases.work_provider_tasks import ProviderTasks

__all__ = [
    "HANDLERS",
    "PaymentsSubgraph",
    "ProviderSettings",
    "RefundRunner",
    "build_refund_runner",
    "build_subgraph",
    "create_app",
    "webhook_routes",
]
# the saga asks earlier and decides; the worker is for sagas that are gone
_WORKER_PATIENCE_SECONDS: Final = 300.0
_WORKER: Final = "payment_refunds"


class PaymentsSubgraph(Subgraph):
    """The subgraph with its provider; closes the provider's connections with its own."""

    def __init__(
        self,
        schema: SubgraphSchema,
        provider: PaymentProvider,
        settings: ProviderSettings,
        *,
        database: Database,
        verifier: TokenVerifier,
        compiled_execution: bool = True,
    ) -> None:
        patience = Patience(settings.payment_patience_seconds)
        context = partial(PaymentsContext, provider=provider, patience=patience)
        super().__init__(
            "payments",
            schema,
            database=database,
            verifier=verifier,
            context=context,
            compiled_execution=compiled_execution,
        )
        self.provider = provider
        self.webhook = SandboxWebhook(database, settings.payment_webhook_secret)

    async def shutdown(self) -> None:
        """Close the pool and the provider's connections."""
        await self.provider.close()
        await super().shutdown()

    def asgi_app(self, callers: CallerCheck | None = None) -> Starlette:
        """The HTTP service: POST /graphql, POST /webhooks/sandbox (signed by the provider), health, metrics."""
        app = super().asgi_app(callers)
        app.router.routes.extend(webhook_routes(self))
        return app


class RefundRunner:
    """Carries refunds to the provider and finds out what became of lost charges, for all tenants."""

    def __init__(self, tasks: ProviderTasks, provider: PaymentProvider) -> None:
        self._tasks = tasks
        self._provider = provider

    async def run_due(self, limit: int = 20) -> int:
        """Work on what is due; how many tasks were claimed. Raises when the database does not answer."""
        return await self._tasks.run_due(limit)

    async def close(self) -> None:
        """Close the provider's connections; the databases belong to the caller."""
        await self._provider.close()


def build_subgraph(settings: SubgraphSettings, provider_settings: ProviderSettings | None = None) -> PaymentsSubgraph:
    """The subgraph with its real database, issuer and provider (from the environment when not given)."""
    chosen = provider_settings or ProviderSettings()  # pyright: ignore[reportCallIssue]
    return PaymentsSubgraph(
        build_schema(),
        SandboxProvider(chosen),
        chosen,
        database=settings.database("payments"),
        verifier=settings.verifier(),
        compiled_execution=settings.compiled_execution,
    )


def webhook_routes(subgraph: PaymentsSubgraph) -> list[Route]:
    """The provider's webhook, for whichever application listens to the outside."""
    return [Route("/webhooks/sandbox", subgraph.webhook.receive, methods=["POST"])]


def build_refund_runner(
    serving: Database, crossing: Database, provider_settings: ProviderSettings | None = None
) -> RefundRunner:
    """The worker's queue with the real provider (from the environment when not given).

    `serving` is the role `payments_app`, `crossing` the role `payments_worker`.
    """
    provider = SandboxProvider(provider_settings or ProviderSettings())  # pyright: ignore[reportCallIssue]
    tasks = ProviderTasks(
        crossing, transactions_of_worker(serving, _WORKER), provider, Patience(_WORKER_PATIENCE_SECONDS)
    )
    return RefundRunner(tasks, provider)


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.payments.app:create_app`."""
    return serve_subgraph(build_subgraph, "payments")
