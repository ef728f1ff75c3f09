"""INVALID_SUBGRAPH_NAME: a subgraph has a name of its own; `_` is reserved, and none is given twice."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from router.composition.errors import CompositionError, ErrorCode
from router.composition.source import SubgraphSource

_HAS_LETTER_OR_DIGIT = re.compile(r"[A-Za-z0-9]")


def invalid_subgraph_name(sources: Sequence[SubgraphSource]) -> Iterator[CompositionError]:
    """Names that cannot be told apart or told at all."""
    for name, count in sorted(Counter(source.name for source in sources).items()):
        if not _HAS_LETTER_OR_DIGIT.search(name):
            message = f'"{name}" cannot be the name of a subgraph: it needs a letter or digit'
            yield CompositionError(ErrorCode.INVALID_SUBGRAPH_NAME, message, subgraphs=(name,))
        if count > 1:
            message = f'{count} subgraphs are named "{name}"'
            yield CompositionError(ErrorCode.INVALID_SUBGRAPH_NAME, message, subgraphs=(name,))
