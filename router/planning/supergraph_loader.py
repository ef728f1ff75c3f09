"""A supergraph document, read and checked: everything a router makes of it before the first request."""

from dataclasses import dataclass
from typing import TypeGuard

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from router.planning.api_schema import build_api_schema
from router.planning.invalid_supergraph import InvalidSupergraph
from router.planning.supergraph import Supergraph
from router.planning.supergraph_features import check_features
from router.planning.supergraph_reader import parse_supergraph, read_supergraph


@dataclass(frozen=True, slots=True)
class LoadedSupergraph:
    """The document, the planner's model of it, and the schema clients see."""

    document: DocumentNode
    supergraph: Supergraph
    schema: GraphQLSchema


def load_supergraph(supergraph_sdl: str) -> LoadedSupergraph:
    """Read a supergraph.

    Raises:
        InvalidSupergraph: it is no supergraph, needs what this router does not support, or contradicts itself.
    """
    document = parse_supergraph(supergraph_sdl)
    check_features(document)
    try:
        loaded = LoadedSupergraph(document, read_supergraph(document), build_api_schema(document))
    # what its parts say about each other is taken on trust until it does not fit
    except (LookupError, TypeError, ValueError, GraphQLError, RecursionError) as error:
        raise InvalidSupergraph(f"the supergraph contradicts itself: {type(error).__name__}: {error}") from error
    hollow = next((node.name.value for node in document.definitions if _is_hollow(node)), None)
    if hollow is not None:
        raise InvalidSupergraph(f"the type {hollow} has no parts")
    if loaded.schema.query_type is None:
        raise InvalidSupergraph("the supergraph has no query type")
    return loaded


def _is_hollow(node: DefinitionNode) -> TypeGuard[TypeDefinitionNode]:
    """A type without fields, values or members: legal syntax, but how a document ends that was cut off."""
    match node:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode() | InputObjectTypeDefinitionNode():
            return not node.fields
        case EnumTypeDefinitionNode():
            return not node.values
        case UnionTypeDefinitionNode():
            return not node.types
        case _:
            return False
