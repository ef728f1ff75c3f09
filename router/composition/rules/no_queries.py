"""NO_QUERIES: at least one subgraph has a query; a graph nobody can ask is no graph."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def no_queries(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """A graph without fields of Query."""
    if not any(type_.fields for _, type_ in subgraphs.composites("Query")):
        names = tuple(subgraph.name for subgraph in subgraphs.subgraphs)
        yield CompositionError(ErrorCode.NO_QUERIES, "no subgraph has a field of Query", "Query", names)
