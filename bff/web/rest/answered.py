"""The graph's answer as an HTTP response."""

from collections.abc import Mapping
from typing import Final, TypeAlias, cast
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bff.session.graphql_proxy import UpstreamAnswer
from bff.web.rest.endpoints import Endpoint
from bff.web.rest.problems import ProblemError, Refused, failed, refused
from kernel.telemetry import get_logger

log = get_logger(__name__)
_Json: TypeAlias = dict[str, object]
_FORBIDDEN: Final = "FORBIDDEN"
_INTERNAL: Final = Refused("INTERNAL", "internal error")
_UNREADABLE: Final = Refused("UPSTREAM_UNAVAILABLE", "the graph's answer is unreadable")


def response_of(request: Request, endpoint: Endpoint, answer: UpstreamAnswer) -> Response:
    """The response; a part that the caller's scopes do not cover is null, everything else that fails is a problem.

    Raises:
        ProblemError: the graph refuses, fails, or has nothing there.
    """
    read = _read(answer)
    errors = [_error(error) for error in cast("list[_Json]", read.get("errors") or [])]
    _require_no_refusal(read, endpoint)
    found = _found(read.get("data"), endpoint)
    is_partial = found is not None and all(error.code == _FORBIDDEN for error in errors)
    if errors and not is_partial:
        raise failed(_told(errors[0]))
    if found is None:
        raise ProblemError(404, [Refused("NOT_FOUND", "there is no such thing here")])
    return Response(orjson.dumps(found), endpoint.status, _headers(request, endpoint, found), "application/json")


def _read(answer: UpstreamAnswer) -> _Json:
    try:
        return cast("_Json", orjson.loads(cast("bytes", answer.body)))
    except (orjson.JSONDecodeError, TypeError):
        raise failed(_UNREADABLE) from None


def _error(error: _Json) -> Refused:
    extensions = cast("_Json", error.get("extensions") or {})
    return Refused(str(extensions.get("code")), str(error.get("message")))


def _told(error: Refused) -> Refused:
    problem = failed(error)
    if problem.status < 500:  # noqa: PLR2004 - the class of failures
        return error
    log.warning("rest_request_failed", code=error.code)
    return error if problem.status > 500 else _INTERNAL  # noqa: PLR2004 - what nobody expected


def _require_no_refusal(read: _Json, endpoint: Endpoint) -> None:
    payload = _member(read.get("data"), endpoint.answer[0])
    errors = _member(payload, "userErrors") if not endpoint.is_read else None
    if errors:
        reasons = [
            Refused(str(error["code"]), str(error["message"]), tuple(cast("list[str]", error["field"] or ())))
            for error in cast("list[_Json]", errors)
        ]
        raise refused(reasons, is_conditional=endpoint.if_match is not None)


def _found(data: object, endpoint: Endpoint) -> object:
    for step in endpoint.answer:
        data = _member(data, step)
    return data


def _member(value: object, step: str | int) -> object:
    if isinstance(value, dict):
        return cast("_Json", value).get(str(step))
    if isinstance(value, list) and isinstance(step, int):
        items = cast("list[object]", value)
        return items[step] if step < len(items) else None
    return None


def _headers(request: Request, endpoint: Endpoint, found: object) -> Mapping[str, str]:
    body = cast("_Json", found)
    headers: dict[str, str] = {}
    if endpoint.location is not None:
        headers["location"] = endpoint.location.format_map(body)
    if endpoint.etag is not None:
        headers["etag"] = f'"{body[endpoint.etag]}"'
    if endpoint.is_page and (cursor := _next_cursor(body)) is not None:
        query = {**dict(request.query_params), "after": cursor}
        headers["link"] = f'<{request.url.path}?{urlencode(query)}>; rel="next"'
    return headers


def _next_cursor(page: _Json) -> str | None:
    place = cast("_Json", page["pageInfo"])
    return str(place["endCursor"]) if place["hasNextPage"] is True else None
