"""Roles of the realm and the scopes they carry (domain.md X-12); a scope is `<domain>:<read|write|manage>`."""

from collections.abc import Collection, Mapping
from uuid import UUID

from kernel.errors import Forbidden, Unauthenticated
from kernel.identity import Principal
from kernel.step_up import STEP_UP_SCOPES, require_second_factor

DOMAINS = ("identity", "till", "catalog", "inventory", "orders", "payments")


def _all(*levels: str) -> frozenset[str]:
    return frozenset(f"{domain}:{level}" for domain in DOMAINS for level in levels)


_SHOP = frozenset({"catalog:read"})
#: the mark of our own processes: it lets them name the tenant they act for, and carries no scope
SERVICE = "service"

ROLE_SCOPES: Mapping[str, frozenset[str]] = {
    "platform_admin": _all("read", "write", "manage") | {"platform:explore", "platform:manage"},
    "tenant_owner": _all("read", "write", "manage") | {"platform:explore"},
    "store_manager": _all("read", "write") | {"till:manage", "orders:manage", "inventory:manage"},
    "cashier": frozenset(
        {"till:write", "catalog:read", "inventory:read", "orders:read", "orders:write", "payments:read"}
    ),
    "stock_clerk": frozenset({"catalog:read", "inventory:read", "inventory:write"}),
    "buyer": frozenset({"catalog:read", "catalog:write", "inventory:read"}),
    "accountant": frozenset({"orders:read", "payments:read", "payments:write"}),
    "marketer": frozenset({"catalog:read", "catalog:write"}),
    "analyst": _all("read"),
    "driver": frozenset({"orders:read"}),
    "auditor": _all("read"),
    "vendor": frozenset({"catalog:read", "catalog:write"}),
    "customer": _SHOP,
    "device": _SHOP,
    SERVICE: frozenset(),
    "checkout_saga": frozenset({"saga:run"}),
    "notifier": frozenset({"orders:read"}),
    "shop_import": frozenset(
        {
            *("catalog:read", "catalog:write"),
            *("inventory:read", "inventory:write", "inventory:manage"),
            *("orders:read", "orders:write", "orders:manage", "payments:read"),
        }
    ),
    "demo_setup": frozenset(
        {
            *("platform:manage", "identity:read", "identity:manage"),
            *("catalog:read", "catalog:write"),
            *("inventory:read", "inventory:write", "inventory:manage"),
        }
    ),
    "pos_bff": frozenset({"till:read"}),
}

#: roles of service accounts: only the realm file gives them, never a person
SERVICE_ROLES = frozenset({SERVICE, "checkout_saga", "notifier", "shop_import", "demo_setup", "pos_bff"})

#: roles of people who work at the stores in their token (`store_ids`) and act nowhere else
STORE_ROLES = frozenset({"store_manager", "cashier", "stock_clerk"})


def scopes_of(roles: frozenset[str]) -> frozenset[str]:
    """The union of the scopes of `roles`; unknown roles carry none."""
    return frozenset(scope for role in roles for scope in ROLE_SCOPES.get(role, ()))


def require_authenticated(principal: Principal | None) -> Principal:
    """The principal, or `Unauthenticated`."""
    if principal is None:
        raise Unauthenticated("sign in first")
    return principal


def require_scope(principal: Principal | None, scope: str) -> Principal:
    """The principal if it holds `scope`, and gave a second factor where the scope needs one.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the scope is missing.
        StepUpRequired: the second factor is missing or too old.
    """
    known = require_authenticated(principal)
    if scope not in scopes_of(known.roles):
        raise Forbidden(f"this needs the scope {scope}")
    if scope in STEP_UP_SCOPES:
        require_second_factor(known)
    return known


def may_act_at(principal: Principal, scope: str, store_id: UUID | None) -> bool:
    """Whether `principal` may use `scope` at this store; None is what belongs to no store.

    A second fence within the tenant (domain.md X-07): who holds the scope only by working at stores is limited to them,
    and without any store in the token to nothing.
    """
    return roles_act_at(principal.roles, principal.store_ids, scope, store_id)


def roles_act_at(roles: frozenset[str], store_ids: Collection[str], scope: str, store_id: UUID | None) -> bool:
    """`may_act_at` for somebody who is not the caller: whose roles these are, and who works at these stores."""
    if scope in scopes_of(roles - STORE_ROLES):
        return True
    return scope in scopes_of(roles) and store_id is not None and str(store_id) in store_ids


def require_store(principal: Principal, scope: str, store_id: UUID | None, *, field: tuple[str, ...]) -> None:
    """Refuse who works at other stores; `field` is the path of the input that names the place.

    Raises:
        Forbidden: see `may_act_at`.
    """
    if not may_act_at(principal, scope, store_id):
        raise Forbidden("this is at none of the stores you work at", field=field)
