"""Questions about type references such as `[Product!]!`."""

from graphql.language import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, print_ast

from router.composition.subgraph import InputValue


def named_type(node: TypeNode) -> str:
    """The name inside all lists and non-nulls."""
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    if not isinstance(node, NamedTypeNode):
        msg = f"{type(node).__name__} is not a type reference"
        raise TypeError(msg)
    return node.name.value


def is_required(value: InputValue) -> bool:
    """Whether a caller must give the argument or input field."""
    return isinstance(value.type, NonNullTypeNode) and value.default is None


def print_type(node: TypeNode) -> str:
    """The reference as SDL."""
    return print_ast(node)
