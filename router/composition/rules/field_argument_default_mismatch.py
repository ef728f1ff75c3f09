"""FIELD_ARGUMENT_DEFAULT_MISMATCH: subgraphs that give an argument a default give it the same one."""

from collections.abc import Iterator

from graphql.language import print_ast

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def field_argument_default_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Arguments with more than one default."""
    for type_name, field_name, sources in subgraphs.every_field():
        defining = [source for source in sources if not source.field.is_external]
        for name in dict.fromkeys(argument for source in defining for argument in source.field.arguments):
            defaults = {
                source.subgraph.name: print_ast(value.default)
                for source in defining
                if (value := source.field.arguments.get(name)) is not None and value.default is not None
            }
            if len(set(defaults.values())) > 1:
                listing = ", ".join(f'{default} in "{subgraph}"' for subgraph, default in defaults.items())
                yield CompositionError(
                    ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH,
                    f"the argument's default is {listing}",
                    f"{type_name}.{field_name}({name}:)",
                    tuple(defaults),
                )
