from typing import Any

import orjson
import pytest
from starlette.requests import Request

from bff.session.graphql_proxy import UpstreamAnswer
from bff.web.rest.answered import response_of
from bff.web.rest.endpoints import Endpoint
from bff.web.rest.problems import ProblemError, problem_of

READ = Endpoint("GET", ("/things/{id}",), "thing", ("thing",), "A thing")
WRITE = Endpoint("PUT", ("/things/{id}",), "thing_set", ("thingSet", "thing"), "Set", if_match="was", etag="count")
REQUEST = Request({"type": "http", "path": "/things", "query_string": b"", "headers": [], "server": ("shop", 80)})


def answered(endpoint: Endpoint, body: Any) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    try:
        response = response_of(REQUEST, endpoint, UpstreamAnswer(200, {}, content))
    except ProblemError as error:
        response = problem_of(error)
        assert response.media_type == "application/problem+json"
    return response.status_code, orjson.loads(bytes(response.body))


def error(code: str | None, message: str = "secret words of a server") -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code} if code else {}}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("UNAUTHENTICATED", 401),
        ("FORBIDDEN", 403),
        ("NOT_FOUND", 404),
        ("BAD_USER_INPUT", 400),
        ("CONFLICT", 409),
        ("IDEMPOTENCY_KEY_REUSED", 422),
        ("RATE_LIMITED", 429),
        ("UPSTREAM_UNAVAILABLE", 502),
        ("SUBGRAPH_UNAVAILABLE", 503),
        ("UPSTREAM_TIMEOUT", 504),
    ],
)
def test_a_code_of_the_graph_is_a_status(code: str, status: int):
    answer = {"data": None, "errors": [error(code)]}

    found = answered(READ, answer)

    assert (found[0], found[1]["code"], found[1]["status"]) == (status, code, status)


@pytest.mark.parametrize("code", [None, "INTERNAL", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COSTLY"])
def test_what_nobody_expected_is_our_fault_and_says_nothing_of_it(code: str | None):
    status, body = answered(READ, {"data": {"thing": None}, "errors": [error(code)]})

    assert (status, body["code"], body["detail"]) == (500, "INTERNAL", "internal error")


def test_what_scopes_do_not_cover_is_null_in_an_answer_that_is_there():
    thing = {"id": "1", "cost": None}

    assert answered(READ, {"data": {"thing": thing}, "errors": [error("FORBIDDEN")]}) == (200, thing)


def test_a_part_that_failed_fails_the_whole():
    answer = {"data": {"thing": {"id": "1"}}, "errors": [error("FORBIDDEN"), error("SUBGRAPH_UNAVAILABLE")]}

    assert answered(READ, answer)[0] >= 400
    assert answered(READ, {**answer, "errors": answer["errors"][1:]})[0] == 503


def test_nothing_there_is_not_found():
    assert answered(READ, {"data": {"thing": None}})[1]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff"])
def test_an_unreadable_answer_is_the_gateways_fault(body: bytes):
    assert answered(READ, body)[0] == 502


@pytest.mark.parametrize(("code", "status"), [("STALE_QUANTITY", 412), ("SLUG_TAKEN", 409), ("INVALID", 422)])
def test_a_rule_that_says_no_has_the_status_of_its_code(code: str, status: int):
    refusal = {"code": code, "message": "no", "field": ["input", "0"]}
    answer = {"data": {"thingSet": {"thing": None, "userErrors": [refusal]}}}

    found, body = answered(WRITE, answer)

    assert (found, body["errors"]) == (status, [{"code": code, "detail": "no", "field": ["input", "0"]}])


def test_an_etag_is_the_member_that_is_compared():
    answer = {"data": {"thingSet": {"thing": {"count": 3}, "userErrors": []}}}

    response = response_of(REQUEST, WRITE, UpstreamAnswer(200, {}, orjson.dumps(answer)))

    assert response.headers["etag"] == '"3"'
