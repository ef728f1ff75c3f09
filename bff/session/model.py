"""A signed-in browser: who it is and the tokens kept for it, which never leave the server."""

from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from bff.session.tenant_choice import TenantChoice
from kernel.clock import utcnow
from kernel.identity import SecondFactor
from kernel.permissions import scopes_of

EXPLORE_SCOPE: Final = "platform:explore"


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser; at a till, of one device. Instants are whole seconds since the epoch."""

    issuer: str
    subject: str
    provider_session_id: str | None
    username: str
    name: str
    roles: tuple[str, ...]
    tenant_id: str | None
    store_ids: tuple[str, ...]
    access_token: str
    access_expires_at: int
    refresh_token: str | None
    refresh_expires_at: int | None
    id_token: str
    id_token_issued_at: int
    started_at: int
    ends_at: int
    device_id: str | None = None
    browser: str = "Unknown browser"
    second_factor: SecondFactor = field(default_factory=SecondFactor)
    tenants: tuple[TenantChoice, ...] = ()

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the session's roles carry."""
        return scopes_of(frozenset(self.roles))

    @property
    def tenant(self) -> TenantChoice | None:
        """The tenant of this session, for people of several."""
        return next((one for one in self.tenants if one.tenant_id == self.tenant_id), None)

    @property
    def has_choice(self) -> bool:
        """Whether the person may enter another tenant than this session's."""
        return any(one.tenant_id != self.tenant_id for one in self.tenants)

    def expires_at(self, now: int, idle_seconds: int) -> int:
        """When the session ends if it stays idle from `now` on: never after its absolute end or its refresh token's."""
        limits = [now + idle_seconds, self.ends_at]
        if self.refresh_expires_at is not None:
            limits.append(self.refresh_expires_at)
        return min(limits)


SESSION_JSON: TypeAdapter[Session] = TypeAdapter(Session)


def epoch_seconds() -> int:
    """Now, in whole seconds since the epoch."""
    return int(utcnow().timestamp())
