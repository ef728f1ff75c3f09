"""Tenants and users, mapped, with their rules."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import utcnow
from kernel.database import Aggregate
from kernel.ids import uuid7
from kernel.permissions import ROLE_SCOPES
from subgraphs.identity.errors import Invalid, UnknownRole
from subgraphs.identity.events import TenantCreated, UserCreated, UserDeleted
from subgraphs.identity.model.tables import IdentityTable

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
    keycloak_id: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_active: Mapped[bool]
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
        if "@" not in email:
            raise Invalid("is not an e-mail address", field=("input", "email"))
        for role in roles:
            if role not in ROLE_SCOPES:
                raise UnknownRole(f"there is no role {role!r}", field=("input", "roles"))
        user = cls(
            tenant_id=tenant_id,
            id=uuid7(),
            keycloak_id=keycloak_id,
            email=email,
            display_name=display_name,
            roles=sorted(roles),
            is_active=True,
            created_at=utcnow(),
        )
        user.record(UserCreated(user_id=user.id, keycloak_id=keycloak_id, roles=user.roles))
        return user

    def deactivate(self) -> None:
        """Stop this user from counting as one; deactivating twice is one deactivation."""
        if self.is_active:
            self.is_active = False
            self.record(UserDeleted(user_id=self.id))
