"""The router's process does not start with a graph or a configuration it cannot serve, and says why."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.router_process import run_router

_QUERY = "type Query { x: Int }"
_REFUSED = {
    "cut off": ("type Query {", "SUPERGRAPH_SYNTAX"),
    "a plain schema": (_QUERY, "SUPERGRAPH_NOT_COMPOSED"),
    "a later join": (
        f'schema @link(url: "https://specs.apollo.dev/join/v9.0") {{ query: Query }} {_QUERY}',
        "SUPERGRAPH_UNKNOWN_JOIN_VERSION",
    ),
    "a feature for security": (
        f'schema @link(url: "https://example.com/vault/v1.0", for: SECURITY) {{ query: Query }} {_QUERY}',
        "SUPERGRAPH_UNSUPPORTED_FEATURE",
    ),
    "half a graph": ('enum join__Graph { A @join__graph(name: "a", url: "http://a") }', "SUPERGRAPH_INCONSISTENT"),
}


@pytest.fixture(name="supergraph")
def _supergraph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    path = tmp_path / "supergraph.graphql"
    monkeypatch.setenv("RETAILFLOW_ISSUER", "https://issuer.invalid")
    monkeypatch.setenv("RETAILFLOW_JWKS_URL", "https://issuer.invalid/jwks")
    monkeypatch.setenv("RETAILFLOW_SUPERGRAPH", str(path))
    yield path
    root.handlers[:], root.level = handlers, level


def _refusal(capsys: pytest.CaptureFixture[str]) -> tuple[str, str, str]:
    with pytest.raises(SystemExit) as ended:
        run_router(0)

    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ended.value.code == 1
    return line["event"], line["level"], line["code"]


@pytest.mark.parametrize(("text", "code"), _REFUSED.values(), ids=_REFUSED)
def test_a_graph_that_cannot_be_served_ends_the_process(supergraph, capsys, text, code):
    supergraph.write_text(text)

    assert _refusal(capsys) == ("supergraph_refused", "error", code)


@pytest.mark.usefixtures("supergraph")
def test_a_missing_graph_ends_the_process(capsys):
    assert _refusal(capsys) == ("supergraph_refused", "error", "SUPERGRAPH_UNREADABLE")


def test_a_configuration_with_a_mistake_ends_the_process(supergraph, tmp_path, monkeypatch, capsys):
    supergraph.write_text(
        f"{_REFUSED['half a graph'][0]} type Query @join__type(graph: A) {{ x: Int }} "
        "directive @join__graph(name: String!, url: String!) on ENUM_VALUE "
        "directive @join__type(graph: join__Graph!) repeatable on OBJECT"
    )
    rules = tmp_path / "router.yaml"
    rules.write_text("defaults: {timeout_seconds: 0}")
    monkeypatch.setenv("RETAILFLOW_ROUTER_CONFIG_FILE", str(rules))

    assert _refusal(capsys) == ("supergraph_refused", "error", "INVALID_CONFIGURATION")
