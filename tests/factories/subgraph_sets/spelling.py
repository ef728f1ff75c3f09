"""Other ways to write down the same subgraph."""

from random import Random

from tests.factories.subgraph_sets.draft import SubgraphDraft

_LINK_ITSELF = '@link(url: "https://specs.apollo.dev/link/v1.0")'


def vary_definitions(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """Types in two parts, `schema` for `extend schema`, and a link to the specification of links itself."""
    for subgraph in subgraphs:
        subgraph.defines_schema = rng.random() < 0.2
        if subgraph.minor is not None and rng.random() < 0.15:
            subgraph.links.append(_LINK_ITSELF)
        for type_ in subgraph.types.values():
            # A declaration shares its own fields only, and others share so in Federation 1, too.
            is_whole = type_.has("shareable") or (subgraph.minor is None and not type_.has("key"))
            type_.is_split = len(type_.members) > 1 and not is_whole and rng.random() < 0.1
