import json
import logging
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kernel.asgi import ReadinessCheck, service_app
from kernel.telemetry import configure_logging, current_request_id, outgoing_headers
from tests.fakes.asgi_client import AsgiClient


async def echo(request: Request) -> Response:
    body = await request.body()
    return PlainTextResponse(f"{len(body)} {current_request_id()} {outgoing_headers().get('traceparent', '')[:35]}")


async def broken(_request: Request) -> Response:
    raise ZeroDivisionError("a secret detail")


async def cached(_request: Request) -> Response:
    return PlainTextResponse("kept", headers={"Cache-Control": "max-age=60", "X-Request-Id": "mine"})


async def down() -> None:
    raise ConnectionRefusedError


def build(**checks: ReadinessCheck) -> Starlette:
    routes = [Route("/echo", echo, methods=["POST"]), Route("/broken", broken), Route("/cached", cached)]
    return service_app(service="test", routes=routes, readiness=checks, max_body_bytes=1000)


@pytest.fixture(autouse=True)
def quiet_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    yield
    root.handlers[:], root.level = before[0], before[1]


async def test_a_request_keeps_its_id_and_trace_and_gets_security_headers():
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    answer = await AsgiClient(build()).request("POST", "/echo", {"x-request-id": "r-1", "traceparent": trace}, b"ab")

    assert answer.text == f"2 r-1 {trace[:35]}"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_request_id_with_strange_characters_is_replaced():
    answer = await AsgiClient(build()).request("POST", "/echo", {"x-request-id": "a\nb"}, b"")

    assert "\n" not in answer.headers["x-request-id"]
    assert len(answer.headers["x-request-id"]) == 36


async def test_an_answer_keeps_its_own_headers_but_for_the_request_id():
    answer = await AsgiClient(build()).request("GET", "/cached", {"x-request-id": "r-2"})

    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["x-request-id"] == "r-2"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("declared", [True, False])
async def test_an_oversize_body_is_refused_declared_or_not(declared: bool):
    headers = {"content-length": "1001"} if declared else {}

    answer = await AsgiClient(build()).request("POST", "/echo", headers, b"x" * 1001)

    assert answer.status == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_errors_have_one_shape_and_no_details():
    client = AsgiClient(build(), raise_app_exceptions=False)

    missing = await client.request("GET", "/nowhere")
    wrong_method = await client.request("GET", "/echo")
    failed = await client.request("GET", "/broken", {"x-request-id": "r-3"})

    assert (missing.status, missing.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert (wrong_method.status, wrong_method.headers["allow"]) == (405, "POST")
    assert (failed.status, failed.text) == (
        500,
        '{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}',
    )
    assert failed.headers["x-request-id"] == "r-3"


async def test_readiness_names_what_is_down_and_liveness_does_not_care():
    client = AsgiClient(build(database=down))

    ready = await client.request("GET", "/health/ready")
    live = await client.request("GET", "/health/live")

    assert (ready.status, ready.json()["details"]) == (503, {"database": "unavailable"})
    assert (live.status, live.json()["status"], live.json()["service"]) == (200, "ok", "test")


async def test_metrics_count_requests():
    client = AsgiClient(build())
    await client.request("GET", "/nowhere")

    answer = await client.request("GET", "/metrics")

    assert 'http_requests_total{method="GET",service="test",status="404"}' in answer.text


async def test_each_log_line_is_json_with_request_and_trace_id(capsys: pytest.CaptureFixture[str]):
    configure_logging("test")

    await AsgiClient(build()).request("POST", "/echo", {"x-request-id": "r-9"}, b"")

    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["path"], line["status"], line["request_id"]) == ("http_request", "/echo", 200, "r-9")
    assert len(line["trace_id"]) == 32
    assert line["service"] == "test"
