"""Facts identity publishes."""

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


class UserInvited(Event):
    """Somebody is to become a user; `UserCreated` follows when the identity provider knows them."""

    subject: ClassVar[str] = "retail.user.invited.v1"

    user_id: UUID
    roles: list[str]

    @property
    def key(self) -> UUID:
        """The user."""
        return self.user_id


class UserUpdated(Event):
    """Roles, stores or activity of a user changed. No personal data: consumers ask identity."""

    subject: ClassVar[str] = "retail.user.updated.v1"

    user_id: UUID
    roles: list[str]
    is_active: bool

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


class DeviceEnrolled(Event):
    """A till or scanner became known, by the thumbprint of its key (RFC 7638)."""

    subject: ClassVar[str] = "retail.device.enrolled.v1"

    device_id: UUID
    store_id: UUID
    thumbprint: str

    @property
    def key(self) -> UUID:
        """The device."""
        return self.device_id


class DeviceRevoked(Event):
    """Nothing a device sends counts any more."""

    subject: ClassVar[str] = "retail.device.revoked.v1"

    device_id: UUID
    store_id: UUID

    @property
    def key(self) -> UUID:
        """The device."""
        return self.device_id


class PinChange(Event):
    """Something happened to a person's PIN; `keycloak_id` is the subject of the person's tokens."""

    tenant_id: UUID
    keycloak_id: str

    @property
    def key(self) -> UUID:
        """The tenant: the person may be no user of it yet."""
        return self.tenant_id


class PinSet(PinChange):
    """A person chose a PIN."""

    subject: ClassVar[str] = "retail.pin.set.v1"


class PinLocked(PinChange):
    """A PIN was tried wrongly too often."""

    subject: ClassVar[str] = "retail.pin.locked.v1"


class PinReset(PinChange):
    """A manager took a person's PIN away; the person chooses a new one after signing in."""

    subject: ClassVar[str] = "retail.pin.reset.v1"


class ApprovalGranted(Event):
    """A manager approved by PIN what a cashier may do once; both are subjects of tokens."""

    subject: ClassVar[str] = "retail.approval.granted.v1"

    approval_id: UUID
    device_id: UUID
    cashier: str
    approver: str
    action: str
    reference: str
    reason: str

    @property
    def key(self) -> UUID:
        """The device."""
        return self.device_id


class ApprovalDenied(Event):
    """A cashier asked for an approval and no right PIN of a manager came with it."""

    subject: ClassVar[str] = "retail.approval.denied.v1"

    device_id: UUID
    cashier: str
    action: str
    reference: str

    @property
    def key(self) -> UUID:
        """The device."""
        return self.device_id


class ApprovalConsumed(Event):
    """An approved action was carried out."""

    subject: ClassVar[str] = "retail.approval.consumed.v1"

    approval_id: UUID
    device_id: UUID
    action: str

    @property
    def key(self) -> UUID:
        """The device."""
        return self.device_id


PUBLISHED: tuple[type[Event], ...] = (
    TenantCreated,
    UserInvited,
    UserCreated,
    UserUpdated,
    UserDeleted,
    DeviceEnrolled,
    DeviceRevoked,
    PinSet,
    PinLocked,
    PinReset,
    ApprovalGranted,
    ApprovalDenied,
    ApprovalConsumed,
)
