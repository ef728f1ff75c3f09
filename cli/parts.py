"""Runs each part of the product as a process of its own; the parts' packages are imported only when they run."""

import importlib
import os
from typing import Protocol, cast

from starlette.types import ASGIApp

from cli.errors import CommandError
from cli.serving import Site, run_sites
from cli.state import ROOT, StateFolder


class _SubgraphApp(Protocol):
    def create_app(self) -> ASGIApp: ...


def run_app(router_port: int, web_port: int, pos_port: int) -> None:
    """Router, both BFFs and all subgraphs in one process, calling each other directly."""
    from cli import topology  # noqa: PLC0415 - see the module

    topology.run_app(router_port, web_port, pos_port)


def run_router(port: int) -> None:
    """The router over RETAILFLOW_SUPERGRAPH, reaching the subgraphs over HTTP."""
    from cli import router_process  # noqa: PLC0415 - see the module

    router_process.run_router(port)


def run_worker(port: int) -> None:
    """The saga, consumers, relay and notifications, with health and metrics on the port."""
    from workers.app import create_app  # noqa: PLC0415 - see the module

    run_sites([Site(create_app(), port)])


def run_payment_sandbox(port: int) -> None:
    """The sandbox payment provider."""
    from subgraphs.payments.adapters.sandbox_server import create_app  # noqa: PLC0415 - see the module

    run_sites([Site(create_app(), port)])


def run_mail_sink(port: int) -> None:
    """The catch-all mail server of the laptop."""
    from cli.mail_sink import receive_mails  # noqa: PLC0415 - see the module

    receive_mails(StateFolder.open().mail, port)


def run_subgraph(name: str, port: int) -> None:
    """One bounded context's `POST /graphql`."""
    module = cast("_SubgraphApp", importlib.import_module(f"subgraphs.{name}.app"))
    run_sites([Site(module.create_app(), port)])


def run_bff_web(port: int) -> None:
    """The web BFF, which reaches the router over HTTP."""
    from bff.web.app import SERVICE, create_app  # noqa: PLC0415 - see the module
    from bff.web.settings import WebSettings  # noqa: PLC0415 - see the module
    from kernel.telemetry import configure_logging  # noqa: PLC0415 - see the module

    settings = WebSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    configure_logging(SERVICE, level=settings.log_level)
    run_sites([Site(create_app(settings), port)])


def run_bff_pos(port: int) -> None:
    """The POS BFF, which reaches the router over HTTP."""
    from bff.pos.app import SERVICE, create_app  # noqa: PLC0415 - see the module
    from bff.pos.settings import PosSettings  # noqa: PLC0415 - see the module
    from kernel.telemetry import configure_logging  # noqa: PLC0415 - see the module

    settings = PosSettings()  # pyright: ignore[reportCallIssue] - the environment supplies them
    configure_logging(SERVICE, level=settings.log_level)
    run_sites([Site(create_app(settings), port)])


def run_identity_provider(port: int) -> None:
    """The development identity provider.

    Raises:
        CommandError: the profile is production, or the realm file needs a value that is missing.
    """
    from cli.development_provider.app import SERVICE, create_app  # noqa: PLC0415 - see the module
    from cli.development_provider.credentials import local_secrets  # noqa: PLC0415 - see the module
    from cli.development_provider.placeholders import MissingPlaceholder  # noqa: PLC0415 - see the module
    from cli.development_provider.settings import DevelopmentOnly, ProviderSettings  # noqa: PLC0415 - see the module
    from kernel.settings import CommonSettings  # noqa: PLC0415 - see the module
    from kernel.telemetry import configure_logging  # noqa: PLC0415 - see the module

    common, state = CommonSettings(), StateFolder.open()
    settings = ProviderSettings(
        profile=common.profile,
        url=f"http://127.0.0.1:{port}",
        realm_file=ROOT / "deploy" / "keycloak" / "realm.json",
        values={**local_secrets(state.path), **os.environ},
        state_folder=state.path,
        smtp_host=os.environ.get("RETAILFLOW_SMTP_HOST", "127.0.0.1"),
        smtp_port=int(os.environ.get("RETAILFLOW_SMTP_PORT", "8025")),
    )
    try:
        app = create_app(settings)
    except (DevelopmentOnly, MissingPlaceholder) as refusal:
        raise CommandError(str(refusal)) from None
    configure_logging(SERVICE, level=common.log_level)
    run_sites([Site(app, port)])
