"""Composition root of identity."""

from functools import partial
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr, field_validator
from starlette.applications import Starlette

from kernel import base64url
from kernel.database import Database
from kernel.graphql import Subgraph, SubgraphSettings, assemble_subgraph, serve_subgraph
from kernel.settings import CommonSettings
from kernel.tenant_transactions import transactions_of_worker
from subgraphs.identity.graphql.loaders import IdentityContext
from subgraphs.identity.graphql.schema import build_schema
from subgraphs.identity.handlers import HANDLERS
from subgraphs.identity.model import PinSecrets
from subgraphs.identity.ports import ProviderSilent
from subgraphs.identity.use_cases.sweep_accounts import AccountSweep
from subgraphs.identity.use_cases.work_account_tasks import AccountTasks

if TYPE_CHECKING:
    from subgraphs.identity.adapters.keycloak import Keycloak, KeycloakSettings

__all__ = [
    "HANDLERS",
    "AccountSync",
    "PinSettings",
    "ProviderSilent",
    "build_account_sync",
    "build_subgraph",
    "create_app",
]
_PIN_KEY_BYTES: Final = 32
_WORKER: Final = "account_sync"


class PinSettings(CommonSettings):
    """RETAILFLOW_PIN_KEY: 32 random bytes in base64url. With another key, everybody chooses a new PIN."""

    pin_key: SecretStr

    @field_validator("pin_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if len(_decoded(value)) != _PIN_KEY_BYTES:
            raise ValueError(f"RETAILFLOW_PIN_KEY must be {_PIN_KEY_BYTES} bytes in base64url")
        return value

    def secrets(self) -> PinSecrets:
        """What makes and checks stored PINs."""
        return PinSecrets(_decoded(self.pin_key))


class AccountSync:
    """Keeps the identity provider's accounts in step with the users of all tenants."""

    def __init__(self, tasks: AccountTasks, sweep: AccountSweep, keycloak: "Keycloak") -> None:
        self._tasks = tasks
        self._sweep = sweep
        self._keycloak = keycloak

    async def run_due(self, limit: int = 20) -> int:
        """Work on what is due; how many accounts were claimed. Raises when the database does not answer."""
        return await self._tasks.run_due(limit)

    async def sweep(self) -> int:
        """Compare one page of users and accounts; how many were on one side only.

        Raises:
            ProviderSilent: Keycloak does not answer.
        """
        return await self._sweep.next_page()

    async def close(self) -> None:
        """Close Keycloak's connections; the databases belong to the caller."""
        await self._keycloak.close()


def build_subgraph(settings: SubgraphSettings) -> Subgraph:
    """The subgraph with its real database, issuer and key of PINs."""
    pins = PinSettings()  # pyright: ignore[reportCallIssue] - the environment supplies it
    context = partial(IdentityContext, pin_secrets=pins.secrets())
    return assemble_subgraph("identity", build_schema(), settings, context=context)


def build_account_sync(
    serving: Database, crossing: Database, settings: "KeycloakSettings | None" = None
) -> AccountSync:
    """The worker's queue with the real Keycloak (from the environment when not given).

    `serving` is the role `identity_app`, `crossing` the role `identity_worker`.
    """
    # half a second of imports that only the worker needs
    from subgraphs.identity.adapters.keycloak import Keycloak, KeycloakSettings  # noqa: PLC0415

    keycloak = Keycloak(settings or KeycloakSettings())  # pyright: ignore[reportCallIssue]
    transactions_of = transactions_of_worker(serving, _WORKER)
    tasks = AccountTasks(crossing, transactions_of, keycloak)
    return AccountSync(tasks, AccountSweep(crossing, transactions_of, keycloak), keycloak)


def create_app() -> Starlette:
    """`uvicorn --factory subgraphs.identity.app:create_app`."""
    return serve_subgraph(build_subgraph, "identity")


def _decoded(key: SecretStr) -> bytes:
    try:
        return base64url.decode(key.get_secret_value())
    except ValueError:
        raise ValueError("RETAILFLOW_PIN_KEY is not base64url") from None
