"""REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: an argument one subgraph insists on is known to all that resolve it.

An argument some subgraph lacks is left out of the supergraph, so nobody could give what is required.
For one that a context fills elsewhere, CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS says it better.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import is_required


def required_argument_missing_in_some_subgraph(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Required arguments that would be merged away."""
    for type_name, field_name, sources in subgraphs.every_field():
        contextual = {argument.name for source in sources for argument in source.field.contextual_arguments}
        defining = [source for source in sources if not source.field.is_external]
        for name in dict.fromkeys(argument for source in defining for argument in source.field.arguments):
            missing = tuple(source.subgraph.name for source in defining if name not in source.field.arguments)
            requiring = tuple(
                source.subgraph.name
                for source in defining
                if name in source.field.arguments and is_required(source.field.arguments[name])
            )
            if missing and requiring and name not in contextual:
                message = f"the argument is required in {_list(requiring)} but missing in {_list(missing)}"
                yield CompositionError(
                    ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
                    message,
                    f"{type_name}.{field_name}({name}:)",
                    (*requiring, *missing),
                )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
