"""The whole product, started as a person starts it: `retailflow up` with its own state folder and ports."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cli.api_client import ApiClient
from cli.ports import Ports
from cli.welcome import LAST_LINE

ROOT = Path(__file__).parents[2]
LUMEN = UUID("01920000-0000-7000-8000-000000000001")
SAKURA = UUID("01920000-0000-7000-8000-000000000002")
_START_SECONDS = 240


@dataclass(frozen=True, slots=True)
class RunningProduct:
    """A started product and how to reach it."""

    ports: Ports
    state: Path

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.web_bff}"

    @property
    def graphql_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.router}/graphql"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.payment_sandbox}"

    @property
    def variables(self) -> Mapping[str, str]:
        """The RETAILFLOW_* variables of its processes."""
        return json.loads((self.state / "running.json").read_text())["environment"]

    @property
    def token_url(self) -> str:
        return self.variables["RETAILFLOW_TOKEN_URL"]

    @property
    def client_id(self) -> str:
        return "sales-import"

    @property
    def client_secret(self) -> str:
        return self.variables["RETAILFLOW_SALES_IMPORT_SECRET"]

    def process_id(self, name: str) -> int:
        """The process the supervisor runs under `name` at this moment."""
        return json.loads((self.state / "running.json").read_text())["processes"][name]

    def api(self, tenant_id: UUID = LUMEN) -> ApiClient:
        """A service client of one tenant."""
        return ApiClient(
            graphql_url=self.graphql_url,
            token_url=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret,
            tenant_id=tenant_id,
        )

    def setup_api(self, tenant_id: UUID = LUMEN) -> ApiClient:
        """The service client that set the demo shops up: it may invite people."""
        return ApiClient(
            graphql_url=self.graphql_url,
            token_url=self.token_url,
            client_id="demo-setup",
            client_secret=self.variables["RETAILFLOW_DEMO_SETUP_SECRET"],
            tenant_id=tenant_id,
        )

    def command(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a `retailflow` command against this product."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=ROOT,
            env=_environment(self.state),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def free_port_base() -> int:
    """A block of ports nobody uses at the moment."""
    for base in range(18_000, 30_000, 200):
        ports = Ports.from_base(base)
        wanted = [ports.web_bff + offset for offset in range(9)] + list(ports.subgraphs().values())
        if all(_is_free(port) for port in wanted):
            return base
    raise RuntimeError("no free block of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _environment(state: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("RETAILFLOW_")}
    return {**own, "RETAILFLOW_STATE_FOLDER": str(state), "NO_COLOR": "1"}


@contextmanager
def running_product(state: Path, *options: str) -> Iterator[RunningProduct]:
    """`retailflow up` until it says it is ready; Ctrl-C at the end must end it with exit code 0."""
    base = free_port_base()
    product = RunningProduct(Ports.from_base(base), state)
    with (state / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up", "--port-base", str(base), *options],
            cwd=ROOT,
            env=_environment(state),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(product, process)
            yield product
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
    assert code == 0, (state / "up.log").read_text()[-3000:]


def _wait_until_ready(product: RunningProduct, process: subprocess.Popen[bytes]) -> None:
    """`up` says so when every part is ready and the demo shop is loaded."""
    deadline = time.monotonic() + _START_SECONDS
    log = product.state / "up.log"
    while LAST_LINE not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the product did not start:\n" + log.read_text()[-5000:])
        time.sleep(0.2)


async def eventually(read: Any, wanted: Any, *, seconds: float = 30) -> Any:
    """Poll the async `read` until `wanted(value)`; the value. Fails with the last value when time is up."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        value = await read()
        if wanted(value):
            return value
        assert asyncio.get_running_loop().time() < deadline, f"still {value!r}"
        await asyncio.sleep(0.05)
