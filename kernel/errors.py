"""One tree of domain errors: expected, coded, safe to show to the caller."""

from collections.abc import Mapping
from types import MappingProxyType


class DomainError(Exception):
    """An expected refusal: `code` is the contract, `message` is for people, `field` the path of the input at fault."""

    code: str = "INTERNAL"
    #: what a client needs to come again, beside the code
    details: Mapping[str, object] = MappingProxyType({})

    def __init__(self, message: str, *, code: str | None = None, field: tuple[str, ...] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class BadUserInput(DomainError):
    """The request is malformed; nothing was changed."""

    code = "BAD_USER_INPUT"


class NotFound(DomainError):
    """No such thing for this tenant. Another tenant's thing looks exactly like this."""

    code = "NOT_FOUND"


class Conflict(DomainError):
    """The state does not allow it, or changed meanwhile."""

    code = "CONFLICT"


class Unauthenticated(DomainError):
    """No valid credentials."""

    code = "UNAUTHENTICATED"


class Forbidden(DomainError):
    """The principal lacks a scope, a role or the tenant."""

    code = "FORBIDDEN"


class IdempotencyKeyReused(DomainError):
    """The same idempotency key came with another request body (C-12)."""

    code = "IDEMPOTENCY_KEY_REUSED"


class Unavailable(DomainError):
    """A dependency did not answer; the request may be repeated."""

    code = "UNAVAILABLE"


class Refusal(DomainError):
    """A business rule says no. Mutations answer it in `userErrors`, never in the top-level `errors`."""


class StaleVersion(Refusal):
    """The caller's `expectedVersion` is not the stored one."""

    code = "STALE_VERSION"
