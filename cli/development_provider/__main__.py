"""Run the development provider as a process of its own: `python -m cli.development_provider [PORT]`."""

import os
import sys
from pathlib import Path

import uvicorn

from cli.development_provider.app import SERVICE, create_app
from cli.development_provider.credentials import local_secrets
from cli.development_provider.placeholders import MissingPlaceholder
from cli.development_provider.settings import DevelopmentOnly, ProviderSettings
from kernel.process import KEEP_ALIVE_SECONDS
from kernel.settings import CommonSettings
from kernel.telemetry import configure_logging

_PORT = 8081
_ROOT = Path(__file__).parents[2]


def main() -> None:
    """Serve the realm file of the repository; exits with one line where it must not run."""
    common = CommonSettings()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else _PORT
    state_folder = _ROOT / ".retailflow"
    settings = ProviderSettings(
        profile=common.profile,
        url=f"http://127.0.0.1:{port}",
        realm_file=_ROOT / "deploy" / "keycloak" / "realm.json",
        values={**local_secrets(state_folder), **os.environ},
        state_folder=state_folder,
    )
    try:
        app = create_app(settings)
    except (DevelopmentOnly, MissingPlaceholder) as refusal:
        sys.exit(str(refusal))
    configure_logging(SERVICE, level=common.log_level)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
