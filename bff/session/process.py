"""A BFF as a process of its own."""

import sys
from typing import Final

import uvicorn
from starlette.applications import Starlette

from bff.session.settings import BffSettings
from kernel.process import KEEP_ALIVE_SECONDS
from kernel.telemetry import configure_logging

_GRACE_SECONDS: Final = 5


def serve(service: str, settings: BffSettings, app: Starlette, *, default_port: int) -> None:
    """Serve `app` on loopback, on the port that the command line names."""
    configure_logging(service, level=settings.log_level)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else default_port
    # proxy_headers off: X-Forwarded-* of a client must not colour anything
    # and streams that are open do not keep the process from ending
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
