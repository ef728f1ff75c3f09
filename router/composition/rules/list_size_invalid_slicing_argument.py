"""LIST_SIZE_INVALID_SLICING_ARGUMENT: the `slicingArguments` of `@listSize` are arguments of the field, of type Int."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.list_size_uses import list_size_uses
from router.composition.subgraph import Subgraph
from router.composition.type_references import print_type


def list_size_invalid_slicing_argument(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Slicing arguments that do not exist or are no number."""
    for use in list_size_uses(subgraph):
        for name in use.size.slicing_arguments or ():
            argument = use.field.arguments.get(name)
            if argument is None or print_type(argument.type) not in ("Int", "Int!"):
                message = f'@listSize(slicingArguments:) names "{name}", which is no argument of type Int'
                yield CompositionError(
                    ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT, message, use.coordinate, (subgraph.name,)
                )
