"""`python -m router compose | plan | serve`: the router's own command line, for any federated graph.

Exit codes: 0 it worked, 1 it did not and the reason is on standard error, 2 the options make no sense.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from router.command_line.composing import compose
from router.command_line.failure import CheckFailed, CommandFailed
from router.command_line.planning import plan
from router.command_line.serving import serve
from router.planning.invalid_supergraph import InvalidSupergraph
from router.planning.planner import PlanTooLarge, UnresolvableOperation

_CONFIG_NAMES: Final = ("--config", "--subgraphs")
_CONFIG_HELP: Final = "YAML with federation_version and subgraphs, or a JSON list of {name, url, sdl}"
_Command: TypeAlias = Callable[[argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 1 with the reason on stderr when it did not."""
    options = _options(arguments)
    command: _Command = options.command
    try:
        command(options)
    except CheckFailed:
        return 1
    except (CommandFailed, InvalidSupergraph, PlanTooLarge, UnresolvableOperation) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m router", description="Composes, plans and serves federated graphs."
    )
    commands = parser.add_subparsers(required=True, metavar="compose | plan | serve")
    composing = commands.add_parser("compose", help="compose subgraphs into a supergraph")
    _add_compose(composing)
    _add_plan(commands.add_parser("plan", help="print the query plan of an operation"))
    _add_serve(commands.add_parser("serve", help="serve a graph at /graphql"))
    options = parser.parse_args(arguments)
    if options.command is compose:
        _refuse_contradictions(composing, options)
    return options


def _refuse_contradictions(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.watch and options.out is None:
        parser.error("--watch needs --out: the file to keep up to date")
    if options.watch and (options.check is not None or options.json):
        parser.error("--watch goes with neither --check nor --json")
    if options.operations is not None and options.check is None:
        parser.error("--operations goes with --check")


def _add_compose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(*_CONFIG_NAMES, type=Path, metavar="FILE", required=True, help=_CONFIG_HELP)
    parser.add_argument("--out", type=Path, help="where to write the supergraph (default: standard output)")
    parser.add_argument("--watch", action="store_true", help="compose again whenever a subgraph changes")
    parser.add_argument(
        "--interval", type=_seconds, default=1.0, metavar="SECONDS", help="how often --watch looks (default: 1)"
    )
    parser.add_argument(
        "--check", type=Path, metavar="OLD", help="compare with an old supergraph; 1 when clients would break"
    )
    parser.add_argument(
        "--operations",
        type=Path,
        metavar="FOLDER",
        help="operations that --check tries (default: schema/operations if it exists)",
    )
    parser.add_argument("--json", action="store_true", help="print errors, hints and changes as JSON")
    parser.set_defaults(command=compose)


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--supergraph", type=Path, required=True)
    parser.add_argument("--operation", required=True, help="file with the operation, or - for standard input")
    parser.add_argument("--name", help="which operation of the document")
    parser.add_argument("--variables", default="{}", help="JSON; only @skip, @include and @defer look at them")
    parser.add_argument("--labels", default="", help="override labels that are on, separated by commas (default: none)")
    parser.add_argument("--whole", action="store_true", help="as for a client that takes no answer in parts (@defer)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(command=plan)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--supergraph", type=Path)
    source.add_argument(*_CONFIG_NAMES, type=Path, metavar="FILE", help=_CONFIG_HELP)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4000)
    parser.set_defaults(command=serve)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError
    return seconds


if __name__ == "__main__":
    sys.exit(main())
