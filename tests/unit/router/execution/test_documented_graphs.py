"""Small graphs as the documentation of Apollo Federation describes them, each with one twist.

Every operation is answered as by one schema over the same objects, with as many requests as are written beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from tests.factories.federation import Entity, FederatedGraph, Resolver, World


@dataclass(frozen=True, slots=True)
class Graph:
    """Subgraphs, the objects they share, and how many requests each operation needs."""

    name: str
    sdls: Mapping[str, str]
    requests: Mapping[str, int]
    roots: Mapping[str, Entity | Sequence[Entity]]
    entities: Sequence[Entity] = ()
    computed: Mapping[str, Resolver] = field(default_factory=dict)
    implementers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def build(self) -> FederatedGraph:
        """The graph, ready to be asked."""
        entities: dict[str, list[Entity]] = {}
        for entity in self.entities:
            entities.setdefault(entity["__typename"], []).append(entity)
        roots = {f"Query.{name}": lambda _, value=value, **__: value for name, value in self.roots.items()}
        return FederatedGraph(World(entities, {**roots, **self.computed}, self.implementers), self.sdls)


_ORG = {"__typename": "Org", "id": "o"}
_PRODUCT = {"__typename": "Product", "id": "1", "org": _ORG, "stock": 3}

KEYS = (
    Graph(
        "the_type_in_a_key",
        {
            "a": 'type Query { product: Product } type Product @key(fields: "__typename id") { id: ID! }',
            "b": 'type Product @key(fields: "__typename id") { id: ID! stock: Int }',
        },
        {"{ product { stock } }": 2, "{ product { stock __typename } }": 2},
        {"product": _PRODUCT},
        [_PRODUCT],
    ),
    Graph(
        "the_type_of_an_object_in_a_key",
        {
            "a": 'type Query { product: Product } type Product @key(fields: "org { __typename id }") '
            "{ org: Org! @shareable } type Org @shareable { id: ID! }",
            "b": 'type Product @key(fields: "org { __typename id }") { org: Org! @shareable stock: Int } '
            "type Org @shareable { id: ID! }",
        },
        {"{ product { stock } }": 2, "{ product { stock org { __typename } } }": 2},
        {"product": _PRODUCT},
        [_PRODUCT],
    ),
)


@pytest.mark.parametrize("graph", KEYS, ids=lambda graph: graph.name)
async def test_documented_graphs_are_answered_with_the_fewest_requests(graph: Graph):
    federated = graph.build()

    for query, requests in graph.requests.items():
        federated.forget()
        answer = await federated.ask(query)

        assert answer == await federated.expected(query)
        assert "errors" not in answer
        assert len(federated.fetches) == requests, query
