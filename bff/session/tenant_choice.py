"""The tenants a person may enter, as the ID token lists them."""

from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlencode

from kernel.errors import Unauthenticated
from kernel.membership import scope_of

CHOICE_PATH: Final = "/auth/tenant"


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """One tenant; `slot` is its place in the account, 0 the first."""

    slot: int
    tenant_id: str
    name: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """What an authorization request adds to be for this tenant."""
        return (scope_of(self.slot),) if self.slot else ()


def choices_of(claim: object) -> tuple[TenantChoice, ...]:
    """From texts `<slot> <uuid> <name>`; nothing for people of one tenant.

    Raises:
        Unauthenticated: the claim is not such a list.
    """
    if claim is None:
        return ()
    if not isinstance(claim, list):
        raise Unauthenticated("the tenants of the ID token are unreadable")
    return tuple(sorted((_choice(text) for text in cast("list[object]", claim)), key=lambda one: one.slot))


def choice_page(return_to: str) -> str:
    """Where the person chooses, and then goes on to `return_to`."""
    return f"{CHOICE_PATH}?{urlencode({'return_to': return_to})}"


def _choice(text: object) -> TenantChoice:
    slot, _, rest = str(text).partition(" ")
    tenant_id, _, name = rest.partition(" ")
    if not slot.isdecimal() or not tenant_id:
        raise Unauthenticated("the tenants of the ID token are unreadable")
    return TenantChoice(int(slot), tenant_id, name or tenant_id)
