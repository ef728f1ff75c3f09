"""Runs ASGI applications on their ports until the process is asked to end."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

import uvicorn
import uvloop
from starlette.types import ASGIApp

from cli.processes.inspection import LOOPBACK
from kernel.process import KEEP_ALIVE_SECONDS, YOUNG_OBJECTS, tune_garbage_collection

_GRACE_SECONDS: Final = 5
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Site:
    """An application and the port it is served on; `young_objects` as in `tune_garbage_collection`."""

    app: ASGIApp
    port: int
    young_objects: int = YOUNG_OBJECTS


class _SiteServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, young_objects: int) -> None:
        super().__init__(config)
        self._young_objects = young_objects

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        # several servers share this process: one place below takes its signals
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        tune_garbage_collection(young_objects=self._young_objects)


def run_sites(sites: Sequence[Site]) -> None:
    """Serve all until SIGINT or SIGTERM; requests under way get five seconds.

    The address is RETAILFLOW_HOST, loopback unless a container sets it.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sites, os.environ.get("RETAILFLOW_HOST", LOOPBACK)))


async def _serve(sites: Sequence[Site], host: str) -> None:
    servers = [_server(site, host) for site in sites]

    def end() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, end)
    async with asyncio.TaskGroup() as tasks:
        for server in servers:
            tasks.create_task(server.serve())


def _server(site: Site, host: str) -> uvicorn.Server:
    config = uvicorn.Config(
        site.app,
        host=host,
        port=site.port,
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn would believe X-Forwarded-* of whoever connects from loopback: who is believed is a setting of ours
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return _SiteServer(config, site.young_objects)
