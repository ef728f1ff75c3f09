import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from cli.embedded.readiness import wait_until
from cli.processes.inspection import LOOPBACK, free_port

_PROGRAM = """
import asyncio, gc, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from cli.serving import Site, run_sites

async def state(request):
    loop = type(asyncio.get_running_loop()).__module__
    return PlainTextResponse(f"{loop}, {'tuned' if gc.get_freeze_count() else 'starting'}")

run_sites([Site(Starlette(routes=[Route("/", state)]), int(port)) for port in sys.argv[1:]])
"""


@pytest.fixture
def ports() -> list[int]:
    return [free_port(), free_port()]


@pytest.fixture
def process(ports: list[int]) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen([sys.executable, "-c", _PROGRAM, *map(str, ports)])
    yield child
    child.kill()
    child.wait()


def test_all_sites_answer_from_one_tuned_process_until_it_is_asked_to_end(
    ports: list[int], process: "subprocess.Popen[bytes]"
):
    is_tuned = [wait_until(lambda port=port: _answer(port) == "uvloop, tuned", process, 30) for port in ports]

    process.send_signal(signal.SIGTERM)

    assert is_tuned == [True, True]
    assert process.wait(timeout=30) == 0
    assert [_answer(port) for port in ports] == ["", ""]


def _answer(port: int) -> str:
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/", timeout=5) as response:
            return response.read().decode()
    except URLError:
        return ""
