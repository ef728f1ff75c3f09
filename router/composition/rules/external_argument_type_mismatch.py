"""EXTERNAL_ARGUMENT_TYPE_MISMATCH: an `@external` field's arguments have the types they have where it is resolved."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.type_references import most_specific_input
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_type


def external_argument_type_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """External declarations whose arguments are of another type."""
    for type_name, field_name, sources in subgraphs.every_field():
        defining = [source for source in sources if not source.field.is_external]
        for source in sources:
            for argument in source.field.arguments.values() if source.field.is_external else ():
                types = [
                    other.field.arguments[argument.name].type
                    for other in defining
                    if argument.name in other.field.arguments
                ]
                if types and most_specific_input([argument.type, *types]) is None:
                    message = (
                        f'the argument of the @external field is of type "{print_type(argument.type)}",'
                        f' but "{print_type(types[0])}" where the field is resolved'
                    )
                    yield CompositionError(
                        ErrorCode.EXTERNAL_ARGUMENT_TYPE_MISMATCH,
                        message,
                        f"{type_name}.{field_name}({argument.name}:)",
                        (source.subgraph.name,),
                    )
