"""A BFF as a process of its own."""

import sys

import uvicorn
from starlette.applications import Starlette

from bff.session.settings import BffSettings
from kernel.telemetry import configure_logging


def serve(service: str, settings: BffSettings, app: Starlette, *, default_port: int) -> None:
    """Serve `app` on loopback, on the port that the command line names."""
    configure_logging(service, level=settings.log_level)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else default_port
    # proxy_headers off: X-Forwarded-* of a client must not colour anything
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False, proxy_headers=False)
