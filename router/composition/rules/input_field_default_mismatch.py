"""INPUT_FIELD_DEFAULT_MISMATCH: subgraphs that give an input field a default give it the same one."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import print_default


def input_field_default_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Input fields with more than one default."""
    for type_name in subgraphs.type_names:
        inputs = subgraphs.inputs(type_name)
        for name in dict.fromkeys(field for _, type_ in inputs for field in type_.fields):
            printed = {graph.name: print_default(type_.fields[name]) for graph, type_ in inputs if name in type_.fields}
            defaults = {name: default for name, default in printed.items() if default is not None}
            if len(set(defaults.values())) > 1:
                listing = ", ".join(f'{default} in "{subgraph}"' for subgraph, default in defaults.items())
                yield CompositionError(
                    ErrorCode.INPUT_FIELD_DEFAULT_MISMATCH,
                    f"the field's default is {listing}",
                    f"{type_name}.{name}",
                    tuple(defaults),
                )
