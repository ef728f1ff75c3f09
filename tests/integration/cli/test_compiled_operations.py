"""What the doctor knows of operations that are not compiled."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from cli.compiled_operations import count_fallbacks, examine_published_operations
from cli.state import ROOT

_NAMES = tuple(f"alias{number}: name" for number in range(3_000))


@pytest.fixture
def metrics_port() -> Iterator[int]:
    registry = CollectorRegistry()
    counter = Counter("graphql_fallbacks_total", "Left out.", ("service", "reason"), registry=registry)
    counter.labels("catalog", "too_large").inc(3)
    counter.labels("orders", "subscription").inc(0)
    text = generate_latest(registry)

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_request_of_the_published_operations_is_compiled() -> None:
    requests = examine_published_operations(ROOT / "schema" / "operations")

    assert {request.operation for request in requests} == {
        path.stem for path in (ROOT / "schema" / "operations").rglob("*.graphql")
    }
    assert [request for request in requests if request.fallback is not None] == []


def test_an_operation_beyond_the_limits_is_named_with_its_subgraph_and_reason(tmp_path: Path) -> None:
    fields = " ".join(_NAMES)
    (tmp_path / "huge.graphql").write_text(f"{{ products(first: 1) {{ nodes {{ {fields} }} }} }}")

    (request,) = examine_published_operations(tmp_path)

    assert (request.operation, request.subgraph) == ("huge", "catalog")
    assert request.fallback is not None
    assert request.fallback.reason == "too_large"


def test_fallbacks_are_counted_per_service_and_reason_where_there_were_any(metrics_port: int) -> None:
    assert count_fallbacks([metrics_port]) == {"catalog: too_large": 3}


def test_a_process_that_does_not_answer_has_nothing_to_tell() -> None:
    assert count_fallbacks([1]) == {}
