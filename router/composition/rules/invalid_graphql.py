"""INVALID_GRAPHQL: the merged public schema is valid GraphQL, as every subgraph's own was."""

from collections.abc import Iterator

from graphql import build_schema

from router.composition.api_schema import print_api, public_view
from router.composition.errors import CompositionError, ErrorCode
from router.composition.schema_faults import schema_faults
from router.composition.supergraph import Supergraph


def invalid_graphql(supergraph: Supergraph) -> Iterator[CompositionError]:
    """What only shows after merging, such as an implementation that lost an argument of its interface."""
    schema = build_schema(print_api(public_view(supergraph)), assume_valid_sdl=True)
    for fault in schema_faults(schema):
        yield CompositionError(ErrorCode.INVALID_GRAPHQL, f"the merged schema is not valid: {fault.message}")
