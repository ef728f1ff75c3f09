"""LINK_IMPORT_NAME_MISMATCH: subgraphs apply a directive of federation that composition merges under one name.

The supergraph has room for one name of it, and whoever reads the supergraph looks for that one only.
"""

from collections.abc import Iterator

from router.composition.errors import CompositionError, ErrorCode
from router.composition.subgraph_set import SubgraphSet


def link_import_name_mismatch(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Merged directives that subgraphs call differently."""
    names: dict[str, dict[str, str]] = {}
    for graph in subgraphs.subgraphs:
        for canonical, used in graph.applied_names.items():
            names.setdefault(canonical, {})[graph.name] = " and ".join(f'"@{name}"' for name in used)
    for canonical, by_subgraph in names.items():
        if len(set(by_subgraph.values())) > 1:
            listing = ", ".join(f'{name} in "{subgraph}"' for subgraph, name in by_subgraph.items())
            message = f"the directive is called {listing}"
            coordinate = f"@{canonical}"
            yield CompositionError(ErrorCode.LINK_IMPORT_NAME_MISMATCH, message, coordinate, tuple(by_subgraph))
