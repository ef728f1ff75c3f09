"""FIELD_TYPE_MISMATCH: a field's types in the subgraphs have one type they all fit."""

from collections.abc import Iterator, Mapping

from graphql.language import TypeNode

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.type_references import most_general_output, most_specific_input
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_type


def field_type_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Fields, of objects and of inputs, whose types do not merge."""
    for type_name, field_name, sources in subgraphs.every_field():
        types = {source.subgraph.name: source.field.type for source in sources if not source.field.is_external}
        if types and most_general_output(list(types.values()), subgraphs) is None:
            yield _mismatch(f"{type_name}.{field_name}", types)
    for type_name in subgraphs.type_names:
        inputs = subgraphs.inputs(type_name)
        for field_name in dict.fromkeys(field for _, type_ in inputs for field in type_.fields):
            types = {graph.name: type_.fields[field_name].type for graph, type_ in inputs if field_name in type_.fields}
            if most_specific_input(list(types.values())) is None:
                yield _mismatch(f"{type_name}.{field_name}", types)


def _mismatch(coordinate: str, types: Mapping[str, TypeNode]) -> CompositionError:
    listing = ", ".join(f'"{print_type(node)}" in "{subgraph}"' for subgraph, node in types.items())
    message = f"the field's type is {listing}"
    return CompositionError(ErrorCode.FIELD_TYPE_MISMATCH, message, coordinate, tuple(types))
