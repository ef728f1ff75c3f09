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

_CODED = {"__typename": "Product", "id": "1", "stock": 3, "code": 6, "name": "Chair"}

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
    Graph(
        "a_key_that_is_computed",
        {
            "a": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! stock: Int }',
            "b": 'type Product @key(fields: "id") @key(fields: "code") { id: ID! stock: Int @external '
            'code: Int @requires(fields: "stock") }',
            "c": 'type Product @key(fields: "code") { code: Int name: String }',
        },
        {"{ product { name } }": 3},
        {"product": _CODED},
        [_CODED],
        {"Product.code": lambda product: product["stock"] * 2},
    ),
)

_BOOK = {"__typename": "Book", "id": "b", "title": "Emma", "stars": 5}
_FILM = {"__typename": "Film", "id": "f", "title": "Alien", "stars": 4}
_SHELF = {"__typename": "Shelf", "id": "s", "media": [_BOOK, _FILM]}
_MEDIA = {
    "media": 'interface Media @key(fields: "id") { id: ID! title: String } '
    'type Book implements Media @key(fields: "id") { id: ID! title: String } '
    'type Film implements Media @key(fields: "id") { id: ID! title: String } type Query { all: [Media] }',
    "shelves": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int } '
    'type Query { shelf: Shelf } type Shelf @key(fields: "id") { id: ID! media: [Media] }',
}
_IMPLEMENTERS = {"Media": ["Book", "Film"]}

INTERFACE_OBJECTS = (
    Graph(
        "required_by_a_subgraph_that_tells_no_types_apart_either",
        _MEDIA
        | {
            "sums": 'type Media @interfaceObject @key(fields: "id", resolvable: false) '
            "{ id: ID! stars: Int @external title: String @external } "
            'type Shelf @key(fields: "id") { id: ID! media: [Media] @external '
            'stars: Int @requires(fields: "media { stars }") titles: String @requires(fields: "media { title }") }'
        },
        {"{ shelf { stars } }": 2, "{ shelf { titles } }": 3},
        {"shelf": _SHELF},
        [_BOOK, _FILM, _SHELF],
        {
            "Shelf.stars": lambda shelf: sum(item["stars"] for item in shelf["media"]),
            "Shelf.titles": lambda shelf: ", ".join(item["title"] for item in shelf["media"]),
        },
        _IMPLEMENTERS,
    ),
    Graph(
        "required_by_a_subgraph_that_tells_the_types_apart",
        _MEDIA
        | {
            "sums": 'interface Media { id: ID! } type Book implements Media @key(fields: "id") { id: ID! } '
            'type Film implements Media @key(fields: "id") { id: ID! } type Shelf @key(fields: "id") '
            '{ id: ID! media: [Media] @external kinds: String @requires(fields: "media { id }") }'
        },
        {"{ shelf { kinds } }": 3},
        {"shelf": _SHELF},
        [_BOOK, _FILM, _SHELF],
        {"Shelf.kinds": lambda shelf: ", ".join(item["__typename"] for item in shelf["media"])},
        _IMPLEMENTERS,
    ),
)


@pytest.mark.parametrize("graph", [*KEYS, *INTERFACE_OBJECTS], ids=lambda graph: graph.name)
async def test_documented_graphs_are_answered_with_the_fewest_requests(graph: Graph):
    federated = graph.build()

    for query, requests in graph.requests.items():
        federated.forget()
        answer = await federated.ask(query)

        assert answer == await federated.expected(query)
        assert "errors" not in answer
        assert len(federated.fetches) == requests, query
