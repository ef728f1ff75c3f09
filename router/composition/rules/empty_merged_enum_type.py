"""EMPTY_MERGED_ENUM_TYPE: an enum used for input only keeps at least one value all subgraphs have."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.enums import merged_value_names, type_usage
from router.composition.subgraph_set import SubgraphSet


def empty_merged_enum_type(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Enums whose subgraphs have no value in common."""
    usage = type_usage(subgraphs)
    for name in subgraphs.type_names:
        sources = subgraphs.enums(name)
        if sources and name not in usage.outputs and not merged_value_names(sources, usage):
            message = f'the subgraphs have no value of "{name}" in common, and it is used for input'
            names = tuple(graph.name for graph, _ in sources)
            yield CompositionError(ErrorCode.EMPTY_MERGED_ENUM_TYPE, message, name, names)
