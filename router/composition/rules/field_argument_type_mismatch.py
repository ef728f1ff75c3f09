"""FIELD_ARGUMENT_TYPE_MISMATCH: an argument's types in the subgraphs differ in nullability only.

So it is for arguments of fields and of the directives that all subgraphs let operations use.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.type_references import most_specific_input
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_type


def field_argument_type_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Arguments whose types do not merge."""
    for argument in subgraphs.every_argument():
        types = {name: value.type for name, value in argument.declared.items()}
        if most_specific_input(list(types.values())) is None:
            listing = ", ".join(f'"{print_type(node)}" in "{subgraph}"' for subgraph, node in types.items())
            yield CompositionError(
                ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
                f"the argument's type is {listing}",
                argument.coordinate,
                tuple(types),
            )
