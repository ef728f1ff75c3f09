"""Plans of subscriptions: one stream at one subgraph, and look-ups at the others for every event."""

import pytest
from graphql import parse

from router.composition import compose
from router.planning.nodes import fetches_of
from router.planning.planner import Planner, read_operation
from router.planning.supergraph import Supergraph
from router.planning.supergraph_loader import load_supergraph
from tests.unit.router.composition.documents import sources

_SHARED = "directive @note on SUBSCRIPTION "


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    documents = {
        "a": _SHARED
        + "type Query { q: Int } type Subscription { changed(id: ID!): P }"
        + ' type P @key(fields: "id") { id: ID! name: String }',
        "b": _SHARED
        + "type Query { here: Int }"
        + ' type P @key(fields: "id") { id: ID! name: String @external label: String @requires(fields: "name") }',
    }
    return load_supergraph(compose(sources(documents)).supergraph_sdl).supergraph


def _asked(supergraph: Supergraph, query: str) -> list[tuple[str, str, str]]:
    document = parse(query)
    plan = Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {}))
    return [(fetch.subgraph, fetch.kind, fetch.operation) for fetch in fetches_of(plan.node)]


def test_the_stream_brings_the_keys_and_requirements_of_the_look_ups(supergraph):
    stream, look_up = _asked(supergraph, "subscription ($id: ID!) @note { changed(id: $id) { label } }")

    assert stream == ("a", "subscription", "subscription($id: ID!) @note { changed(id: $id) { id name } }")
    assert look_up[:2] == ("b", "entities")
    assert look_up[2].startswith("query($representations: [_Any!]!) {")
