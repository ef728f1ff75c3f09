"""EXTENSION_WITH_NO_BASE: a type some subgraph extends is defined by some subgraph."""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import ROOT_TYPES
from router.composition.subgraph_set import SubgraphSet


def extension_with_no_base(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Types that are extended everywhere and defined nowhere."""
    for name in subgraphs.type_names:
        sources = subgraphs.sources(name)
        if name not in ROOT_TYPES and sources and all(type_.is_extension for _, type_ in sources):
            message = f'"{name}" is extended, but no subgraph defines it'
            names = tuple(subgraph.name for subgraph, _ in sources)
            yield CompositionError(ErrorCode.EXTENSION_WITH_NO_BASE, message, name, names)
