"""Every server of ours keeps idle connections longer than whoever calls it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.process import KEEP_ALIVE_SECONDS
from router.execution.transport.origin import KEEP_ALIVE_SECONDS as ROUTER_KEEPS_SECONDS

ROOT = Path(__file__).parents[2]
PACKAGES = ("kernel", "subgraphs", "router", "bff", "workers", "cli")
BALANCERS_KEEP_SECONDS = 60


def servers() -> Iterator[tuple[str, set[str]]]:
    """Where a server is made, and by which names its options are given."""
    for path in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"uvicorn.run", "uvicorn.Config"}:
                options = {f"{one.arg}={ast.unparse(one.value)}" for one in node.keywords}
                yield str(path.relative_to(ROOT)), options


def test_callers_give_connections_up_before_we_do():
    assert max(ROUTER_KEEPS_SECONDS, BALANCERS_KEEP_SECONDS) < KEEP_ALIVE_SECONDS


@pytest.mark.parametrize(
    ("where", "options"), list(servers()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_server_says_so(where: str, options: set[str]):
    assert "timeout_keep_alive=KEEP_ALIVE_SECONDS" in options, where


def test_all_servers_were_found():
    assert len(list(servers())) == 4
