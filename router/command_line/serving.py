"""`serve`: a graph at /graphql."""

import argparse

import uvicorn

from kernel.telemetry import configure_logging, get_logger
from router.app import create_app, http_transport
from router.command_line.composing import print_errors, print_hints, sources_of
from router.command_line.failure import CheckFailed, CommandFailed, SourcesUnreadable
from router.command_line.files import read_text
from router.composition import CompositionFailed, compose
from router.planning.supergraph_reader import InvalidSupergraph, parse_supergraph, read_supergraph
from router.settings import RouterSettings

log = get_logger(__name__)


def serve(options: argparse.Namespace) -> None:
    """Serve until stopped.

    Raises:
        CommandFailed: there is no graph to serve.
    """
    settings = RouterSettings()
    configure_logging("router", level=settings.log_level)
    sdl = _supergraph(options)
    try:
        subgraphs = read_supergraph(parse_supergraph(sdl)).subgraphs
        transport = http_transport(settings, {name: subgraph.url for name, subgraph in subgraphs.items()})
        app = create_app(settings, sdl, transport)
    except InvalidSupergraph as error:
        log.error("supergraph_refused", code="INVALID_SUPERGRAPH", reason=str(error))  # noqa: TRY400 - no bug of ours
        raise CommandFailed(f"{options.supergraph}: {error}") from error
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _supergraph(options: argparse.Namespace) -> str:
    if options.supergraph is not None:
        try:
            return read_text(options.supergraph)
        except CommandFailed as failed:
            log.error("supergraph_refused", code="SUPERGRAPH_UNREADABLE", reason=str(failed))  # noqa: TRY400 - same
            raise
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
