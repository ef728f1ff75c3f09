"""What identity refuses, each with a stable code."""

from enum import StrEnum

from kernel.errors import Refusal


class IdentityErrorCode(StrEnum):
    """Codes of `IdentityUserError`."""

    SLUG_TAKEN = "SLUG_TAKEN"
    SUBJECT_TAKEN = "SUBJECT_TAKEN"
    UNKNOWN_ROLE = "UNKNOWN_ROLE"
    NO_SUCH_USER = "NO_SUCH_USER"
    INVALID = "INVALID"


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


class Invalid(Refusal):
    """A field breaks a rule stated in the message."""

    code = IdentityErrorCode.INVALID
