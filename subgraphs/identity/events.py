"""Facts identity publishes (domain.md §5, 1 to 5)."""

from typing import ClassVar
from uuid import UUID

from kernel.events import Event


class TenantCreated(Event):
    """A retail company joined."""

    subject: ClassVar[str] = "retail.tenant.created.v1"

    tenant_id: UUID
    slug: str
    name: str
    currency: str

    @property
    def key(self) -> UUID:
        """The tenant."""
        return self.tenant_id


class UserCreated(Event):
    """A principal became known to the tenant. No personal data: consumers ask identity."""

    subject: ClassVar[str] = "retail.user.created.v1"

    user_id: UUID
    keycloak_id: str
    roles: list[str]

    @property
    def key(self) -> UUID:
        """The user."""
        return self.user_id


class UserDeleted(Event):
    """A user was deactivated for good."""

    subject: ClassVar[str] = "retail.user.deleted.v1"

    user_id: UUID

    @property
    def key(self) -> UUID:
        """The user."""
        return self.user_id


PUBLISHED: tuple[type[Event], ...] = (TenantCreated, UserCreated, UserDeleted)
