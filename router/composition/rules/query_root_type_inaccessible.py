"""QUERY_ROOT_TYPE_INACCESSIBLE: the type Query is accessible."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.supergraph import Supergraph


def query_root_type_inaccessible(supergraph: Supergraph) -> Iterator[CompositionError]:
    """An inaccessible Query."""
    query = supergraph.types.get("Query")
    if query is not None and query.metadata.is_inaccessible:
        message = "Query is @inaccessible, so callers could ask nothing"
        yield CompositionError(ErrorCode.QUERY_ROOT_TYPE_INACCESSIBLE, message, "Query")
