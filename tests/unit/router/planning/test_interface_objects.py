"""Objects that a subgraph knows by their interface alone: their types are found elsewhere, as often as needed."""

import pytest

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
