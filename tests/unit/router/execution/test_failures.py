"""What clients get when subgraphs fail, misbehave or answer null where none may be."""

import asyncio
from typing import Any

import pytest

from kernel.errors import Unavailable
from kernel.subgraph import GraphQLRequest
from tests.factories.federation import FederatedGraph, World

_SDLS = {
    "catalog": 'type Query { products: [Product!]! first: Product strict: Product! } type Product @key(fields: "id") '
    "{ id: ID! name: String }",
    "stock": 'type Product @key(fields: "id") { id: ID! stock: Int sure: Int! place: Place } '
    "type Place { shelf: Int! } type Query { places: Int }",
}


def _graph(**settings: Any) -> FederatedGraph:
    products = [
        {"__typename": "Product", "id": str(n), "name": f"n{n}", "stock": n, "sure": n, "place": {"shelf": n}}
        for n in (1, 2, 1)
    ]
    world = World(
        entities={"Product": products},
        computed={
            "Query.products": lambda _: products,
            "Query.first": lambda _: products[0],
            "Query.strict": lambda _: products[0],
            "Query.places": lambda _: 3,
        },
    )
    return FederatedGraph(world, _SDLS, **settings)


def _unavailable(_request: GraphQLRequest) -> Any:
    raise Unavailable("gone")


async def test_a_failing_subgraph_costs_only_its_own_fields():
    graph = _graph()
    graph.subgraphs["stock"].answer = _unavailable

    answer = await graph.ask("{ first { name stock } places }")

    told = {"code": "SUBGRAPH_UNAVAILABLE", "subgraph": "stock"}
    message = "the subgraph stock is unavailable"
    assert answer["data"] == {"first": {"name": "n1", "stock": None}, "places": None}
    assert sorted(answer["errors"], key=lambda error: len(error["path"])) == [
        {"message": message, "path": ["places"], "extensions": told},
        {"message": message, "path": ["first", "stock"], "extensions": told},
    ]


async def test_every_place_of_a_shared_entity_gets_the_error_of_its_one_fetch():
    graph = _graph()
    graph.subgraphs["stock"].answer = lambda _: {
        "data": {"_entities": [{"s": None}, {"s": 2}]},
        "errors": [{"message": "no stock", "path": ["_entities", 0, "s"], "extensions": {"code": "NOT_FOUND"}}],
    }

    answer = await graph.ask("{ products { s: stock } }")

    told = {"code": "NOT_FOUND", "subgraph": "stock"}
    assert answer == {
        "data": {"products": [{"s": None}, {"s": 2}, {"s": None}]},
        "errors": [
            {"message": "no stock", "path": ["products", 0, "s"], "extensions": told},
            {"message": "no stock", "path": ["products", 2, "s"], "extensions": told},
        ],
    }
    assert len(graph.subgraphs["stock"].requests[0].variables["representations"]) == 2


async def test_a_null_where_none_may_be_travels_up_with_one_error():
    graph = _graph()
    graph.subgraphs["stock"].answer = lambda _: {"data": {"_entities": [None]}}

    answer = await graph.ask("{ first { name sure } }")

    assert answer == {
        "data": {"first": None},
        "errors": [
            {
                "message": "Cannot return null for non-nullable field Product.sure.",
                "path": ["first", "sure"],
                "extensions": {"code": "INTERNAL"},
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ node { size rank } }", {"node": {"size": 3, "rank": None}}),
        ("{ node { __typename size rank } }", {"node": None}),
        ("{ node { size ... on Leaf { rank } } }", {"node": None}),
    ],
)
async def test_an_interface_object_whose_type_nobody_asks_for_is_as_strict_as_its_interface(query: str, data: Any):
    leaf = {"__typename": "Leaf", "id": "1", "size": 3}
    world = World(entities={"Leaf": [leaf], "Node": [leaf]}, computed={"Query.node": lambda _: leaf})
    sdls = {
        "types": 'interface Node @key(fields: "id") { id: ID! rank: Int } '
        'type Leaf implements Node @key(fields: "id") { id: ID! rank: Int! }',
        "sizes": 'type Query { node: Node } type Node @key(fields: "id") @interfaceObject { id: ID! size: Int }',
    }
    graph = FederatedGraph(world, sdls)
    graph.subgraphs["types"].answer = lambda _: {
        "data": {"_entities": [None]},
        "errors": [{"message": "no rank", "path": ["_entities", 0, "rank"]}],
    }

    answer = await graph.ask(query)

    assert answer["data"] == data
    assert [(error["message"], error["path"]) for error in answer["errors"]] == [("no rank", ["node", "rank"])]


async def test_a_null_at_the_top_takes_all_data_with_it():
    graph = _graph()
    graph.subgraphs["stock"].answer = _unavailable

    answer = await graph.ask("{ strict { sure } }")

    assert answer["data"] is None
    assert [error["path"] for error in answer["errors"]] == [["strict", "sure"]]


