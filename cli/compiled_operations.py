"""Which operations graphql-core executes because they cannot be compiled: published ones, and a running product's."""

import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphql import parse
from prometheus_client.parser import text_string_to_metric_families

from cli.schema_files import published_urls, subgraph_schema, subgraph_sources
from kernel.graphql.execution import CompiledSchema, Fallback
from router.composition import compose
from router.pipeline.parse import select_operation
from router.pipeline.plan import condition_variables
from router.planning.nodes import fetches_of
from router.planning.planner import Planner, read_operation
from router.planning.supergraph_reader import parse_supergraph, read_supergraph

_METRIC: Final = "graphql_fallbacks"
_TIMEOUT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """What the router sends to one subgraph for a published operation, and why it is not compiled, if so."""

    operation: str
    subgraph: str
    fallback: Fallback | None


def examine_published_operations(folder: Path) -> list[SubgraphRequest]:
    """Every request the operations below `folder` (schema/operations) cause."""
    supergraph = read_supergraph(parse_supergraph(compose(subgraph_sources(published_urls())).supergraph_sdl))
    planner = Planner(supergraph)
    schemas = {name: CompiledSchema(subgraph_schema(name)) for name in supergraph.subgraphs}
    examined: list[SubgraphRequest] = []
    for path in sorted(folder.rglob("*.graphql")):
        document = parse(path.read_text())
        node = select_operation(document, None)
        conditions = dict.fromkeys(condition_variables(document, node), True)
        plan = planner.plan(read_operation(document, node, supergraph, conditions))
        for fetch in fetches_of(plan.node):
            compiled = schemas[fetch.subgraph].compiled(fetch.operation)
            fallback = compiled if isinstance(compiled, Fallback) else None
            examined.append(SubgraphRequest(path.stem, fetch.subgraph, fallback))
    return examined


def count_fallbacks(ports: Sequence[int]) -> Counter[str]:
    """`service: reason` → operations left to graphql-core since the start, of the processes that answer on `ports`."""
    counted: Counter[str] = Counter()
    for port in ports:
        for service, reason, count in _fallbacks_at(port):
            counted[f"{service}: {reason}"] += count
    return counted


def _fallbacks_at(port: int) -> Iterator[tuple[str, str, int]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=_TIMEOUT_SECONDS) as answer:
            text: str = answer.read().decode()
    except OSError:
        return
    for family in text_string_to_metric_families(text):
        if family.name == _METRIC:
            for sample in family.samples:
                if sample.name == f"{_METRIC}_total" and sample.value:
                    yield sample.labels["service"], sample.labels["reason"], int(sample.value)
