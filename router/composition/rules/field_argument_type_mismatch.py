"""FIELD_ARGUMENT_TYPE_MISMATCH: an argument's types in the subgraphs differ in nullability only."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.type_references import most_specific_input
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_type


def field_argument_type_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Arguments whose types do not merge."""
    for type_name, field_name, sources in subgraphs.every_field():
        defining = [source for source in sources if not source.field.is_external]
        for name in dict.fromkeys(argument for source in defining for argument in source.field.arguments):
            types = {
                source.subgraph.name: source.field.arguments[name].type
                for source in defining
                if name in source.field.arguments
            }
            if most_specific_input(list(types.values())) is None:
                listing = ", ".join(f'"{print_type(node)}" in "{subgraph}"' for subgraph, node in types.items())
                yield CompositionError(
                    ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
                    f"the argument's type is {listing}",
                    f"{type_name}.{field_name}({name}:)",
                    tuple(types),
                )
