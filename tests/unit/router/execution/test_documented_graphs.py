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
_SIGN = {"__typename": "Sign", "title": "Fiction", "text": "Quiet"}

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
    Graph(
        "behind_an_interface",
        {
            "shelves": "type Query { things: [Thing] } interface Thing { title: String } "
            'type Media implements Thing @interfaceObject @key(fields: "id") '
            "{ id: ID! title: String @shareable stars: Int org: Org } "
            "type Sign implements Thing { title: String text: String } "
            'type Org @key(fields: "id") { id: ID! }',
            "media": "interface Thing { title: String } "
            'interface Media implements Thing @key(fields: "id") { id: ID! title: String } '
            'type Book implements Media & Thing @key(fields: "id") { id: ID! title: String @shareable pages: Int } '
            'type Film implements Media & Thing @key(fields: "id") { id: ID! title: String @shareable }',
            "orgs": 'type Org @key(fields: "id") { id: ID! name: String }',
        },
        {
            "{ things { title } }": 1,
            "{ things { __typename } }": 2,
            "{ things { __typename: title kind: __typename _standing: title } }": 2,
            "{ things { ... on Media { stars } ... on Sign { text } } }": 2,
            "{ things { ... on Media { stars org { name } } ... on Book { pages } } }": 3,
            # who is a book is known only after the look-up, and its organisation then asked where it was left
            "{ things { ... on Book { org { name } } } }": 4,
        },
        {"things": [_BOOK | {"pages": 9, "org": _ORG | {"name": "Zed"}}, _SIGN, None, _FILM | {"org": None}]},
        [_BOOK | {"pages": 9, "org": _ORG | {"name": "Zed"}}, _FILM | {"org": None}, _ORG | {"name": "Zed"}],
        {},
        _IMPLEMENTERS,
    ),
)


_FLAT = {
    "__typename": "Flat",
    "id": "1",
    "owner": {"__typename": "Owner", "id": "o", "code": "c", "name": "Ann"},
    "rent": 5,
}
_BOX = {"__typename": "Box", "id": "1", "weight": 3, "sku": "s", "price": 7, "label": "3 kg"}
_CAT = {"__typename": "Cat", "id": "1", "weight": 4, "name": "Tom"}
_DOG = {"__typename": "Dog", "id": "2", "weight": 9, "name": "Rex"}
_HOUSE = {"__typename": "House", "id": "h", "pets": [_CAT, _DOG, None]}

REQUIREMENTS = (
    Graph(
        "a_key_below_another_entity_is_fetched_by_the_key_of_that",
        {
            "a": 'type Query { flat: Flat } type Flat @key(fields: "id") { id: ID! }',
            "b": 'type Flat @key(fields: "id") { id: ID! owner: Owner @shareable } '
            'type Owner @key(fields: "id") { id: ID! }',
            "c": 'type Owner @key(fields: "id") { id: ID! code: String @shareable name: String }',
            "d": 'type Flat @key(fields: "owner { code }") { owner: Owner @shareable rent: Int } '
            "type Owner { code: String @shareable }",
        },
        {"{ flat { rent } }": 4, "{ flat { rent owner { name } } }": 4},
        {"flat": _FLAT},
        [_FLAT, _FLAT["owner"]],
    ),
    Graph(
        "what_is_provided_leads_on_as_a_key_and_as_a_requirement",
        {
            "a": 'type Query { box: Box @provides(fields: "sku weight") plain: Box } '
            'type Box @key(fields: "id") { id: ID! sku: String @external weight: Int @external }',
            "b": 'type Box @key(fields: "id") @key(fields: "sku") { id: ID! sku: String @shareable '
            "weight: Int @shareable }",
            "c": 'type Box @key(fields: "sku") { sku: String @shareable price: Int weight: Int @external '
            'label: String @requires(fields: "weight") }',
        },
        {"{ box { price label } }": 2, "{ plain { price label } }": 3},
        {"box": _BOX, "plain": _BOX},
        [_BOX],
        {"Box.label": lambda box: f"{box['weight']} kg"},
    ),
    Graph(
        "a_field_of_an_interface_that_a_third_subgraph_resolves_is_required",
        {
            "a": "interface Pet { id: ID! } type Query { house: House } "
            'type House @key(fields: "id") { id: ID! pets: [Pet] } '
            'type Cat implements Pet @key(fields: "id") { id: ID! } '
            'type Dog implements Pet @key(fields: "id") { id: ID! }',
            "b": 'type Cat @key(fields: "id") { id: ID! weight: Int } '
            'type Dog @key(fields: "id") { id: ID! weight: Int }',
            "c": "interface Pet { weight: Int } "
            'type Cat implements Pet @key(fields: "id") { id: ID! weight: Int @external } '
            'type Dog implements Pet @key(fields: "id") { id: ID! weight: Int @external } '
            'type House @key(fields: "id") { id: ID! pets: [Pet] @external '
            'food: Int @requires(fields: "pets { weight }") }',
        },
        {"{ house { food } }": 3, "{ house { pets { id: __typename } food } }": 3},
        {"house": _HOUSE},
        [_HOUSE, _CAT, _DOG],
        {"House.food": lambda house: sum(pet["weight"] for pet in house["pets"] if pet)},
    ),
)

_ADDRESS = {"street": "s", "city": "c", "zip": "z"}
_USER = {"__typename": "User", "id": "1", "name": "Ann", "address": _ADDRESS}
_VALUES = (
    'type User @key(fields: "id") {{ id: ID! address: Address @shareable }} type Address @shareable {{ {}: String }}'
)

SHARED = (
    Graph(
        "a_value_of_an_entity_is_put_together_from_those_who_have_parts",
        {
            "a": "type Query { user: User } " + _VALUES.format("street"),
            "b": _VALUES.format("city: String street"),
            "c": _VALUES.format("zip"),
        },
        {
            "{ user { address { street } } }": 1,
            "{ user { address { city street } } }": 2,
            "{ user { address { street city zip } } }": 3,
        },
        {"user": _USER},
        [_USER],
    ),
    Graph(
        "a_fragment_on_an_interface_that_a_type_implements_elsewhere",
        {
            "a": "union Found = User | Cat type Query { found: [Found] user: User } "
            'type User @key(fields: "id") { id: ID! } type Cat @key(fields: "id") { id: ID! weight: Int }',
            "b": "interface Named { id: ID! name: String } type Query { named: Named } "
            'type User implements Named @key(fields: "id") { id: ID! name: String } '
            'type Cat @key(fields: "id") { id: ID! name: String }',
        },
        {
            "{ found { ... on Named { id } } user { ... on Named { __typename id } } }": 1,
            "{ found { ... on Named { name } ... on Cat { name weight } } }": 2,
        },
        {"found": [_USER, _CAT], "user": _USER, "named": _USER},
        [_USER, _CAT],
    ),
)


@pytest.mark.parametrize("graph", [*KEYS, *REQUIREMENTS, *INTERFACE_OBJECTS, *SHARED], ids=lambda graph: graph.name)
async def test_documented_graphs_are_answered_with_the_fewest_requests(graph: Graph):
    federated = graph.build()

    for query, requests in graph.requests.items():
        federated.forget()
        answer = await federated.ask(query)

        assert answer == await federated.expected(query)
        assert "errors" not in answer
        assert len(federated.fetches) == requests, query
