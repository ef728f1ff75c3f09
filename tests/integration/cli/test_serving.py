import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.error import URLError
from urllib.request import Request, urlopen

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

async def seen(request):
    return PlainTextResponse(f"{request.client.host} {request.url.scheme}")

routes = [Route("/", state), Route("/seen", seen)]
run_sites([Site(Starlette(routes=routes), int(port)) for port in sys.argv[1:]])
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


def test_n22_nobody_is_believed_to_come_from_elsewhere(ports: list[int], process: "subprocess.Popen[bytes]"):
    claims = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https", "forwarded": "for=198.51.100.7"}
    assert wait_until(lambda: _answer(ports[0]) == "uvloop, tuned", process, 30)

    assert _answer(ports[0], "/seen", claims) == f"{LOOPBACK} http"


def _answer(port: int, path: str = "/", headers: Mapping[str, str] = MappingProxyType({})) -> str:
    try:
        with urlopen(Request(f"http://{LOOPBACK}:{port}{path}", headers=dict(headers)), timeout=5) as response:
            return response.read().decode()
    except URLError:
        return ""
