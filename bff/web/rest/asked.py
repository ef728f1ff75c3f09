"""An HTTP request as the variables of its endpoint's operation."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

import orjson
from starlette.requests import Request

from bff.session.csrf import is_json
from bff.web.rest.description import Contract, Parameter, require_conforming
from bff.web.rest.endpoints import HEADER_OF, Endpoint
from bff.web.rest.problems import ProblemError, Refused
from kernel.errors import BadUserInput
from kernel.subgraph import JsonValue

_IF_MATCH: Final = "If-Match"
_PRECONDITIONS: Final = frozenset({"if-match", "if-none-match", "if-unmodified-since"})
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_ETAG: Final = re.compile(r'"(-?[0-9]{1,10})"', re.ASCII)
_VARIABLE_OF: Final = {header: variable for variable, header in HEADER_OF.items()}


async def variables_of(request: Request, endpoint: Endpoint, contract: Contract) -> dict[str, JsonValue]:
    """The variables, each as its contract wants it.

    Raises:
        ProblemError: something is missing, too much or of the wrong kind.
        BadUserInput: the same, where no place is to be named.
    """
    _refuse_unknown(request, contract)
    _refuse_unjudged(request, endpoint)
    variables: dict[str, JsonValue] = {}
    for parameter in contract.parameters:
        text = _text_of(request, parameter)
        if text is not None and parameter.name != _IF_MATCH:
            name, value = _variable(parameter, text)
            variables[name] = value
    if contract.body is not None:
        variables |= await _body(request, contract)
    if endpoint.if_match is not None and _IF_MATCH in request.headers:
        # a precondition counts only for what is right otherwise (RFC 9110 §13.2.1)
        variables[endpoint.if_match] = _quantity(request.headers[_IF_MATCH])
    return {name: value for name, value in variables.items() if name}


def _refuse_unknown(request: Request, contract: Contract) -> None:
    known = {parameter.name for parameter in contract.parameters if parameter.place == "query"}
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known:
            raise ProblemError(400, [Refused("BAD_USER_INPUT", "there is no such parameter", (name[:64],))])
        if names.count(name) > 1:
            raise ProblemError(400, [Refused("BAD_USER_INPUT", "given more than once", (name,))])


def _refuse_unjudged(request: Request, endpoint: Endpoint) -> None:
    """A write whose precondition nobody looks at would be taken for a safe one (RFC 9110 §13.1)."""
    judged = {_IF_MATCH.lower()} if endpoint.if_match is not None else set[str]()
    for name in sorted(_PRECONDITIONS - judged):
        if not endpoint.is_read and name in request.headers:
            raise ProblemError(400, [Refused("BAD_USER_INPUT", "no precondition is judged here", (name,))])


def _text_of(request: Request, parameter: Parameter) -> str | None:
    places: Mapping[str, Mapping[str, str]] = {
        "path": cast("Mapping[str, str]", request.path_params),
        "query": request.query_params,
        "header": request.headers,
    }
    text = places[parameter.place].get(parameter.name)
    if text is None and parameter.is_required:
        raise ProblemError(400, [Refused("BAD_USER_INPUT", "is missing", (parameter.name,))])
    return text


def _variable(parameter: Parameter, text: str) -> tuple[str, JsonValue]:
    value: JsonValue = int(text) if parameter.type == "integer" and _INTEGER.fullmatch(text) else text
    require_conforming(parameter.checks, value, parameter.name)
    if parameter.place == "header":
        # what is only there to be there has no variable
        return _VARIABLE_OF.get(parameter.name, ""), value
    return parameter.name, value


def _quantity(etag: str) -> int:
    found = _ETAG.fullmatch(etag.strip())
    if found is None:
        # a tag that we never gave is the tag of something else
        raise ProblemError(412, [Refused("PRECONDITION_FAILED", "the ETag is none of ours")])
    return int(found[1])


async def _body(request: Request, contract: Contract) -> dict[str, JsonValue]:
    if not is_json(request.headers.get("content-type")):
        raise ProblemError(415, [Refused("UNSUPPORTED_MEDIA_TYPE", "the body must be application/json")])
    try:
        body: object = orjson.loads(await request.body())
    except (orjson.JSONDecodeError, RecursionError):
        raise BadUserInput("the body is not valid JSON") from None
    if contract.body is not None:
        require_conforming(contract.body, body)
    return dict(_members(body))


def _members(body: object) -> Iterator[tuple[str, JsonValue]]:
    yield from cast("dict[str, JsonValue]", body).items()
