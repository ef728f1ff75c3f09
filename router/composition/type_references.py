"""Questions about type references such as `[Product!]!`."""

from graphql.language import (
    FloatValueNode,
    IntValueNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectValueNode,
    StringValueNode,
    TypeNode,
    Visitor,
    print_ast,
    visit,
)

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
    """The default as SDL, or None without one; equal values are printed alike."""
    return print_ast(visit(value.default, _Canonical())) if value.default is not None else None


class _Canonical(Visitor):
    """Writes a literal in one way: fields in order, whole numbers without a fraction, strings on one line."""

    def leave_object_value(self, node: ObjectValueNode, *_: object) -> ObjectValueNode:
        """Sort the fields, whose order means nothing."""
        return ObjectValueNode(fields=tuple(sorted(node.fields, key=lambda field: field.name.value)))

    def leave_float_value(self, node: FloatValueNode, *_: object) -> IntValueNode | FloatValueNode:
        """Write 1.0 as 1, as it may be written where a Float is wanted."""
        number = float(node.value)
        return IntValueNode(value=str(int(number))) if number.is_integer() else FloatValueNode(value=repr(number))

    def leave_string_value(self, node: StringValueNode, *_: object) -> StringValueNode:
        """Write a block as a string."""
        return StringValueNode(value=node.value, block=False)


def print_type(node: TypeNode) -> str:
    """The reference as SDL."""
    return print_ast(node)
