"""Names by which subgraphs import what they link."""

from random import Random

from router.composition.federation_specification import directives_of
from tests.factories.subgraph_sets.draft import SubgraphDraft

# They keep their name in the supergraph, so that all subgraphs import them by the same one.
_MERGED = {"tag": "t", "inaccessible": "hidden", "requiresScopes": "scopes", "policy": "policed", "cost": "weighs"}
_LOCAL = {
    "key": "primaryKey",
    **{
        name: f"{name}Here"
        for name in (
            *("shareable", "external", "requires", "provides", "override"),
            *("interfaceObject", "context", "fromContext"),
        )
    },
}


def vary_names(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Other names of imports, names that are not imported, and other names of root types."""
    able = [subgraph for subgraph in subgraphs if subgraph.minor is not None]
    for merged in rng.sample(list(_MERGED), rng.choice((0, 0, 1, 2))):
        for subgraph in able:
            subgraph.renames[merged] = _MERGED[merged]
    for subgraph in able:
        _vary_local_names(subgraph, rng)
        for operation in ("query", "mutation", "subscription"):
            if rng.random() < 0.15:
                subgraph.roots[operation] = f"Root{operation.title()}"


def _vary_local_names(subgraph: SubgraphDraft, rng: Random) -> None:
    known = {directive.name for directive in directives_of(subgraph.minor)}
    for local in rng.sample(list(_LOCAL), 2):
        chosen = rng.random() if local in known else 1
        if chosen < 0.3:
            subgraph.renames[local] = _LOCAL[local]
        elif chosen < 0.6:
            subgraph.prefixed.add(local)
