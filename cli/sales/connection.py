"""How the sales commands reach the shop: as the API client `sales-import`, at the router's address."""

import os
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from cli.api_client import ApiClient
from cli.environment import own_variables
from cli.errors import CommandError
from cli.state import StateFolder

CLIENT_ID: Final = "sales-import"
_DEMO_TENANTS: Final[Mapping[str, UUID]] = {
    "lumen": UUID("01920000-0000-7000-8000-000000000001"),
    "sakura": UUID("01920000-0000-7000-8000-000000000002"),
}
_ROUTER: Final = "RETAILFLOW_ROUTER_URL"
_TOKENS: Final = "RETAILFLOW_TOKEN_URL"
_SECRET: Final = "RETAILFLOW_SALES_IMPORT_SECRET"  # noqa: S105 - the name of a variable


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


def connect(state: StateFolder, tenant_id: UUID, person: Mapping[str, str] = os.environ) -> ApiClient:
    """A client of the running product, or of the one that RETAILFLOW_* variables name.

    Raises:
        CommandError: nothing is running and the variables are not set.
    """
    running = state.read_running()
    variables = {**(running.environment if running is not None else {}), **own_variables(person)}
    missing = [name for name in (_ROUTER, _TOKENS, _SECRET) if not variables.get(name)]
    if missing:
        raise CommandError(f"nothing is running: start it with ./retailflow up, or set {', '.join(missing)}")
    return ApiClient(
        graphql_url=variables[_ROUTER],
        token_url=variables[_TOKENS],
        client_id=CLIENT_ID,
        client_secret=variables[_SECRET],
        tenant_id=tenant_id,
    )
