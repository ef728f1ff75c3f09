"""Refusals as problem details (RFC 9457), with the graph's codes and the status that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson
from starlette.responses import Response

from bff.session.refusals import status_of
from bff.web.rest.endpoints import Endpoint
from kernel.errors import DomainError

_MEDIA_TYPE: Final = "application/problem+json"
_STATUS_OF_CODE: Final[Mapping[str, int]] = {
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "DUPLICATE_REFERENCE": 409,
    "INSUFFICIENT_STOCK": 409,
    "SKU_TAKEN": 409,
    "SLUG_TAKEN": 409,
    "STALE_QUANTITY": 409,
    "STALE_VERSION": 409,
    "PRICE_CHANGED": 409,
    "CART_CLOSED": 409,
    "CART_EXPIRED": 409,
    "PRECONDITION_FAILED": 412,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "UPSTREAM_UNAVAILABLE": 502,
    "SUBGRAPH_UNAVAILABLE": 503,
    "REQUIREMENT_UNAVAILABLE": 503,
    "UNAVAILABLE": 503,
    "UPSTREAM_TIMEOUT": 504,
    "DEADLINE_EXCEEDED": 504,
}
_STALE: Final = "STALE_QUANTITY"
_REFUSED: Final = 422
_FAILED: Final = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """One reason; `field` is a path in what was sent."""

    code: str
    detail: str
    field: tuple[str, ...] = ()


class ProblemError(Exception):
    """A request ends with a problem; the first reason gives its code."""

    def __init__(self, status: int, reasons: Sequence[Refused]) -> None:
        super().__init__(reasons[0].code)
        self.status = status
        self.reasons = reasons


def problem_of(error: ProblemError) -> Response:
    """The answer."""
    first = error.reasons[0]
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": first.detail,
        "code": first.code,
    }
    if any(reason.field for reason in error.reasons) or len(error.reasons) > 1:
        body["errors"] = [_reason(reason) for reason in error.reasons]
    return Response(orjson.dumps(body), error.status, media_type=_MEDIA_TYPE)


def _reason(reason: Refused) -> dict[str, object]:
    told: dict[str, object] = {"code": reason.code, "detail": reason.detail}
    return {**told, "field": list(reason.field)} if reason.field else told


def domain_problem(error: DomainError) -> ProblemError:
    """What the BFF itself refuses."""
    return ProblemError(status_of(error), [Refused(error.code, error.message, error.field or ())])


def failed(reason: Refused) -> ProblemError:
    """What the graph refuses or fails at; of an error that is no refusal nothing is told but its code."""
    status = _STATUS_OF_CODE.get(reason.code, _FAILED)
    return ProblemError(status, [reason])


def refused(reasons: Sequence[Refused], *, is_conditional: bool) -> ProblemError:
    """Business rules that say no; a stale quantity is a failed precondition where If-Match was the condition."""
    code = reasons[0].code
    if is_conditional and code == _STALE:
        return ProblemError(_STATUS_OF_CODE["PRECONDITION_FAILED"], reasons)
    return ProblemError(_STATUS_OF_CODE.get(code, _REFUSED), reasons)


def statuses_of(endpoint: Endpoint) -> Mapping[int, str]:
    """The refusals of an endpoint, with what they mean."""
    is_looked_up = endpoint.is_read and not endpoint.is_page
    told = {
        400: ("The request is malformed", True),
        401: ("Nobody is signed in", True),
        403: ("Not with these scopes, or not from our own pages", True),
        404: ("There is no such thing here", is_looked_up or "{" in endpoint.paths[0]),
        409: ("Something else changed meanwhile, or is there already", not endpoint.is_read),
        412: ("It is not what was read any more", endpoint.if_match is not None),
        413: ("The body is too large", not endpoint.is_read),
        415: ("The body must be application/json", not endpoint.is_read),
        422: ("A rule of the business says no", not endpoint.is_read),
        429: ("Too often", True),
        500: ("Our fault", True),
        502: ("The graph cannot be reached", True),
        503: ("Part of the graph does not answer", True),
        504: ("The graph took too long", True),
    }
    return {status: text for status, (text, is_possible) in told.items() if is_possible}
