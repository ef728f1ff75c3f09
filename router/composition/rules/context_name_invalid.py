"""CONTEXT_NAME_INVALID: a context's name is of letters and digits and begins with a letter.

In the supergraph two underscores part it from the name of its subgraph, so it has none of its own.
"""

import re
from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Subgraph, UnionType

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def context_name_invalid(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Names of contexts that are not names."""
    for type_ in subgraph.types.values():
        for name in type_.contexts if isinstance(type_, CompositeType | UnionType) else ():
            if not _NAME.fullmatch(name):
                message = f'"{name}" cannot name a context: it is not of letters and digits only'
                yield CompositionError(ErrorCode.CONTEXT_NAME_INVALID, message, type_.name, (subgraph.name,))
