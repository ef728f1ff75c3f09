"""Merging the directives of operations: only what every subgraph understands may be sent to the graph."""

from collections.abc import Sequence

from router.composition.merging.inputs import merge_input_values
from router.composition.subgraph import ExecutableDirective
from router.composition.subgraph_set import SubgraphSet
from router.composition.supergraph import MergedDirective


def merge_executable_directives(subgraphs: SubgraphSet) -> tuple[MergedDirective, ...]:
    """The directives of operations that all subgraphs define, with the places and arguments all of them allow."""
    return tuple(_merge(list(defined.values())) for defined in subgraphs.shared_directives())


def _merge(directives: Sequence[ExecutableDirective]) -> MergedDirective:
    first = directives[0]
    return MergedDirective(
        first.name,
        first.description,
        merge_input_values([directive.arguments for directive in directives]),
        tuple(place for place in first.locations if all(place in other.locations for other in directives)),
        all(directive.is_repeatable for directive in directives),
    )
