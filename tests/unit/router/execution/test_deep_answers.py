"""JSON is read with 1,024 levels and written with 254: what is nested more deeply costs its own field and no other."""

from typing import Any

import orjson
import pytest

from tests.factories.federation import FederatedGraph, World

_PRODUCT = {"__typename": "Product", "id": "1", "name": "n", "notes": None, "tags": None}
_SDLS = {
    "catalog": 'type Query { first: Product } type Product @key(fields: "id") { id: ID! name: String }',
    "stock": 'scalar JSON type Product @key(fields: "id") { id: ID! notes: JSON sure: JSON! lists: [JSON!] stock: Int '
    "place: Place @shareable } type Place { shelf: Int }",
    "places": 'type Product @key(fields: "id") { id: ID! place: Place @shareable } type Place { row: Int }',
}


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _graph(entity: Any) -> FederatedGraph:
    graph = FederatedGraph(World(entities={"Product": [_PRODUCT]}, computed={"Query.first": lambda _: _PRODUCT}), _SDLS)
    graph.subgraphs["stock"].answer = lambda _: {"data": {"_entities": [entity]}}
    return graph


@pytest.mark.parametrize("levels", [250, 900])
async def test_a_custom_scalar_nested_too_deeply_is_null_with_an_error(levels):
    graph = _graph({"notes": _nested(levels), "stock": 1})

    answer = await graph.ask("{ first { name notes stock } }")

    assert answer == {
        "data": {"first": {"name": "n", "notes": None, "stock": 1}},
        "errors": [
            {
                "message": "the value of Product.notes is not of its type",
                "path": ["first", "notes"],
                "extensions": {"code": "INTERNAL", "subgraph": "stock"},
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "entity", "expected"),
    [
        ("{ first { name sure } }", {"sure": _nested(300)}, None),
        ("{ first { name lists } }", {"lists": [1, _nested(300)]}, {"name": "n", "lists": None}),
    ],
)
async def test_where_no_null_may_be_it_travels_up(query, entity, expected):
    answer = await _graph(entity).ask(query)

    assert answer["data"] == {"first": expected}
    assert len(answer["errors"]) == 1


async def test_a_custom_scalar_of_a_hundred_levels_is_passed_on():
    answer = await _graph({"notes": _nested(100)}).ask("{ first { notes } }")

    assert answer == {"data": {"first": {"notes": _nested(100)}}}


@pytest.mark.parametrize("levels", [900, 1_000])
async def test_lists_inside_lists_where_an_object_belongs_cost_only_that_subgraphs_fields(levels):
    graph = _graph({"place": _nested(levels), "stock": 1})

    answer = await graph.ask("{ first { name place { shelf row } } }")

    assert answer["data"] == {"first": {"name": "n", "place": None}}
    assert {error["extensions"]["subgraph"] for error in answer["errors"]} == {"stock"}
    assert orjson.dumps(answer)


async def test_an_errors_extensions_nested_too_deeply_are_left_out():
    graph = _graph(None)
    error = {"message": "no", "path": ["_entities", 0], "extensions": {"code": "GONE", "why": _nested(900), "is": "so"}}
    graph.subgraphs["stock"].answer = lambda _: {"data": {"_entities": [None]}, "errors": [error]}

    answer = await graph.ask("{ first { name notes } }")

    assert [error["extensions"] for error in answer["errors"]] == [{"code": "GONE", "is": "so", "subgraph": "stock"}]


@pytest.mark.parametrize("levels", [300, 900])
async def test_an_object_whose_key_cannot_be_sent_is_told(levels):
    graph = _graph({"stock": 1})
    graph.subgraphs["catalog"].answer = lambda _: {"data": {"first": {"id": _nested(levels), "name": "n"}}}

    answer = await graph.ask("{ first { name stock } }")

    assert answer["data"] == {"first": {"name": "n", "stock": None}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["first", "stock"], "REQUIREMENT_UNAVAILABLE")
    ]
