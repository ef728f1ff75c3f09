"""Reading a supergraph back: the join directives of one type or field as plain text."""

from graphql import parse
from graphql.language import (
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)


def definition(sdl: str, name: str) -> TypeDefinitionNode:
    """The definition of a type."""
    return next(
        node for node in parse(sdl).definitions if isinstance(node, TypeDefinitionNode) and node.name.value == name
    )


def field(sdl: str, coordinate: str) -> FieldDefinitionNode:
    """The definition of a field, by coordinate."""
    type_name, field_name = coordinate.split(".")
    node = definition(sdl, type_name)
    assert isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
    return next(candidate for candidate in node.fields or () if candidate.name.value == field_name)


def directives(node: TypeDefinitionNode | FieldDefinitionNode) -> list[str]:
    """The directives of a definition, one text each."""
    return [print_ast(directive) for directive in node.directives or ()]
