"""Checking that a subgraph is valid GraphQL once the federation directives it may use are known."""

from collections.abc import Iterator
from functools import lru_cache

from graphql import GraphQLError, GraphQLSchema, build_ast_schema
from graphql.language import (
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    NamedTypeNode,
    NameNode,
    OperationType,
    OperationTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    parse,
)
from graphql.validation.validate import validate_sdl

from router.composition.errors import CompositionError, CompositionFailed, ErrorCode
from router.composition.federation_specification import NEWEST_MINOR, SCALARS_SINCE, directives_of, signatures
from router.composition.links import LinkedNames
from router.composition.reading.document import TidyDocument
from router.composition.reading.literals import directive_literal_faults
from router.composition.schema_faults import schema_faults
from router.composition.subgraph import ROOT_TYPES

_MISSING_QUERY = "Query root type must be provided."


def build_subgraph_schema(document: TidyDocument, subgraph: str) -> GraphQLSchema:
    """The subgraph's schema, without federation's machinery.

    Raises:
        CompositionFailed: with INVALID_GRAPHQL for each fault.
    """
    complete = DocumentNode(
        definitions=(
            *_schema_definition(document),
            *_federation_definitions(document.names),
            *document.directives.values(),
            *document.types.values(),
        )
    )
    _refuse(validate_sdl(complete), document.names, subgraph)
    try:
        schema = build_ast_schema(complete, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        fault = error if isinstance(error, GraphQLError) else GraphQLError(str(error))
        _refuse([fault], document.names, subgraph)
        raise
    _refuse([fault for fault in schema_faults(schema) if fault.message != _MISSING_QUERY], document.names, subgraph)
    _refuse(directive_literal_faults(complete, schema), document.names, subgraph)
    return schema


def _schema_definition(document: TidyDocument) -> Iterator[SchemaDefinitionNode]:
    operations = tuple(
        OperationTypeDefinitionNode(
            operation=OperationType(root.lower()), type=NamedTypeNode(name=NameNode(value=root))
        )
        for root in ROOT_TYPES
        if root in document.types
    )
    if operations:
        yield SchemaDefinitionNode(operation_types=operations)


def _federation_definitions(names: LinkedNames) -> tuple[DefinitionNode, ...]:
    known = signatures(names.minor)
    directives = "\n".join(f"directive @{local}{known[name]}" for local, name in names.directives.items())
    scalars = "\n".join(f"scalar federation__{name}" for name in SCALARS_SINCE)
    return _parsed(f"{scalars}\n{directives}")


@lru_cache(maxsize=64)
def _parsed(definitions: str) -> tuple[DefinitionNode, ...]:
    # Most subgraphs of a graph link the same directives by the same names.
    return parse(definitions, no_location=True).definitions


def _refuse(faults: list[GraphQLError], names: LinkedNames, subgraph: str) -> None:
    if faults:
        errors = tuple(
            CompositionError(
                ErrorCode.INVALID_GRAPHQL, _line(fault) + _with_advice(fault, names), _coordinate(fault), (subgraph,)
            )
            for fault in faults
        )
        raise CompositionFailed(errors)


def _line(fault: GraphQLError) -> str:
    return f"line {fault.locations[0].line}: " if fault.locations else ""


def _coordinate(fault: GraphQLError) -> str:
    nodes = fault.nodes or ()
    types = [node.name.value for node in nodes if isinstance(node, TypeDefinitionNode)]
    if types:
        return types[0]
    for node in nodes:
        name = getattr(node, "name", None)
        if isinstance(name, NameNode):
            return f"@{name.value}" if isinstance(node, DirectiveNode) else name.value
    return ""


def _with_advice(fault: GraphQLError, names: LinkedNames) -> str:
    for node in fault.nodes or ():
        if not isinstance(node, DirectiveNode) or not fault.message.startswith("Unknown directive"):
            continue
        used = node.name.value
        local = next((local for local, name in names.directives.items() if name == used), None)
        if local:
            return f'{fault.message} This subgraph\'s link names it "@{local}"; import it to write "@{used}".'
        if any(directive.name == used for directive in directives_of(NEWEST_MINOR)):
            return f'{fault.message} Link a federation version that has it, and import "@{used}".'
    return fault.message
