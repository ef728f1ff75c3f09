"""The whole product from the command line, once: it takes the time of three starts."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.embedded.account import hand_over
from cli.processes.inspection import is_port_free
from cli.state import ROOT
from cli.welcome import LAST_LINE

_START_SECONDS = 240


class Product:
    """`retailflow up` as a child, and other commands about it."""

    def __init__(self, state: Path, base: int) -> None:
        self.state = state
        self.base = base
        self.output = state.with_suffix(".output")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("RETAILFLOW_")}
        # GraphiQL has tests of its own; building it takes a minute
        return own | {"RETAILFLOW_STATE_FOLDER": str(self.state), "RETAILFLOW_GRAPHIQL_FOLDER": str(self.state)}

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "cli", "up", "--port-base", str(self.base), *options]
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.wait_for_output(LAST_LINE)

    def ask_to_end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self.exit_code()

    def exit_code(self) -> int:
        assert self._process is not None
        return self._process.wait(timeout=_START_SECONDS)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def pid_of(self, name: str) -> int:
        return int(json.loads((self.state / "running.json").read_text())["processes"][name])

    def wait_for_output(self, text: str) -> None:
        self._wait(lambda: text in self.output.read_text())

    def _wait(self, happens: Callable[[], bool]) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_SECONDS
        while not happens():
            try:
                self._process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                assert time.monotonic() < deadline, self.output.read_text()
            else:
                pytest.fail(self.output.read_text())

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.ask_to_end(signal.SIGTERM)


@pytest.fixture(scope="module")
def product(servers_folder: Path) -> Iterator[Product]:
    state = servers_folder / "product"
    state.mkdir()
    hand_over(state, None, 0o711)
    started = Product(state, _free_block())
    yield started
    started.end()


@pytest.fixture(autouse=True)
def nothing_left_running(product: Product) -> Iterator[None]:
    """A test that fails half way does not leave its product to the next one."""
    yield
    product.end()


def _free_block() -> int:
    return next(base for base in range(19_000, 29_000, 200) if all(map(is_port_free, range(base, base + 106))))


def _ready(port: int) -> dict[str, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
        return json.loads(answer.read())


def _asked(port: int) -> tuple[int, str]:
    """The status and code with which a subgraph refuses who is not the router."""
    body = json.dumps({"query": "{ _service { sdl } }"}).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    return refused.value.code, json.loads(refused.value.read())["errors"][0]["extensions"]["code"]


def test_the_product_starts_heals_stops_and_starts_again(product: Product) -> None:
    product.start()

    text = product.output.read_text()
    assert f"http://127.0.0.1:{product.base}\n" in re.sub(" +\n", "\n", text)
    assert "owner@lumen.example" in text
    assert [_ready(product.base + offset)["service"] for offset in (0, 1, 8)] == ["bff-web", "router", "bff-pos"]
    assert product.run("status").returncode == 0

    second = product.run("up", "--port-base", str(product.base))
    assert second.returncode == 1
    assert re.fullmatch(r"retailflow: already running: process \d+ \(.*\); stop it with .*\n", second.stderr)

    killed = product.pid_of("worker")
    os.kill(killed, signal.SIGKILL)
    product.wait_for_output("worker was killed by SIGKILL: starting it again")

    assert product.ask_to_end(signal.SIGINT) == 0
    assert product.output.read_text().endswith("stopped\n")
    assert all(is_port_free(product.base + offset) for offset in range(8))
    assert product.run("status").returncode == 3

    product.start()
    assert "database  " not in product.output.read_text()
    assert product.run("down").stdout.startswith("stopped (process ")
    assert product.exit_code() == 0
    assert all(is_port_free(product.base + offset) for offset in range(8))


def test_after_a_kill_the_next_start_takes_over_and_separate_processes_speak_http(product: Product) -> None:
    product.start("--only", "identity,router")
    assert _asked(product.base + 101) == (403, "CALLER_NOT_PROVEN")
    product.kill()

    product.start("--only", "identity")

    assert "ended without cleaning up: its lock was stale and is removed" in product.output.read_text()
    assert _ready(product.base + 101)["service"] == "identity"
    assert is_port_free(product.base + 1)
    assert product.ask_to_end(signal.SIGTERM) == 0
