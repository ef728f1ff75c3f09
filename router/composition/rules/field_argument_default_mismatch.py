"""FIELD_ARGUMENT_DEFAULT_MISMATCH: subgraphs that give an argument a default give it the same one.

So it is for arguments of fields and of the directives that all subgraphs let operations use.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_default


def field_argument_default_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Arguments with more than one default."""
    for argument in subgraphs.every_argument():
        printed = {name: print_default(value) for name, value in argument.declared.items()}
        defaults = {name: default for name, default in printed.items() if default is not None}
        if len(set(defaults.values())) > 1:
            listing = ", ".join(f'{default} in "{subgraph}"' for subgraph, default in defaults.items())
            yield CompositionError(
                ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH,
                f"the argument's default is {listing}",
                argument.coordinate,
                tuple(defaults),
            )
