"""TYPE_WITH_ONLY_UNUSED_EXTERNAL: a type given out has fields once unused externals are gone.

In Federation 1 they go in silence; in Federation 2 they are errors themselves.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph import CompositeType, Subgraph


def type_with_only_unused_external(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Types all of whose fields are external and used by no key, no `@requires` and no `@provides`."""
    for type_ in subgraph.types.values() if subgraph.minor is None else ():
        if isinstance(type_, CompositeType) and not type_.fields:
            message = "all its fields are @external and nothing uses them, yet it is given out"
            yield CompositionError(ErrorCode.TYPE_WITH_ONLY_UNUSED_EXTERNAL, message, type_.name, (subgraph.name,))
