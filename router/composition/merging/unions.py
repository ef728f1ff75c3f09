"""Merging unions: a value may be whatever any subgraph returns."""

from collections.abc import Mapping, Sequence

from router.composition.merging.field_joins import context_in_supergraph
from router.composition.merging.metadata import merge_metadata
from router.composition.subgraph import Subgraph, UnionType
from router.composition.supergraph import MergedUnion, TypeJoin


def merge_union(name: str, sources: Sequence[tuple[Subgraph, UnionType]], graphs: Mapping[str, str]) -> MergedUnion:
    """One union out of the subgraphs'."""
    return MergedUnion(
        name,
        merge_metadata([union.metadata for _, union in sources]),
        tuple(TypeJoin(graphs[subgraph.name]) for subgraph, _ in sources),
        tuple(dict.fromkeys(member for _, union in sources for member in union.members)),
        tuple((graphs[subgraph.name], member) for subgraph, union in sources for member in union.members),
        tuple(
            context_in_supergraph(subgraph.name, context) for subgraph, union in sources for context in union.contexts
        ),
    )
