"""`compose`: subgraphs to a supergraph, once or whenever they change; with `--check`, what that breaks."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from router.command_line.checking import Checked, check_graph, print_checked
from router.command_line.failure import CheckFailed, SourcesUnreadable
from router.command_line.files import replace_text
from router.command_line.graph_file import read_graph_file
from router.command_line.report import as_json, counted, open_console, print_findings
from router.command_line.sdl_sources import read_sources
from router.command_line.watching import watch
from router.composition import Composition, CompositionFailed, CompositionHint, SubgraphSource
from router.composition import compose as compose_supergraph


def compose(options: argparse.Namespace) -> None:
    """Compose what the options say.

    Raises:
        CommandFailed: nothing was written, and the reason is printed unless it is in the message.
    """
    config: Path = options.config
    if options.watch:
        watch(lambda: sources_of(config), options.out, seconds=options.interval)
        return
    try:
        composition = compose_supergraph(sources_of(config))
    except (SourcesUnreadable, CompositionFailed) as failed:
        if options.json:
            _print_json({"errors": as_json(failed.errors)})
        else:
            print_errors(failed)
        raise CheckFailed from failed
    checked = check_graph(options, composition.supergraph_sdl) if options.check is not None else None
    _report(options, composition, checked)
    if checked is not None and checked.is_broken:
        raise CheckFailed
    if options.out is not None:
        replace_text(options.out, composition.supergraph_sdl)


def sources_of(config: Path) -> Sequence[SubgraphSource]:
    """The subgraphs that a graph's file lists.

    Raises:
        SourcesUnreadable: the file or an SDL cannot be read.
    """
    return read_sources(read_graph_file(config))


def print_errors(failed: SourcesUnreadable | CompositionFailed) -> None:
    """Why there is no supergraph, on standard error."""
    what = "cannot be read" if isinstance(failed, SourcesUnreadable) else "do not compose"
    headline = f"The subgraphs {what}: {counted(len(failed.errors), 'error')}"
    print_findings(open_console(is_error=True), headline, failed.errors, "bold red")


def print_hints(hints: Sequence[CompositionHint]) -> None:
    """Remarks on a graph that composes, on standard error."""
    if hints:
        headline = f"The subgraphs compose, with {counted(len(hints), 'hint')}"
        print_findings(open_console(is_error=True), headline, hints, "yellow")


def _report(options: argparse.Namespace, composition: Composition, checked: Checked | None) -> None:
    if options.json:
        found = {"errors": [], "hints": as_json(composition.hints)}
        _print_json(found if checked is None else {**found, **checked.as_json()})
        return
    print_hints(composition.hints)
    if checked is not None:
        print_checked(checked)
    elif options.out is None:
        sys.stdout.write(composition.supergraph_sdl)


def _print_json(report: object) -> None:
    sys.stdout.write(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode() + "\n")
