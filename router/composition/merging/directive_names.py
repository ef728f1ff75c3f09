"""What merged directives are called in the supergraph.

By their own names, as every gateway knows them, whatever the subgraphs call them; but where the graph has another
directive of that name, by the name the subgraphs use.
"""

from collections.abc import Sequence

from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import ComposedFeature, MergedDirective


def name_merged_directives(
    subgraphs: SubgraphSet, executable: Sequence[MergedDirective], composed: Sequence[ComposedFeature]
) -> dict[str, str]:
    """The names of those that cannot have their own."""
    taken = {directive.name for directive in executable}
    taken.update(name for feature in composed for _, name, _ in feature.directives)
    return {
        canonical: used[0]
        for subgraph in subgraphs.subgraphs
        for canonical, used in subgraph.applied_names.items()
        if canonical in taken
    }
