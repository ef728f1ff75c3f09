"""REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: an argument one subgraph insists on is known to all that have its place.

An argument some subgraph lacks is left out of the supergraph, so nobody could give what is required.
For one that a context fills elsewhere, CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS says it better.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import is_required


def required_argument_missing_in_some_subgraph(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Required arguments that would be merged away."""
    contextual = {
        f"{type_name}.{field_name}({argument.name}:)"
        for type_name, field_name, sources in subgraphs.every_field()
        for source in sources
        for argument in source.field.contextual_arguments
    }
    for argument in subgraphs.every_argument():
        requiring = tuple(name for name, value in argument.declared.items() if is_required(value))
        if argument.missing and requiring and argument.coordinate not in contextual:
            message = f"the argument is required in {_list(requiring)} but missing in {_list(argument.missing)}"
            yield CompositionError(
                ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
                message,
                argument.coordinate,
                (*requiring, *argument.missing),
            )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
