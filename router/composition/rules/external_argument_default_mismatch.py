"""EXTERNAL_ARGUMENT_DEFAULT_MISMATCH: an `@external` argument has the default it has where it is resolved."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import InputValue
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_default


def external_argument_default_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """External declarations whose arguments have another default."""
    for type_name, field_name, sources in subgraphs.every_field():
        defining = [source for source in sources if not source.field.is_external]
        for source in sources:
            for argument in source.field.arguments.values() if source.field.is_external else ():
                others: list[InputValue] = [
                    other.field.arguments[argument.name] for other in defining if argument.name in other.field.arguments
                ]
                defaults = {print_default(other) for other in others}
                if defaults and print_default(argument) not in defaults:
                    yield CompositionError(
                        ErrorCode.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH,
                        "the argument of the @external field has another default than where the field is resolved",
                        f"{type_name}.{field_name}({argument.name}:)",
                        (source.subgraph.name,),
                    )
