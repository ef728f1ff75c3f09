"""INVALID_GRAPHQL: the merged schema is valid GraphQL, as every subgraph's own was."""

from collections.abc import Iterator

from graphql import build_ast_schema, build_schema, parse
from graphql.validation.validate import validate_sdl

from router.composition.api_schema import print_api, public_view
from router.composition.errors import CompositionError, ErrorCode
from router.composition.reading.literals import directive_literal_faults
from router.composition.schema_faults import schema_faults
from router.composition.supergraph import Supergraph
from router.composition.supergraph_printer import print_supergraph


def invalid_graphql(supergraph: Supergraph) -> Iterator[CompositionError]:
    """What only shows after merging, such as an implementation that lost an argument of its interface."""
    schema = build_schema(print_api(public_view(supergraph)), assume_valid_sdl=True)
    for fault in schema_faults(schema):
        yield CompositionError(ErrorCode.INVALID_GRAPHQL, f"the merged schema is not valid: {fault.message}")


def invalid_composed_directives(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Composed directives that do not suit the one definition of theirs that the supergraph has."""
    if not supergraph.composed_features:
        return
    document = parse(print_supergraph(supergraph))
    faults = validate_sdl(document) or directive_literal_faults(
        document, build_ast_schema(document, assume_valid_sdl=True)
    )
    for fault in faults:
        yield CompositionError(ErrorCode.INVALID_GRAPHQL, f"the supergraph is not valid: {fault.message}")