@pytest.mark.parametrize(
    "entity",
    [
        {"stock": "many"},
        {"stock": [1]},
        {"stock": {"a": 1}},
        {"stock": 2**40},
        {"stock": True},
        {"stock": 1.5},
    ],
)
async def test_a_value_of_the_wrong_type_becomes_null_and_an_error(entity):
    graph = _graph()
    graph.subgraphs["stock"].answer = lambda _: {"data": {"_entities": [entity]}}

    answer = await graph.ask("{ first { name stock } }")

    assert answer["data"] == {"first": {"name": "n1", "stock": None}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["first", "stock"], "INTERNAL")
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"_entities": "x"}},
        {"data": {"_entities": [1, 2, 3]}},
        {"data": {"_entities": []}},
        {"data": {"_entities": [7]}},
        {"data": []},
        {"data": {"other": 1}},
        {"data": None, "errors": "broken"},
        {"errors": [None, 5, {"message": 7, "path": "x", "extensions": []}]},
    ],
)
async def test_junk_from_a_subgraph_is_contained(answer):
    graph = _graph()
    graph.subgraphs["stock"].answer = lambda _: answer

    result = await graph.ask("{ first { name stock place { shelf } } }")

    assert result["data"] == {"first": {"name": "n1", "stock": None, "place": None}}


async def test_keys_nobody_asked_for_are_not_merged():
    graph = _graph()
    hostile = {"__proto__": {"x": 1}, "id": "other", "name": "changed", "stock": 5, "__class__": "y"}
    graph.subgraphs["stock"].answer = lambda _: {"data": {"_entities": [hostile]}}

    answer = await graph.ask("{ first { name stock __class__: id __proto__: name } }")

    assert answer == {"data": {"first": {"name": "n1", "stock": 5, "__class__": "1", "__proto__": "n1"}}}


async def test_stack_traces_of_subgraphs_stay_inside():
    graph = _graph()
    extensions = {"code": "CONFLICT", "stacktrace": ["line 1"], "exception": {"a": 1}, "retry": True}
    graph.subgraphs["stock"].answer = lambda _: {
        "data": {"_entities": [{"stock": None}]},
        "errors": [{"message": "busy", "path": ["_entities", 0, "stock"], "extensions": extensions}],
    }

    answer = await graph.ask("{ first { stock } }")

    assert answer["errors"] == [
        {
            "message": "busy",
            "path": ["first", "stock"],
            "extensions": {"code": "CONFLICT", "retry": True, "subgraph": "stock"},
        }
    ]


async def test_the_operations_deadline_ends_a_fetch_that_hangs():
    graph = _graph(operation_seconds=0.05)

    async def hang(_request: object, _headers: object) -> Any:
        await asyncio.Event().wait()

    graph.subgraphs["stock"].execute = hang

    answer = await graph.ask("{ first { name stock } }")

    assert answer["data"] == {"first": {"name": "n1", "stock": None}}
    assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"


async def test_independent_subgraphs_are_asked_at_the_same_time():
    graph = _graph()
    both_started = asyncio.Barrier(2)
    for subgraph in graph.subgraphs.values():
        execute = subgraph.execute

        async def together(request: Any, headers: Any, execute: Any = execute) -> Any:
            async with asyncio.timeout(5):
                await both_started.wait()
            return await execute(request, headers)

        subgraph.execute = together

    answer = await graph.ask("{ first { name } places }")

    assert answer == {"data": {"first": {"name": "n1"}, "places": 3}}


async def test_only_variables_a_fetch_uses_are_sent():
    graph = _graph()
    query = "query ($a: Boolean = true, $unused: Int) { first { name @include(if: $a) stock } }"

    answer = await graph.ask(query, {"unused": 3})

    assert "errors" in answer, "an unused variable is not valid GraphQL"
    graph.forget()

    answer = await graph.ask("query ($a: Boolean = true) { first { name @include(if: $a) stock } }")

    assert answer == {"data": {"first": {"name": "n1", "stock": 1}}}
    assert graph.subgraphs["catalog"].requests[0].variables == {}


async def test_only_allowed_headers_reach_subgraphs():
    graph = _graph()
    headers = {
        "authorization": "Bearer t",
        "x-retail-tenant": "7",
        "accept-language": "de",
        "cookie": "secret",
        "host": "public",
        "x-other": "1",
    }

    await graph.router.execute(GraphQLRequest("{ first { name } }"), headers)

    assert graph.subgraphs["catalog"].headers == [
        {"authorization": "Bearer t", "x-retail-tenant": "7", "accept-language": "de"}
    ]


@pytest.mark.parametrize("down", ["catalog", "keys"], ids=["it is not answered", "it cannot be asked for"])
async def test_what_nobody_was_asked_for_because_a_type_is_unknown_is_told(down):
    book = {"__typename": "Book", "tag": "t"}
    graph = FederatedGraph(
        World(entities={}, computed={"Query.media": lambda _: book}),
        {
            "found": 'type Query { media: Media } type Media @key(fields: "tag") @interfaceObject { tag: ID! }',
            "keys": 'type Media @key(fields: "tag") @key(fields: "id") @interfaceObject { tag: ID! id: ID! }',
            "catalog": 'interface Media @key(fields: "id") { id: ID! title: String price: Int } '
            'type Book implements Media @key(fields: "id") { id: ID! title: String price: Int @external }',
            "prices": 'type Book @key(fields: "id") { id: ID! price: Int }',
        },
    )
    graph.subgraphs["keys"].answer = lambda _: {"data": {"_entities": [{"id": "1"}]}}
    graph.subgraphs[down].answer = _unavailable

    answer = await graph.ask("{ media { tag title price } }")

    assert answer["data"] == {"media": {"tag": "t", "title": None, "price": None}}
    assert {
        "message": "the subgraph catalog has not told the type without which Media.price cannot be asked for",
        "path": ["media", "price"],
        "extensions": {"code": "REQUIREMENT_UNAVAILABLE", "subgraph": "catalog"},
    } in answer["errors"]
