"""How commands reach the shop at the router's address: as the API client whose scopes they need."""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from cli.api_client import ApiClient
from cli.environment import own_variables
from cli.errors import CommandError
from cli.state import StateFolder

_DEMO_TENANTS: Final[Mapping[str, UUID]] = {
    "lumen": UUID("01920000-0000-7000-8000-000000000001"),
    "sakura": UUID("01920000-0000-7000-8000-000000000002"),
}
_ROUTER: Final = "RETAILFLOW_ROUTER_URL"
_TOKENS: Final = "RETAILFLOW_TOKEN_URL"


class ApiAccount(StrEnum):
    """Service clients of the realm that commands use; each value is the client's id."""

    SALES_IMPORT = "sales-import"
    DEMO_SETUP = "demo-setup"

    @property
    def secret_name(self) -> str:
        """The variable that holds its secret."""
        return f"RETAILFLOW_{self.name}_SECRET"


def tenant_id_of(tenant: str) -> UUID:
    """The id of a demo tenant, or the id itself.

    Raises:
        CommandError: neither.
    """
    if tenant in _DEMO_TENANTS:
        return _DEMO_TENANTS[tenant]
    try:
        return UUID(tenant)
    except ValueError:
        raise CommandError(f"--tenant must be {' or '.join(_DEMO_TENANTS)}, or a tenant's UUID, not {tenant}") from None


def connect(
    state: StateFolder,
    tenant_id: UUID,
    person: Mapping[str, str] = os.environ,
    *,
    account: ApiAccount = ApiAccount.SALES_IMPORT,
) -> ApiClient:
    """A client of the running product, or of the one that RETAILFLOW_* variables name.

    Raises:
        CommandError: nothing is running and the variables are not set.
    """
    running = state.read_running()
    variables = {**(running.environment if running is not None else {}), **own_variables(person)}
    missing = [name for name in (_ROUTER, _TOKENS, account.secret_name) if not variables.get(name)]
    if missing:
        raise CommandError(f"nothing is running: start it with ./retailflow up, or set {', '.join(missing)}")
    return ApiClient(
        graphql_url=variables[_ROUTER],
        token_url=variables[_TOKENS],
        client_id=account,
        client_secret=variables[account.secret_name],
        tenant_id=tenant_id,
    )
