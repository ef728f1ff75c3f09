"""Domain errors as answers: a status, the code, and what a client needs to come again."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from kernel.asgi import OrjsonResponse, error_body
from kernel.errors import BadUserInput, Conflict, DomainError, Forbidden, NotFound, Unauthenticated, Unavailable


class RateLimited(DomainError):
    """Too many requests, or too many at once."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


_STATUS: Final[Mapping[type[DomainError], int]] = {
    BadUserInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    RateLimited: 429,
    Unavailable: 503,
}


def status_of(error: DomainError) -> int:
    """The HTTP status that says what `error` does."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def refusal(error: DomainError) -> Response:
    """The answer to a request that ended in `error`."""
    status = status_of(error)
    headers = {"retry-after": str(error.retry_after_seconds)} if isinstance(error, RateLimited) else None
    body = error_body(error.code, error.message, error.details)
    return OrjsonResponse(body, status_code=status, headers=headers)
