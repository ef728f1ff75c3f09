"""Who may give which role, and change whom."""

from collections.abc import Iterable
from typing import Final

from kernel.identity import Principal
from kernel.permissions import SERVICE_ROLES, scopes_of
from subgraphs.identity.errors import RoleNotGrantable

#: given in the realm by who runs the platform, never through a tenant
UNGRANTABLE: Final = SERVICE_ROLES | {"platform_admin", "device"}
_PLATFORM: Final = "platform:manage"


def require_may_grant(principal: Principal, roles: Iterable[str]) -> None:
    """Nobody gives or takes a role that may do more than they may themselves.

    Raises:
        RoleNotGrantable: one of `roles` is above the caller, or no tenant's to give.
    """
    own = scopes_of(principal.roles)
    for role in roles:
        if role in UNGRANTABLE or not scopes_of(frozenset({role})) <= own:
            raise RoleNotGrantable(f"the role {role!r} is not yours to give or take", field=("input", "roles"))


def require_may_record(principal: Principal, roles: Iterable[str]) -> None:
    """Like `require_may_grant` for accounts that exist; who runs the platform may record any role."""
    if _PLATFORM not in scopes_of(principal.roles):
        require_may_grant(principal, roles)
