"""The router as a process of its own, over a composed supergraph."""

import os
from pathlib import Path

from cli.serving import Site, run_sites
from kernel.settings import TokenSettings
from kernel.telemetry import configure_logging
from router.app import create_app_of_file
from router.settings import RouterSettings


def router_settings() -> RouterSettings:
    """The router's settings with the issuer that all our processes share."""
    tokens = TokenSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    return RouterSettings(
        issuer=tokens.issuer, audience=tokens.audience, jwks_url=tokens.jwks_url, log_level=tokens.log_level
    )


def run_router(port: int) -> None:
    """Serve RETAILFLOW_SUPERGRAPH, reaching the subgraphs over HTTP."""
    settings = router_settings()
    configure_logging("router", level=settings.log_level)
    app = create_app_of_file(settings, Path(os.environ["RETAILFLOW_SUPERGRAPH"]))
    run_sites([Site(app, port)])
