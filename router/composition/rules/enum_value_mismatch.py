"""ENUM_VALUE_MISMATCH: an enum used for input and for output has the same values in every subgraph."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.merging.enums import type_usage
from router.composition.subgraph_set import SubgraphSet


def enum_value_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Values some subgraph lacks; one marked `@inaccessible` is no caller's concern."""
    usage = type_usage(subgraphs)
    for name in subgraphs.type_names:
        sources = subgraphs.enums(name)
        if name not in usage.inputs or name not in usage.outputs:
            continue
        for value in dict.fromkeys(value for _, enum in sources for value in enum.values):
            missing = tuple(graph.name for graph, enum in sources if value not in enum.values)
            is_hidden = any(enum.values[value].is_inaccessible for _, enum in sources if value in enum.values)
            if missing and not is_hidden:
                listing = ", ".join(f'"{subgraph}"' for subgraph in missing)
                message = f'"{name}" is used for input and output, but {listing} does not have the value "{value}"'
                yield CompositionError(ErrorCode.ENUM_VALUE_MISMATCH, message, f"{name}.{value}", missing)
