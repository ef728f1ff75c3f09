"""Run the POS BFF as a process of its own: `python -m bff.pos [PORT]`."""

from bff.pos.app import SERVICE, create_app
from bff.pos.settings import PosSettings
from bff.session.process import serve

_PORT = 8001


def main() -> None:
    """Read the settings and serve."""
    settings = PosSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    serve(SERVICE, settings, create_app(settings), default_port=_PORT)


if __name__ == "__main__":
    main()
