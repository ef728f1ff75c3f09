"""`plan`: the query plan of an operation."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import orjson

from kernel.subgraph import JsonValue
from router.command_line.failure import CommandFailed
from router.command_line.files import read_text
from router.command_line.supergraph_file import open_supergraph
from router.evolution.operations import refusal_lines
from router.offline_graph import OfflineGraph
from router.pipeline.labels import labels_in
from router.pipeline.parse import select_operation
from router.pipeline.refusal import RequestRefused
from router.planning.rendering import render_json, render_text


def plan(options: argparse.Namespace) -> None:
    """Print the plan."""
    graph = open_supergraph(options.supergraph)
    operation: str = options.operation
    text = sys.stdin.read() if operation == "-" else read_text(Path(operation))
    variables = _variables(options.variables)
    try:
        document = graph.read(text)
        node = select_operation(document, options.name)
    except RequestRefused as refusal:
        raise CommandFailed("\n".join(refusal_lines(refusal))) from refusal
    planned = graph.plan(document, node, variables, _labels(options.labels, graph), defers=not options.whole)
    if options.json:
        sys.stdout.write(orjson.dumps(render_json(planned), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(render_text(planned) + "\n")


def _labels(text: str, graph: OfflineGraph) -> frozenset[str]:
    labels = labels_in(text)
    known = frozenset(label for field in graph.supergraph.labelled for label in field.labels)
    unknown = sorted(labels - known)
    if unknown:
        raise CommandFailed(f"no field is overridden with {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    return labels


def _variables(text: str) -> Mapping[str, JsonValue]:
    try:
        variables: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CommandFailed(f"--variables is not JSON: {error}") from error
    if not isinstance(variables, dict):
        raise CommandFailed("--variables must be a JSON object")
    return variables
