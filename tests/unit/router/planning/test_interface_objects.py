"""Objects that a subgraph knows by their interface alone: their types are found elsewhere, as often as needed."""

import pytest
from graphql import parse

from router.planning.planner import Planner, read_operation
from tests.factories.federation import FederatedGraph, World


@pytest.fixture
def graph() -> FederatedGraph:
    ann = {"__typename": "Admin", "id": "u1", "name": "Ann", "age": 30, "role": "buyer"}
    bob = {"__typename": "Guest", "id": "u2", "name": "Bob", "age": 20}
    posts = [
        {"__typename": "Post", "id": "p1", "author": ann},
        {"__typename": "Post", "id": "p2", "author": bob},
    ]
    ann["posts"], bob["posts"] = [posts[0]], [posts[1]]
    world = World(
        entities={"Admin": [ann], "Guest": [bob], "Post": posts},
        computed={"Query.posts": lambda _: posts},
        implementers={"User": ["Admin", "Guest"]},
    )
    return FederatedGraph(
        world,
        {
            "users": 'type Query { users: [User] } interface User @key(fields: "id") { id: ID! name: String } '
            'type Admin implements User @key(fields: "id") { id: ID! name: String role: String } '
            'type Guest implements User @key(fields: "id") { id: ID! name: String }',
            "posts": 'type Query { posts: [Post] } type Post @key(fields: "id") { id: ID! author: User } '
            'type User @key(fields: "id") @interfaceObject { id: ID! posts: [Post] }',
            "ages": 'type User @key(fields: "id") @interfaceObject '
            '{ id: ID! name: String @external age: Int @requires(fields: "name") }',
        },
    )


async def test_types_are_looked_up_again_for_objects_below_those_whose_types_were_looked_up(graph):
    query = "{ posts { author { __typename ... on Guest { posts { author { ... on Guest { age } } } } } } }"

    answer = await graph.ask(query)

    assert answer == await graph.expected(query)
    assert answer["data"]["posts"][1] == {"author": {"__typename": "Guest", "posts": [{"author": {"age": 20}}]}}
    assert sorted(graph.fetches) == ["ages", "posts", "posts", "users", "users"]


_TYPES = (
    'interface Media @key(fields: "id") {{ id: ID! {0}: String }} '
    'type Book implements Media @key(fields: "id") {{ id: ID! {0}: String }} '
    'type Film implements Media @key(fields: "id") {{ id: ID! {0}: String }}'
)


@pytest.fixture
def media() -> FederatedGraph:
    objects = [
        {"__typename": "Book", "id": "1", "title": "Emma", "language": "en", "score": 5},
        {"__typename": "Film", "id": "2", "title": "Alien", "language": "de", "score": 6},
    ]
    return FederatedGraph(
        World(
            entities={"Book": objects[:1], "Film": objects[1:]},
            implementers={"Media": ["Book", "Film"]},
            computed={
                "Query.media": lambda _: [{**item, "__typename": "Media"} for item in objects],
                "Media.reviews": lambda item: int(item["id"]) * 10,
                "Media.grade": lambda item: f"grade {item['score']}",
            },
        ),
        {
            "media": "type Query { media: [Media] } "
            'type Media @interfaceObject @key(fields: "id") { id: ID! score: Int }',
            "titles": _TYPES.format("title"),
            "languages": _TYPES.format("language"),
            "reviews": 'type Media @interfaceObject @key(fields: "id") { id: ID! reviews: Int }',
            "grades": 'type Media @interfaceObject @key(fields: "id") '
            '{ id: ID! score: Int @external grade: String @requires(fields: "score") }',
        },
    )


@pytest.mark.parametrize(
    ("query", "first", "fetches"),
    [
        ("reviews title", {"reviews": 10, "title": "Emma"}, ["media", "reviews", "titles"]),
        ("language title", {"language": "en", "title": "Emma"}, ["languages", "media", "titles"]),
        ("grade", {"grade": "grade 5"}, ["grades", "media"]),
        (
            "grade __typename ... on Book { title }",
            {"grade": "grade 5", "__typename": "Book", "title": "Emma"},
            ["grades", "media", "titles"],
        ),
    ],
)
async def test_what_all_types_have_is_fetched_side_by_side_without_waiting_for_the_type(media, query, first, fetches):
    answer = await media.ask(f"{{ media {{ {query} }} }}")

    assert answer["data"]["media"][0] == first
    assert sorted(media.fetches) == fetches
    assert _hops(media, f"{{ media {{ {query} }} }}") == 2


def _hops(graph: FederatedGraph, query: str) -> int:
    supergraph, document = graph.router.supergraph, parse(query)
    return Planner(supergraph).plan(read_operation(document, document.definitions[0], supergraph, {})).cost.hops


@pytest.mark.parametrize("query", ["{ media { color } }", "{ media { ... on Book { color } } }"])
async def test_a_key_that_only_one_interface_object_has_leads_to_another(query):
    book = {"__typename": "Book", "id": "b1", "slug": "emma", "color": "red"}
    world = World(
        entities={"Book": [book]}, computed={"Query.media": lambda _: [book]}, implementers={"Media": ["Book"]}
    )
    graph = FederatedGraph(
        world,
        {
            "media": 'type Query { media: [Media!]! } interface Media @key(fields: "id") { id: ID! } '
            'type Book implements Media @key(fields: "id") { id: ID! }',
            "slugs": 'type Media @key(fields: "id") @key(fields: "slug") @interfaceObject { id: ID! slug: String! }',
            "colors": 'type Media @key(fields: "slug") @interfaceObject { slug: String! color: String }',
        },
    )

    answer = await graph.ask(query)

    assert answer == await graph.expected(query) == {"data": {"media": [{"color": "red"}]}}
    assert graph.fetches == ["media", "slugs", "colors"]


async def test_a_field_that_requires_something_is_not_asked_of_objects_that_are_looked_up_without_it():
    book = {"__typename": "Book", "id": "b1", "score": 5, "note": "old"}
    world = World(
        entities={"Book": [book]},
        computed={
            "Query.media": lambda _: [{**book, "__typename": "Media"}],
            "Media.grade": lambda item: f"grade {item['score']}",
        },
        implementers={"Media": ["Book"]},
    )
    graph = FederatedGraph(
        world,
        {
            "grades": 'type Query { media: [Media] } type Media @interfaceObject @key(fields: "id") '
            '{ id: ID! note: String score: Int @external grade: String @requires(fields: "score") }',
            "scores": 'type Media @interfaceObject @key(fields: "id") { id: ID! score: Int }',
            "books": 'interface Media @key(fields: "id") { id: ID! } '
            'type Book implements Media @key(fields: "id") { id: ID! }',
        },
    )

    answer = await graph.ask("{ media { ... on Book { note } grade } }")

    last = graph.subgraphs["grades"].requests[-1]
    assert answer == {"data": {"media": [{"note": "old", "grade": "grade 5"}]}}
    assert "{ ... on Media { grade } }" in last.query
    assert "{ ... on Media { note } }" in last.query
