"""Naming subgraphs in the enum `join__Graph`."""

import re
from collections import Counter
from collections.abc import Sequence

from router.composition.subgraph import Subgraph
from router.composition.supergraph import Graph


def name_graphs(subgraphs: Sequence[Subgraph]) -> tuple[Graph, ...]:
    """Upper-case enum values for the subgraphs' names, numbered where two names would give the same."""
    bare = [_enum_value(subgraph.name) for subgraph in subgraphs]
    counts = Counter(bare)
    taken: Counter[str] = Counter()
    graphs: list[Graph] = []
    for subgraph, value in zip(subgraphs, bare, strict=True):
        taken[value] += 1
        unique = value if counts[value] == 1 else f"{value}_{taken[value]}"
        graphs.append(Graph(unique, subgraph.name, subgraph.url))
    return tuple(graphs)


def _enum_value(name: str) -> str:
    value = re.sub(r"[^A-Za-z0-9_]", "_", name).upper()
    # A trailing _1 could clash with a number added to tell names apart.
    value = re.sub(r"_(\d+)$", r"_\1_", value)
    return f"_{value}" if value[:1].isdigit() else value
