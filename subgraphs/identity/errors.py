"""What identity refuses, each with a stable code."""

from enum import StrEnum

from kernel.errors import Refusal


class IdentityErrorCode(StrEnum):
    """Codes of `IdentityUserError`."""

    SLUG_TAKEN = "SLUG_TAKEN"
    SUBJECT_TAKEN = "SUBJECT_TAKEN"
    UNKNOWN_ROLE = "UNKNOWN_ROLE"
    NO_SUCH_USER = "NO_SUCH_USER"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    ROLE_NOT_GRANTABLE = "ROLE_NOT_GRANTABLE"
    LAST_OWNER = "LAST_OWNER"
    USER_INACTIVE = "USER_INACTIVE"
    INVALID = "INVALID"
    NO_SUCH_DEVICE = "NO_SUCH_DEVICE"
    DEVICE_REFUSED = "DEVICE_REFUSED"
    KEY_TAKEN = "KEY_TAKEN"
    NOT_YOUR_STORE = "NOT_YOUR_STORE"
    WEAK_PIN = "WEAK_PIN"
    PIN_NOT_SET = "PIN_NOT_SET"
    PIN_REFUSED = "PIN_REFUSED"
    PIN_LOCKED = "PIN_LOCKED"
    APPROVAL_REFUSED = "APPROVAL_REFUSED"


class SlugTaken(Refusal):
    """Another tenant has this slug."""

    code = IdentityErrorCode.SLUG_TAKEN


class SubjectTaken(Refusal):
    """This principal is already a user of the tenant."""

    code = IdentityErrorCode.SUBJECT_TAKEN


class UnknownRole(Refusal):
    """The realm has no such role."""

    code = IdentityErrorCode.UNKNOWN_ROLE


class NoSuchUser(Refusal):
    """The tenant has no such user."""

    code = IdentityErrorCode.NO_SUCH_USER


class EmailTaken(Refusal):
    """Another user of the tenant has this e-mail address."""

    code = IdentityErrorCode.EMAIL_TAKEN


class RoleNotGrantable(Refusal):
    """The caller may not give this role, or change somebody who has it."""

    code = IdentityErrorCode.ROLE_NOT_GRANTABLE


class LastOwner(Refusal):
    """A tenant keeps at least one active owner."""

    code = IdentityErrorCode.LAST_OWNER


class UserInactive(Refusal):
    """The user was deactivated."""

    code = IdentityErrorCode.USER_INACTIVE


class Invalid(Refusal):
    """A field breaks a rule stated in the message."""

    code = IdentityErrorCode.INVALID


class NoSuchDevice(Refusal):
    """The tenant has no such device."""

    code = IdentityErrorCode.NO_SUCH_DEVICE


class DeviceRefused(Refusal):
    """The device was revoked, or is of a store that is not the caller's."""

    code = IdentityErrorCode.DEVICE_REFUSED


class KeyTaken(Refusal):
    """This key was enrolled before: another device makes another key."""

    code = IdentityErrorCode.KEY_TAKEN


class NotYourStore(Refusal):
    """The caller runs other stores than this one."""

    code = IdentityErrorCode.NOT_YOUR_STORE


class WeakPin(Refusal):
    """This PIN is tried first by whoever guesses."""

    code = IdentityErrorCode.WEAK_PIN


class PinNotSet(Refusal):
    """The caller has no PIN."""

    code = IdentityErrorCode.PIN_NOT_SET


class PinRefused(Refusal):
    """The PIN is wrong."""

    code = IdentityErrorCode.PIN_REFUSED


class PinIsLocked(Refusal):
    """The PIN was tried wrongly too often: a manager resets it."""

    code = IdentityErrorCode.PIN_LOCKED


class ApprovalRefused(Refusal):
    """No manager approved this, here, for this person and at this time."""

    code = IdentityErrorCode.APPROVAL_REFUSED
