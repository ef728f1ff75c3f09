"""Run the POS BFF as a process of its own: `python -m bff.pos [PORT]`."""

import sys

import uvicorn

from bff.pos.app import SERVICE, create_app
from bff.pos.settings import PosSettings
from kernel.telemetry import configure_logging

_PORT = 8001


def main() -> None:
    """Read the settings and serve."""
    settings = PosSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    configure_logging(SERVICE, level=settings.log_level)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else _PORT
    # proxy_headers off: X-Forwarded-* of a client must not colour anything
    uvicorn.run(
        create_app(settings), host="127.0.0.1", port=port, log_config=None, access_log=False, proxy_headers=False
    )


if __name__ == "__main__":
    main()
