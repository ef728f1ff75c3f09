"""Operations of clients, kept in files, tried on a supergraph: each must be valid and have a plan.

Where fields move with override labels there must be a plan while all of them are on, and while none is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from graphql import DocumentNode, OperationDefinitionNode

from router.offline_graph import OfflineGraph
from router.pipeline.labels import labels_of
from router.pipeline.plan import condition_variables
from router.pipeline.refusal import RequestRefused
from router.planning.planner import PlanTooLarge, UnresolvableOperation

_MOST_CONDITIONS: Final = 6


@dataclass(frozen=True, slots=True)
class BrokenOperation:
    """An operation that the graph cannot answer. `operation` is empty where the whole document is refused."""

    file: Path
    operation: str
    reasons: tuple[str, ...]


def broken_operations(graph: OfflineGraph, folder: Path) -> list[BrokenOperation]:
    """What is broken among the `*.graphql` files of the folder and the folders in it."""
    return [broken for path in sorted(folder.rglob("*.graphql")) for broken in _broken_in(graph, path)]


def _broken_in(graph: OfflineGraph, path: Path) -> Iterator[BrokenOperation]:
    try:
        document = graph.read(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        yield BrokenOperation(path, "", (f"not UTF-8: {error.reason} at byte {error.start}",))
    except OSError as error:
        yield BrokenOperation(path, "", (f"cannot be read: {error.strerror}",))
    except RequestRefused as refusal:
        yield BrokenOperation(path, "", tuple(refusal_lines(refusal)))
    else:
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                yield from _unplannable(graph, path, document, node)


def _unplannable(
    graph: OfflineGraph, path: Path, document: DocumentNode, node: OperationDefinitionNode
) -> Iterator[BrokenOperation]:
    labels = labels_of(document, graph.supergraph)
    reasons: dict[str, None] = {}
    for active in dict.fromkeys((frozenset[str](), frozenset(labels))):
        try:
            for variables in _conditions(document, node):
                graph.plan(document, node, variables, active)
        except (PlanTooLarge, UnresolvableOperation) as error:
            reasons[f"{error}{_while(labels, active)}"] = None
    if reasons:
        yield BrokenOperation(path, node.name.value if node.name else "", tuple(reasons))


def _while(labels: Sequence[str], active: Collection[str]) -> str:
    """When an error comes up, if that depends on labels."""
    if not labels:
        return ""
    return f" (with {', '.join(labels)} {'on' if active else 'off'})"


def _conditions(document: DocumentNode, node: OperationDefinitionNode) -> Iterator[Mapping[str, bool]]:
    """Every combination of the conditions' values; with very many conditions only all and none."""
    names = condition_variables(document, node)
    values = (False, True)
    rows = (
        product(values, repeat=len(names))
        if len(names) <= _MOST_CONDITIONS
        else ((value,) * len(names) for value in values)
    )
    for row in rows:
        yield dict(zip(names, row, strict=True))


def refusal_lines(refusal: RequestRefused) -> Iterator[str]:
    """Each error of a refusal with its line and column."""
    for error in refusal.errors:
        match error:
            case {"message": str(message), "locations": [{"line": int(line), "column": int(column)}, *_]}:
                yield f"{line}:{column} {message}"
            case _:
                yield str(error["message"])
