"""Run the web BFF as a process of its own: `python -m bff.web [PORT]`."""

from bff.session.process import serve
from bff.web.app import SERVICE, create_app
from bff.web.settings import WebSettings

_PORT = 8000


def main() -> None:
    """Read the settings and serve."""
    settings = WebSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    serve(SERVICE, settings, create_app(settings), default_port=_PORT)


if __name__ == "__main__":
    main()
