"""The tenant a token was asked for: people of several tenants have a membership in each but their first.

A membership is a slot of the account. The client scope `membership-<slot>` puts that one into the claim `membership`,
as texts `tenant:<uuid>`, `role:<name>` and `store:<uuid>`. Without such a scope a token is of the first tenant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from kernel.errors import Unauthenticated

SCOPE: Final = "membership-"
#: how many tenants a person may have beside the first: as many scopes has the realm
SLOTS: Final = range(1, 8)
#: nobody has these by being a member of a tenant
NEVER_OF_MEMBERS: Final = frozenset(
    {
        *("platform_admin", "device", "service"),
        *("checkout_saga", "notifier", "shop_import", "demo_setup", "pos_bff"),
    }
)
_SERVICE: Final = "service"


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person is in one tenant."""

    tenant_id: UUID
    roles: frozenset[str]
    store_ids: frozenset[str]


def scope_of(slot: int) -> str:
    """The client scope that asks for a slot."""
    return f"{SCOPE}{slot}"


def chosen_membership(claims: Mapping[str, object], held: frozenset[str]) -> Membership | None:
    """The membership a token is for; None for a token of the first tenant. `held` are the realm's roles in it.

    Raises:
        Unauthenticated: the token does not name exactly one tenant, or more roles than a member has.
    """
    chosen = [one for one in str(claims.get("scope", "")).split() if one.startswith(SCOPE)]
    if not chosen and "membership" not in claims:
        return None
    if len(chosen) != 1 or _SERVICE in held:
        raise _refused()
    return _parsed(claims.get("membership"), claims.get("tenant_id"))


def _parsed(stated: object, first_tenant: object) -> Membership:
    said: dict[str, list[str]] = {"tenant": [], "role": [], "store": []}
    for entry in cast("list[object]", stated) if isinstance(stated, list) else []:
        kind, _, value = str(entry).partition(":")
        if kind not in said:
            raise _refused()
        said[kind].append(value)
    if len(said["tenant"]) != 1 or said["tenant"] == [first_tenant] or NEVER_OF_MEMBERS & {*said["role"]}:
        raise _refused()
    return Membership(one_uuid(said["tenant"][0]), frozenset(said["role"]), frozenset(said["store"]))


def one_uuid(value: object) -> UUID:
    """The UUID; one tenant has one spelling (T13).

    Raises:
        Unauthenticated: a list, a differently written or a look-alike UUID.
    """
    if not isinstance(value, str) or not value.isascii():
        raise Unauthenticated("the tenant claim is not one UUID")
    try:
        tenant_id = UUID(value)
    except ValueError:
        raise Unauthenticated("the tenant claim is not one UUID") from None
    if str(tenant_id) != value:
        raise Unauthenticated("the tenant claim is not one UUID")
    return tenant_id


def _refused() -> Unauthenticated:
    return Unauthenticated("the token is not of exactly one tenant")
