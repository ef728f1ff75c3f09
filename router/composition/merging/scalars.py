"""Merging custom scalars."""

from collections.abc import Mapping, Sequence

from router.composition.merging.metadata import merge_metadata, most_frequent
from router.composition.subgraph import ScalarType, Subgraph
from router.composition.supergraph import MergedScalar, TypeJoin


def merge_scalar(name: str, sources: Sequence[tuple[Subgraph, ScalarType]], graphs: Mapping[str, str]) -> MergedScalar:
    """One scalar out of the subgraphs'."""
    return MergedScalar(
        name,
        merge_metadata([scalar.metadata for _, scalar in sources]),
        tuple(TypeJoin(graphs[subgraph.name]) for subgraph, _ in sources),
        most_frequent([scalar.specified_by_url for _, scalar in sources]),
    )
