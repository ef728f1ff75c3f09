"""INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: whoever resolves an interface by key knows all its implementations."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import Kind
from router.composition.subgraph_set import SubgraphSet


def interface_key_missing_implementation_type(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Subgraphs with a resolvable interface key that lack implementations other subgraphs have."""
    for name in subgraphs.type_names:
        interfaces = [(graph, type_) for graph, type_ in subgraphs.composites(name) if type_.kind is Kind.INTERFACE]
        known = {possible for graph, _ in interfaces for possible in graph.possible_types(name)}
        for graph, type_ in interfaces:
            missing = sorted(known - set(graph.possible_types(name)))
            if missing and any(key.is_resolvable for key in type_.keys):
                message = f'the subgraph resolves "{name}" by key but does not define its implementation "{missing[0]}"'
                yield CompositionError(
                    ErrorCode.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE, message, name, (graph.name,)
                )
