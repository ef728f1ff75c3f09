"""CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: what a context fills in one subgraph, no other insists on.

The argument is left out of the supergraph, so nobody could give a subgraph what it requires.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import is_required


def contextual_argument_not_contextual_in_all_subgraphs(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Arguments that are contextual here and required of callers there."""
    for type_name, field_name, sources in subgraphs.every_field():
        for name in dict.fromkeys(item.name for source in sources for item in source.field.contextual_arguments):
            requiring = tuple(
                source.subgraph.name
                for source in sources
                if name in source.field.arguments and is_required(source.field.arguments[name])
            )
            if requiring:
                yield CompositionError(
                    ErrorCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
                    "a context fills the argument in another subgraph, so callers cannot give what is required here",
                    f"{type_name}.{field_name}({name}:)",
                    requiring,
                )
