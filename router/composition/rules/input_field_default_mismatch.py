"""INPUT_FIELD_DEFAULT_MISMATCH: subgraphs that give an input field a default give it the same one."""

from collections.abc import Iterator

from graphql.language import print_ast

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def input_field_default_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Input fields with more than one default."""
    for type_name in subgraphs.type_names:
        inputs = subgraphs.inputs(type_name)
        for name in dict.fromkeys(field for _, type_ in inputs for field in type_.fields):
            defaults = {
                graph.name: print_ast(value.default)
                for graph, type_ in inputs
                if (value := type_.fields.get(name)) is not None and value.default is not None
            }
            if len(set(defaults.values())) > 1:
                listing = ", ".join(f'{default} in "{subgraph}"' for subgraph, default in defaults.items())
                yield CompositionError(
                    ErrorCode.INPUT_FIELD_DEFAULT_MISMATCH,
                    f"the field's default is {listing}",
                    f"{type_name}.{name}",
                    tuple(defaults),
                )
