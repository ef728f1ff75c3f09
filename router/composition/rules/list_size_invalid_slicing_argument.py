"""LIST_SIZE_INVALID_SLICING_ARGUMENT: the `slicingArguments` of `@listSize` are arguments of the field, of type Int.

In the supergraph a field has the arguments that all subgraphs give it.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.list_size_uses import list_size_uses
from router.composition.subgraph import Subgraph
from router.composition.supergraph import MergedComposite, Supergraph
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


def list_size_by_lost_argument(supergraph: Supergraph) -> Iterator[CompositionError]:
    """Slicing arguments that are not in the supergraph, because some subgraph does not have them."""
    for type_ in supergraph.types.values():
        for field in type_.fields.values() if isinstance(type_, MergedComposite) else ():
            size = field.metadata.list_size
            kept = {argument.name for argument in field.arguments}
            for name in (size.slicing_arguments or ()) if size else ():
                if name not in kept:
                    message = f'@listSize(slicingArguments:) names "{name}", which not all subgraphs have'
                    yield CompositionError(
                        ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT, message, f"{type_.name}.{field.name}"
                    )
