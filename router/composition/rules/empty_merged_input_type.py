"""EMPTY_MERGED_INPUT_TYPE: an input object keeps a field: one all subgraphs have, or one that is hidden anyway."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.inputs import kept_input_fields
from router.composition.subgraph_set import SubgraphSet


def empty_merged_input_type(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Input objects whose subgraphs have no field in common."""
    for name in subgraphs.type_names:
        sources = subgraphs.inputs(name)
        if sources and not kept_input_fields([type_.fields for _, type_ in sources]):
            message = f'the subgraphs have no field of "{name}" in common'
            names = tuple(graph.name for graph, _ in sources)
            yield CompositionError(ErrorCode.EMPTY_MERGED_INPUT_TYPE, message, name, names)
