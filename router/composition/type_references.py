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


def is_list(node: TypeNode) -> bool:
    """Whether the reference is to a list, nullable or not."""
    return isinstance(node.type if isinstance(node, NonNullTypeNode) else node, ListTypeNode)


def is_required(value: InputValue) -> bool:
    """Whether a caller must give the argument or input field."""
    return isinstance(value.type, NonNullTypeNode) and value.default is None


def print_default(value: InputValue) -> str | None:
    """The default as SDL, or None without one."""
    return print_ast(value.default) if value.default is not None else None


def print_type(node: TypeNode) -> str:
    """The reference as SDL."""
    return print_ast(node)
