"""`serve`: a graph at /graphql."""

import argparse
import contextlib
import socket

import uvicorn
from starlette.applications import Starlette

from kernel.process import KEEP_ALIVE_SECONDS, tune_garbage_collection
from kernel.telemetry import configure_logging, get_logger
from router.app import YOUNG_OBJECTS, create_app, create_app_of_file, http_transport, urls_of
from router.command_line.composing import print_errors, print_hints, sources_of
from router.command_line.failure import CheckFailed, CommandFailed, SourcesUnreadable
from router.command_line.supergraph_file import refusal_of
from router.composition import CompositionFailed, compose
from router.configuration import InvalidConfiguration
from router.planning.invalid_supergraph import InvalidSupergraph
from router.planning.supergraph_loader import load_supergraph
from router.settings import RouterSettings

log = get_logger(__name__)


def serve(options: argparse.Namespace) -> None:
    """Serve until stopped.

    Raises:
        CommandFailed: there is no graph to serve.
    """
    settings = RouterSettings()
    configure_logging("router", level=settings.log_level)
    try:
        app = _app(options, settings)
    except InvalidSupergraph as error:
        log.error("supergraph_refused", code=error.code, reason=str(error))  # noqa: TRY400 - no bug of ours
        raise CommandFailed(refusal_of(options.supergraph, error)) from error
    except InvalidConfiguration as error:
        log.error("configuration_refused", code=error.code, reason=str(error))  # noqa: TRY400 - same
        raise CommandFailed(str(error)) from error
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        # nothing here looks at who is connected, or how
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = _Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise CommandFailed("the server did not start")


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        tune_garbage_collection(young_objects=YOUNG_OBJECTS)


def _app(options: argparse.Namespace, settings: RouterSettings) -> Starlette:
    if options.supergraph is not None:
        return create_app_of_file(settings, options.supergraph)
    sdl = _composed(options)
    urls = urls_of(load_supergraph(sdl).supergraph)
    return create_app(settings, sdl, http_transport(settings, urls))


def _composed(options: argparse.Namespace) -> str:
    try:
        composition = compose(sources_of(options.config))
    except (SourcesUnreadable, CompositionFailed) as failed:
        for error in failed.errors:
            log.error(  # noqa: TRY400 - same
                "subgraphs_refused",
                code=str(error.code),
                coordinate=error.coordinate,
                subgraphs=error.subgraphs,
                reason=error.message,
            )
        print_errors(failed)
        raise CheckFailed from failed
    print_hints(composition.hints)
    return composition.supergraph_sdl
