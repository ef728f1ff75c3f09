"""`retailflow serve PART`: run one part of the product in the foreground, configured by the environment."""

import os
from typing import Annotated

import typer

from cli.environment import own_variables
from cli.errors import CommandError
from cli.parts import (
    run_app,
    run_bff_pos,
    run_bff_web,
    run_identity_provider,
    run_mail_sink,
    run_payment_sandbox,
    run_router,
    run_subgraph,
    run_worker,
)
from cli.ports import CONTEXTS, Ports
from cli.processes.lock import lock_holder
from cli.state import StateFolder

_DEFAULTS = Ports()
Port = Annotated[int, typer.Option(help="Loopback port to listen on.", min=1, max=65_535)]

serve = typer.Typer(help="Run one part of the product in the foreground (router, bff-web, subgraph NAME, worker …).")


@serve.callback()
def adopt_running_product() -> None:
    """Run one part in the foreground. Variables that are not set come from the product that `up` runs here."""
    state = StateFolder.open()
    running = state.read_running()
    if running is None or lock_holder(state.lock) is None:
        return
    person = own_variables(os.environ)
    for name, value in running.environment.items():
        if name not in person:
            os.environ[name] = value


@serve.command("app")
def serve_app(
    router_port: Port = _DEFAULTS.router, web_port: Port = _DEFAULTS.web_bff, pos_port: Port = _DEFAULTS.pos_bff
) -> None:
    """Router, both BFFs and all subgraphs in one process."""
    run_app(router_port, web_port, pos_port)


@serve.command("router")
def serve_router(port: Port = _DEFAULTS.router) -> None:
    """The router; it reaches the subgraphs over HTTP."""
    run_router(port)


@serve.command("bff-web")
def serve_bff_web(port: Port = _DEFAULTS.web_bff) -> None:
    """The web BFF; it reaches the router over HTTP."""
    run_bff_web(port)


@serve.command("bff-pos")
def serve_bff_pos(port: Port = _DEFAULTS.pos_bff) -> None:
    """The POS BFF; it reaches the router over HTTP."""
    run_bff_pos(port)


@serve.command("subgraph")
def serve_subgraph(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(CONTEXTS)}.")],
    port: Annotated[int | None, typer.Option(help="Loopback port; each subgraph has its own.")] = None,
) -> None:
    """One subgraph."""
    if name not in CONTEXTS:
        raise CommandError(f"there is no subgraph {name}: choose one of {', '.join(CONTEXTS)}")
    run_subgraph(name, port or _DEFAULTS.subgraph(name))


@serve.command("worker")
def serve_worker(port: Port = _DEFAULTS.worker) -> None:
    """The checkout saga, event consumers, outbox relay and notifications; the port answers health and metrics."""
    run_worker(port)


@serve.command("identity-provider")
def serve_identity_provider(port: Port = _DEFAULTS.identity_provider) -> None:
    """The development identity provider: sign-in for the laptop, never for production."""
    run_identity_provider(port)


@serve.command("payment-sandbox")
def serve_payment_sandbox(port: Port = _DEFAULTS.payment_sandbox) -> None:
    """The sandbox payment provider with its test card numbers."""
    run_payment_sandbox(port)


@serve.command("mail-sink")
def serve_mail_sink(port: Port = _DEFAULTS.smtp) -> None:
    """The catch-all mail server; read its mails with `retailflow mail`."""
    run_mail_sink(port)
