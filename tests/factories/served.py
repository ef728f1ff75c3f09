"""Serves an ASGI application on a free port of the loopback, for tests that need real HTTP."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp


def free_socket() -> socket.socket:
    """A bound socket; its port is known before anything listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("127.0.0.1", 0))
    return bound


def url_of(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def served(app: ASGIApp, bound: socket.socket | None = None) -> AsyncGenerator[str]:
    """The URL of the running application."""
    chosen = bound or free_socket()
    config = uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[chosen]))
    while not server.started:
        assert not running.done(), running
        await asyncio.sleep(0.005)
    try:
        yield url_of(chosen)
    finally:
        server.should_exit = True
        await running
        chosen.close()
