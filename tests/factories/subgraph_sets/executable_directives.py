"""Directives for operations, which the subgraphs need not define alike."""

from random import Random

from tests.factories.subgraph_sets.draft import SubgraphDraft

_SHAPES = (
    "(depth: Int = 1)",
    "(depth: Int = 1, names: [String!])",
    "",
)
_PLACES = ("FIELD", "FIELD | QUERY", "FIELD | QUERY | FRAGMENT_SPREAD", "QUERY | FIELD | INLINE_FRAGMENT | OBJECT")


def add_executable_directives(subgraphs: list[SubgraphDraft], rng: Random) -> None:
    """`@trace` in most subgraphs: in all of them it reaches the supergraph, with the places they agree on."""
    shape, other_shape = rng.choices(_SHAPES, (4, 1, 1), k=2)
    probability = rng.choice((0.7, 1.0, 1.0))
    for subgraph in subgraphs:
        if rng.random() < probability:
            chosen = shape if rng.random() < 0.8 else other_shape
            subgraph.extra.append(f"directive @trace{chosen} on {rng.choice(_PLACES)}")
