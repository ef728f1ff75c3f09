"""The router as a process of its own, over a composed supergraph."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import SecretStr

from cli.ports import CONTEXTS
from cli.serving import Site, run_sites
from kernel.settings import CallerSettings, TokenSettings
from kernel.telemetry import configure_logging, get_logger
from router.app import YOUNG_OBJECTS, create_app_of_file
from router.configuration import InvalidConfiguration
from router.planning.invalid_supergraph import InvalidSupergraph
from router.settings import RouterSettings

log = get_logger(__name__)
_NO_KEYS: Final[Mapping[str, SecretStr]] = MappingProxyType({})


def router_settings(caller_keys: Mapping[str, SecretStr] = _NO_KEYS) -> RouterSettings:
    """The router's settings with the issuer that all our processes share."""
    tokens = TokenSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    return RouterSettings(
        issuer=tokens.issuer,
        audience=tokens.audience,
        jwks_url=tokens.jwks_url,
        log_level=tokens.log_level,
        caller_keys=caller_keys,
    )


def run_router(port: int) -> None:
    """Serve RETAILFLOW_SUPERGRAPH, reaching the subgraphs over HTTP; end the process when it cannot be served.

    Raises:
        MissingCallerKeys: in production, our subgraphs would be called without proof.
    """
    settings = router_settings(CallerSettings().caller_keys_of(CONTEXTS))
    configure_logging("router", level=settings.log_level)
    try:
        app = create_app_of_file(settings, Path(os.environ["RETAILFLOW_SUPERGRAPH"]))
    except (InvalidSupergraph, InvalidConfiguration) as error:
        log.error("supergraph_refused", code=error.code, reason=str(error))  # noqa: TRY400 - no bug of ours
        raise SystemExit(1) from error
    run_sites([Site(app, port, YOUNG_OBJECTS)])
