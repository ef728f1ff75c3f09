"""DISALLOWED_INACCESSIBLE: the arguments of a directive that the supergraph applies cannot be hidden from it."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import Subgraph


def disallowed_inaccessible(subgraph: Subgraph) -> Iterator[CompositionError]:
    """`@inaccessible` on arguments of composed directives."""
    for directive in subgraph.composed_directives:
        for argument in directive.definition.arguments or ():
            if any(subgraph.own_names.get(use.name.value) == "inaccessible" for use in argument.directives or ()):
                yield CompositionError(
                    ErrorCode.DISALLOWED_INACCESSIBLE,
                    "an argument of a directive that stands in the schema cannot be @inaccessible",
                    f"@{directive.name}({argument.name.value}:)",
                    (subgraph.name,),
                )
