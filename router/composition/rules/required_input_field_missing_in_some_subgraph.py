"""REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: an input field one subgraph insists on is known to all.

A field some subgraph lacks is left out of the supergraph, so nobody could give what is required.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import is_required


def required_input_field_missing_in_some_subgraph(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Required input fields that would be merged away."""
    for type_name in subgraphs.type_names:
        inputs = subgraphs.inputs(type_name)
        for name in dict.fromkeys(field for _, type_ in inputs for field in type_.fields):
            missing = tuple(graph.name for graph, type_ in inputs if name not in type_.fields)
            requiring = tuple(
                graph.name for graph, type_ in inputs if name in type_.fields and is_required(type_.fields[name])
            )
            if missing and requiring:
                message = f"the field is required in {_list(requiring)} but missing in {_list(missing)}"
                yield CompositionError(
                    ErrorCode.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
                    message,
                    f"{type_name}.{name}",
                    (*requiring, *missing),
                )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
