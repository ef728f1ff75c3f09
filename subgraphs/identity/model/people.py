"""Tenants and users, mapped, with their rules."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate
from kernel.ids import uuid7
from kernel.permissions import ROLE_SCOPES
from subgraphs.identity.errors import Invalid, UnknownRole
from subgraphs.identity.events import TenantCreated, UserCreated, UserDeleted, UserInvited, UserUpdated
from subgraphs.identity.model.account import AccountState
from subgraphs.identity.model.tables import IdentityTable

TENANT_OWNER: Final = "tenant_owner"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Tenant(Aggregate, IdentityTable):
    """A retail company. Its `tenant_id` is its own id."""

    __tablename__ = "tenant"

    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    @classmethod
    def create(cls, tenant_id: UUID, *, slug: str, name: str, currency: str) -> "Tenant":
        """A new tenant.

        Raises:
            Invalid: the slug is not lower-case letters, digits and dashes, or the name is empty.
        """
        if not _SLUG.fullmatch(slug):
            raise Invalid("use lower-case letters, digits and dashes", field=("input", "slug"))
        if not name.strip():
            raise Invalid("must not be empty", field=("input", "name"))
        tenant = cls(tenant_id=tenant_id, slug=slug, name=name.strip(), currency=currency, created_at=utcnow())
        tenant.record(TenantCreated(tenant_id=tenant_id, slug=slug, name=tenant.name, currency=currency))
        return tenant


class User(Aggregate, IdentityTable):
    """A principal of the identity provider, known to one tenant."""

    __tablename__ = "user"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    keycloak_id: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    store_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    is_active: Mapped[bool]
    account_state: Mapped[str] = mapped_column(Text)
    membership_slot: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's protocol

    @classmethod
    def create(cls, tenant_id: UUID, *, keycloak_id: str, email: str, display_name: str, roles: list[str]) -> "User":
        """A new active user.

        Raises:
            Invalid: the e-mail address has no "@".
            UnknownRole: a role the realm does not have.
        """
        user = cls._new(tenant_id, email=email, display_name=display_name, roles=roles)
        user.keycloak_id = keycloak_id
        user.account_state = AccountState.IN_STEP
        user.record(UserCreated(user_id=user.id, keycloak_id=keycloak_id, roles=user.roles))
        return user

    @classmethod
    def invite(
        cls, tenant_id: UUID, *, email: str, display_name: str, roles: list[str], store_ids: list[UUID]
    ) -> "User":
        """A new active user whose account at the identity provider is still to be made.

        Raises:
            Invalid: the e-mail address has no "@", or the name is empty.
            UnknownRole: a role the realm does not have.
        """
        if not display_name.strip():
            raise Invalid("must not be empty", field=("input", "displayName"))
        user = cls._new(tenant_id, email=email.strip().lower(), display_name=display_name.strip(), roles=roles)
        user.store_ids = sorted(set(store_ids))
        user.record(UserInvited(user_id=user.id, roles=user.roles))
        return user

    @classmethod
    def _new(cls, tenant_id: UUID, *, email: str, display_name: str, roles: list[str]) -> "User":
        if "@" not in email:
            raise Invalid("is not an e-mail address", field=("input", "email"))
        return cls(
            tenant_id=tenant_id,
            id=uuid7(),
            email=email,
            display_name=display_name,
            roles=known_roles(roles),
            store_ids=[],
            is_active=True,
            account_state=AccountState.PENDING,
            membership_slot=0,
            created_at=utcnow(),
        )

    @property
    def is_active_owner(self) -> bool:
        """Whether the tenant may depend on this user."""
        return self.is_active and TENANT_OWNER in self.roles

    def deactivate(self) -> None:
        """Stop this user from counting as one; deactivating twice is one deactivation."""
        if self.is_active:
            self.is_active = False
            self.record(UserDeleted(user_id=self.id))

    def reactivate(self) -> None:
        """Let a deactivated user count again."""
        if not self.is_active:
            self.is_active = True
            self._changed()

    def assign_roles(self, roles: list[str]) -> None:
        """Replace the roles; raises UnknownRole."""
        wanted = known_roles(roles)
        if wanted != self.roles:
            self.roles = wanted
            self._changed()

    def assign_stores(self, store_ids: list[UUID]) -> None:
        """Replace the stores this user works in."""
        wanted = sorted(set(store_ids))
        if wanted != self.store_ids:
            self.store_ids = wanted
            self._changed()

    def link(self, keycloak_id: str, slot: int = 0) -> None:
        """The identity provider knows this user under `keycloak_id` now; slot 0 is the account's first tenant."""
        is_first = self.keycloak_id is None
        self.keycloak_id = keycloak_id
        self.membership_slot = slot
        if is_first:
            self.record(UserCreated(user_id=self.id, keycloak_id=keycloak_id, roles=self.roles))

    def _changed(self) -> None:
        self.record(UserUpdated(user_id=self.id, roles=self.roles, is_active=self.is_active))


def known_roles(roles: list[str]) -> list[str]:
    """The roles once each, in order.

    Raises:
        UnknownRole: a role the realm does not have.
    """
    for role in roles:
        if role not in ROLE_SCOPES:
            raise UnknownRole(f"there is no role {role!r}", field=("input", "roles"))
    return sorted(set(roles))
