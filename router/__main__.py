"""`python -m router compose | plan | serve`: the router's own command line, for any federated graph."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import orjson
import uvicorn
from graphql import OperationDefinitionNode

from kernel.subgraph import JsonObject, JsonValue
from kernel.telemetry import configure_logging
from router.app import create_app, http_transport
from router.composition import CompositionFailed, SubgraphSource, compose
from router.pipeline.limit import Limits
from router.pipeline.parse import parse_document, select_operation
from router.pipeline.plan import condition_variables
from router.pipeline.refusal import RequestRefused
from router.pipeline.validate import validate_document
from router.planning.api_schema import build_api_schema
from router.planning.planner import Planner, PlanTooLarge, QueryPlan, UnresolvableOperation, read_operation
from router.planning.rendering import render_json, render_text
from router.planning.supergraph_reader import InvalidSupergraph, parse_supergraph, read_supergraph
from router.settings import RouterSettings

_UNBOUNDED: Final = Limits(document_bytes=10_000_000, tokens=1_000_000)
_Command: TypeAlias = Callable[[argparse.Namespace], None]


class _Failure(Exception):
    """The message is for the person at the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 1 with the reason on stderr when it did not."""
    options = _parser().parse_args(arguments)
    command: _Command = options.command
    try:
        command(options)
    except (_Failure, InvalidSupergraph, PlanTooLarge, UnresolvableOperation) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m router", description=__doc__)
    commands = parser.add_subparsers(required=True)
    composing = commands.add_parser("compose", help="compose subgraphs into a supergraph")
    composing.add_argument("--subgraphs", "--config", type=Path, required=True, help="JSON list of {name, url, sdl}")
    composing.add_argument("--out", type=Path, help="where to write the supergraph (default: standard output)")
    composing.set_defaults(command=_compose)
    planning = commands.add_parser("plan", help="print the query plan of an operation")
    planning.add_argument("--supergraph", type=Path, required=True)
    planning.add_argument("--operation", required=True, help="file with the operation, or - for standard input")
    planning.add_argument("--name", help="which operation of the document")
    planning.add_argument("--variables", default="{}", help="JSON; only @skip and @include look at them")
    planning.add_argument("--json", action="store_true", help="print JSON instead of text")
    planning.set_defaults(command=_plan)
    serving = commands.add_parser("serve", help="serve a graph at /graphql")
    source = serving.add_mutually_exclusive_group(required=True)
    source.add_argument("--supergraph", type=Path)
    source.add_argument("--subgraphs", type=Path, help="JSON list of {name, url, sdl}")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=4000)
    serving.set_defaults(command=_serve)
    return parser


def _compose(options: argparse.Namespace) -> None:
    composed = _composed(options.subgraphs)
    if options.out is None:
        sys.stdout.write(composed)
    else:
        Path(options.out).write_text(composed, encoding="utf-8")


def _composed(path: Path) -> str:
    try:
        return compose(_sources(path)).supergraph_sdl
    except CompositionFailed as failed:
        raise _Failure(str(failed)) from failed


def _sources(path: Path) -> list[SubgraphSource]:
    try:
        listed: JsonValue = orjson.loads(_text(path))
    except orjson.JSONDecodeError as error:
        raise _Failure(f"{path} is not JSON: {error}") from error
    if not isinstance(listed, list):
        raise _Failure(f"{path} must hold a list of {{name, url, sdl}}")
    return [_source(item, path) for item in listed]


def _source(item: JsonValue, path: Path) -> SubgraphSource:
    match item:
        case {"name": str(name), "url": str(url), "sdl": str(sdl)}:
            return SubgraphSource(name=name, url=url, sdl=sdl)
        case _:
            raise _Failure(f"{path}: every entry needs the texts name, url and sdl")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _Failure(f"{path} cannot be read: {error}") from error


def _plan(options: argparse.Namespace) -> None:
    operation: str = options.operation
    text = sys.stdin.read() if operation == "-" else _text(Path(operation))
    try:
        variables: JsonValue = orjson.loads(options.variables)
    except orjson.JSONDecodeError as error:
        raise _Failure(f"--variables is not JSON: {error}") from error
    try:
        plan = _planned(_text(options.supergraph), text, options.name, variables)
    except RequestRefused as refusal:
        raise _Failure("\n".join(str(error["message"]) for error in refusal.errors)) from refusal
    if options.json:
        sys.stdout.write(orjson.dumps(render_json(plan.node), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(render_text(plan.node) + "\n")


def _planned(supergraph_sdl: str, text: str, name: str | None, variables: JsonValue) -> QueryPlan:
    document = parse_supergraph(supergraph_sdl)
    supergraph = read_supergraph(document)
    operation = parse_document(text, _UNBOUNDED)
    node: OperationDefinitionNode = select_operation(operation, name)
    validate_document(build_api_schema(document), operation, allows_introspection=True)
    given: JsonObject = variables if isinstance(variables, dict) else {}
    conditions = {name: given.get(name) is True for name in condition_variables(operation, node)}
    return Planner(supergraph).plan(read_operation(operation, node, supergraph, conditions))


def _serve(options: argparse.Namespace) -> None:
    settings = RouterSettings()
    configure_logging("router", level=settings.log_level)
    sdl = _text(options.supergraph) if options.supergraph is not None else _composed(options.subgraphs)
    subgraphs = read_supergraph(parse_supergraph(sdl)).subgraphs
    transport = http_transport(settings, {name: subgraph.url for name, subgraph in subgraphs.items()})
    app = create_app(settings, sdl, transport)
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


if __name__ == "__main__":
    sys.exit(main())
