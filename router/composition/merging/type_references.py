"""One type out of several: the most general for what is given out, the most specific for what is taken in."""

from collections.abc import Sequence

from graphql.language import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import named_type


def _nullable(node: TypeNode) -> TypeNode:
    return node.type if isinstance(node, NonNullTypeNode) else node


def _non_null(node: TypeNode) -> TypeNode:
    return NonNullTypeNode(type=node) if isinstance(node, NamedTypeNode | ListTypeNode) else node


def most_general_output(types: Sequence[TypeNode], subgraphs: SubgraphSet) -> TypeNode | None:
    """The type every one of these is a subtype of, or None when they do not fit together."""
    merged = _merge_outputs([_nullable(node) for node in types], subgraphs)
    if merged is None:
        return None
    return _non_null(merged) if all(isinstance(node, NonNullTypeNode) for node in types) else merged


def _merge_outputs(types: Sequence[TypeNode], subgraphs: SubgraphSet) -> TypeNode | None:
    if all(isinstance(node, ListTypeNode) for node in types):
        inner = most_general_output([node.type for node in types if isinstance(node, ListTypeNode)], subgraphs)
        return ListTypeNode(type=inner) if inner else None
    if any(isinstance(node, ListTypeNode) for node in types):
        return None
    names = [named_type(node) for node in types]
    for node, candidate in zip(types, names, strict=True):
        if all(subgraphs.is_subtype(name, candidate) for name in names):
            return node
    return None


def most_specific_input(types: Sequence[TypeNode]) -> TypeNode | None:
    """The type whose every value suits each of these, or None when there is none."""
    nullable = [_nullable(node) for node in types]
    merged: TypeNode | None
    if all(isinstance(node, ListTypeNode) for node in nullable):
        inner = most_specific_input([node.type for node in nullable if isinstance(node, ListTypeNode)])
        merged = ListTypeNode(type=inner) if inner else None
    elif any(isinstance(node, ListTypeNode) for node in nullable):
        merged = None
    else:
        merged = nullable[0] if len({named_type(node) for node in nullable}) == 1 else None
    if merged is None:
        return None
    return _non_null(merged) if any(isinstance(node, NonNullTypeNode) for node in types) else merged
