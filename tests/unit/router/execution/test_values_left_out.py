"""A value that a subgraph was asked for and left out of its answer is null with an error that names the subgraph."""

import logging
from typing import Any

import pytest
from prometheus_client import REGISTRY

from kernel.subgraph import JsonObject
from router.execution import answered
from tests.factories.federation import FederatedGraph, World

_PRODUCTS = [
    {"__typename": "Product", "id": str(n), "name": f"n{n}", "stock": n, "sure": n, "place": {"shelf": n, "row": n}}
    for n in (1, 2)
]
_MEDIA = [{"__typename": "Book", "id": "1", "title": "t", "pages": 3}, {"__typename": "Film", "id": "2", "title": "u"}]
_SDLS = {
    "catalog": "type Query { products: [Product!]! first: Product media: [Media] } interface Media { id: ID! } "
    'type Product @key(fields: "id") { id: ID! name: String place: Place @shareable } '
    "type Place @shareable { row: Int } "
    'type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int } '
    'type Film implements Media @key(fields: "id") { id: ID! title: String }',
    "stock": 'type Product @key(fields: "id") { id: ID! stock: Int sure: Int! place: Place @shareable } '
    "type Place @shareable { shelf: Int row: Int }",
}


def _graph() -> FederatedGraph:
    computed = {
        "Query.products": lambda _: _PRODUCTS,
        "Query.first": lambda _: _PRODUCTS[0],
        "Query.media": lambda _: _MEDIA,
    }
    return FederatedGraph(World(entities={"Product": _PRODUCTS, "Media": _MEDIA}, computed=computed), _SDLS)


def _answering(graph: FederatedGraph, subgraph: str, answer: JsonObject) -> FederatedGraph:
    graph.subgraphs[subgraph].answer = lambda _: answer
    return graph


def _told(answer: Any) -> list[tuple[list[str | int], str, str | None]]:
    return [
        (error["path"], error["extensions"]["code"], error["extensions"].get("subgraph"))
        for error in answer.get("errors", [])
    ]


def _malformed(subgraph: str) -> float:
    labels = {"subgraph": subgraph, "failure": "malformed"}
    return REGISTRY.get_sample_value("router_subgraph_failures_total", labels) or 0.0


def _counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[object]:
    """The calls of a function of `answered`."""
    calls, function = list[object](), getattr(answered, name)

    def counting(*given: object) -> object:
        calls.append(given)
        return function(*given)

    monkeypatch.setattr(answered, name, counting)
    return calls


async def test_a_field_of_an_entity_that_is_left_out_is_told_logged_and_counted_once(caplog):
    graph = _answering(_graph(), "stock", {"data": {"_entities": [{}, {"stock": 2}]}})
    before = _malformed("stock")

    with caplog.at_level(logging.WARNING):
        answer = await graph.ask("{ products { name stock } }")

    assert answer == {
        "data": {"products": [{"name": "n1", "stock": None}, {"name": "n2", "stock": 2}]},
        "errors": [
            {
                "message": "the subgraph stock answered something else than was asked",
                "path": ["products", 0, "stock"],
                "extensions": {"code": "SUBGRAPH_ANSWER_INVALID", "subgraph": "stock"},
            }
        ],
    }
    assert _malformed("stock") == before + 1
    assert "subgraph_answer_invalid" in caplog.text
    assert "without Product.stock" in caplog.text


@pytest.mark.parametrize(
    ("query", "answered", "path"),
    [
        ("{ first { name } }", {"first": {}}, ["first", "name"]),
        ("{ first { n: name id } }", {"first": {"id": "1"}}, ["first", "n"]),
        ("{ products { name } }", {"products": [{"name": "n1"}, {}]}, ["products", 1, "name"]),
        ("{ media { id } first { id } }", {"first": {"id": "1"}}, ["media"]),
        (
            "{ media { id ... on Book { pages } } }",
            {"media": [{"__typename": "Book", "id": "1"}, {"__typename": "Film", "id": "2"}]},
            ["media", 0, "pages"],
        ),
    ],
    ids=["an object", "an alias", "an item of a list", "a root field", "a type's own field"],
)
async def test_a_field_that_is_left_out_below_the_root_is_told_where_it_is_missing(query, answered, path):
    graph = _answering(_graph(), "catalog", {"data": answered})

    answer = await graph.ask(query)

    assert _told(answer) == [(path, "SUBGRAPH_ANSWER_INVALID", "catalog")]


async def test_of_two_subgraphs_that_answer_one_object_the_one_that_left_something_out_is_named():
    graph = _answering(_graph(), "stock", {"data": {"_entities": [{"stock": 1, "place": {}}]}})

    answer = await graph.ask("{ first { name stock place { shelf row } } }")

    assert answer["data"]["first"]["place"]["shelf"] is None
    assert (["first", "place", "shelf"], "SUBGRAPH_ANSWER_INVALID", "stock") in _told(answer)


async def test_whoever_leaves_out_a_type_is_told_of_what_could_not_be_looked_up_without_it():
    world = World(
        entities={"Book": [{"__typename": "Book", "id": "1", "price": 3}]}, computed={"Query.media": lambda _: None}
    )
    graph = FederatedGraph(
        world,
        {
            "catalog": "type Query { media: Media } interface Media { id: ID! price: Int } "
            'type Book implements Media @key(fields: "id") { id: ID! price: Int @external }',
            "prices": 'type Book @key(fields: "id") { id: ID! price: Int }',
        },
    )
    graph.subgraphs["catalog"].answer = lambda _: {"data": {"media": {"id": "1"}}}

    answer = await graph.ask("{ media { id price } }")

    assert answer["data"] == {"media": {"id": "1", "price": None}}
    assert _told(answer) == [(["media", "price"], "SUBGRAPH_ANSWER_INVALID", "catalog")]


@pytest.mark.parametrize("wrap", ["%s", "[[%s]]"])
async def test_whoever_leaves_out_an_object_others_have_is_told_of_what_is_missing_of_it(wrap):
    shop: Any = {"__typename": "Shop", "name": "n", "size": 3}
    shops = shop if wrap == "%s" else [[shop]]
    graph = FederatedGraph(
        World(entities={}, computed={"Query.shop": lambda _: shops}),
        {
            "names": f"type Query {{ shop: {wrap % 'Shop'} @shareable }} type Shop {{ name: String }}",
            "sizes": f"type Query {{ shop: {wrap % 'Shop'} @shareable }} type Shop {{ size: Int }}",
        },
    )
    graph.subgraphs["sizes"].answer = lambda _: {"data": {}}

    answer = await graph.ask("{ shop { name size } }")

    assert [(path[-1], *told) for path, *told in _told(answer)] == [("size", "SUBGRAPH_ANSWER_INVALID", "sizes")]


async def test_a_subgraph_that_was_asked_of_an_interface_object_has_left_out_what_its_types_are_known_by_elsewhere():
    book = {"__typename": "Book", "id": "1", "note": "n", "title": "t"}
    graph = FederatedGraph(
        World(entities={"Media": [book]}, computed={"Query.item": lambda _: book}),
        {
            "found": "type Query { item: Item } interface Item { id: ID! } type Plain implements Item { id: ID! } "
            'type Media implements Item @key(fields: "id") @interfaceObject { id: ID! note: String }',
            "catalog": "interface Item { id: ID! } "
            'interface Media implements Item @key(fields: "id") { id: ID! title: String } '
            'type Book implements Media & Item @key(fields: "id") { id: ID! title: String }',
        },
    )
    _answering(graph, "found", {"data": {"item": {"_standing": "Media", "id": "1"}}})

    answer = await graph.ask("{ item { ... on Media { note title } } }")

    assert answer["data"] == {"item": {"note": None, "title": "t"}}
    assert _told(answer) == [(["item", "note"], "SUBGRAPH_ANSWER_INVALID", "found")]


async def test_a_subgraph_that_was_asked_of_another_type_only_has_left_out_nothing():
    book = {"__typename": "Book", "id": "1", "pages": 3, "note": "n"}
    world = World(entities={"Book": [book], "Film": []}, computed={"Query.media": lambda _: book})
    graph = FederatedGraph(
        world,
        {
            "catalog": "type Query { media: Media } interface Media { id: ID! note: String } "
            'type Book implements Media @key(fields: "id") { id: ID! note: String @external } '
            'type Film implements Media @key(fields: "id") { id: ID! note: String @external }',
            "films": 'type Book @key(fields: "id") { id: ID! pages: Int } '
            'type Film @key(fields: "id") { id: ID! note: String }',
            "books": 'type Book @key(fields: "id") { id: ID! note: String }',
        },
    )
    graph.subgraphs["books"].answer = lambda _: {"data": {"_entities": [{}]}, "errors": [{"message": "no"}]}

    answer = await graph.ask("{ media { note ... on Book { pages } } }")

    assert answer["data"] == {"media": {"note": None, "pages": 3}}
    assert [error["message"] for error in answer["errors"]] == ["no"]


async def test_a_field_left_out_that_may_not_be_null_takes_its_object_with_one_error():
    graph = _answering(_graph(), "stock", {"data": {"_entities": [{"stock": 1}]}})

    answer = await graph.ask("{ first { name stock sure } }")

    assert answer["data"] == {"first": None}
    assert _told(answer) == [(["first", "sure"], "SUBGRAPH_ANSWER_INVALID", "stock")]


@pytest.mark.parametrize(
    "error", [{"message": "no"}, {"message": "no", "path": ["_entities", 0, "stock"]}, {"message": "no", "path": 7}]
)
async def test_a_field_left_out_whose_error_is_told_has_no_second_one(error):
    graph = _answering(_graph(), "stock", {"data": {"_entities": [{}]}, "errors": [error]})

    answer = await graph.ask("{ first { name stock } }")

    assert answer["data"] == {"first": {"name": "n1", "stock": None}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]


async def test_an_error_about_another_value_excuses_nothing():
    error = {"message": "no", "path": ["_entities", 0, "place"]}
    graph = _answering(_graph(), "stock", {"data": {"_entities": [{"place": None}]}, "errors": [error]})

    answer = await graph.ask("{ first { stock place { shelf } } }")

    assert (["first", "stock"], "SUBGRAPH_ANSWER_INVALID", "stock") in _told(answer)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ media { id ... on Book { pages title } ... on Film { title } } }", {}),
        (
            "query ($no: Boolean!) { products { name stock @include(if: $no) place { shelf @include(if: $no) row } } }",
            {"no": False},
        ),
        ("{ products { name @skip(if: true) place { row } ... on Product @skip(if: true) { stock } } }", {}),
    ],
    ids=["types", "a variable", "constants"],
)
async def test_what_was_not_asked_for_is_not_missed(query, variables):
    graph = _graph()

    answer = await graph.ask(query, variables)

    assert answer == await graph.expected(query, variables)
    assert "errors" not in answer


async def test_an_entity_the_subgraph_does_not_know_has_left_out_nothing():
    graph = _answering(_graph(), "stock", {"data": {"_entities": [None]}})

    answer = await graph.ask("{ first { name stock place { shelf } } }")

    assert "errors" not in answer


async def test_of_one_answer_a_hundred_omissions_are_told():
    graph = _answering(_graph(), "catalog", {"data": {"products": [{} for _ in range(300)]}})

    answer = await graph.ask("{ products { name } }")

    assert len(answer["errors"]) == 100
    assert answer["data"]["products"] == [{"name": None}] * 300


@pytest.mark.parametrize(
    "stock",
    [{"data": {"_entities": [{}] * 2_000}}, {"data": None, "errors": [{"message": "no", "path": ["_entities", 0]}]}],
    ids=["everything left out", "a failed look-up"],
)
async def test_who_left_something_out_is_looked_for_a_thousand_times_at_most(monkeypatch, stock):
    products: list[Any] = [{"__typename": "Product", "id": str(n)} for n in range(2_000)]
    graph = _answering(_answering(_graph(), "catalog", {"data": {"products": products}}), "stock", stock)
    searches = _counted(monkeypatch, "_way")

    answer = await graph.ask("{ products { stock } }")

    assert answer["data"]["products"] == [{"stock": None}] * 2_000
    assert 0 < len(searches) <= 1_000


async def test_an_error_without_a_path_spares_every_search_of_its_answer(monkeypatch):
    answer: JsonObject = {"data": {"products": [{}] * 50}, "errors": [{"message": "no"}]}
    graph = _answering(_graph(), "catalog", answer)
    searches = _counted(monkeypatch, "_way")

    await graph.ask("{ products { name } }")

    assert searches == []


async def test_the_paths_of_an_answers_errors_are_read_once(monkeypatch):
    errors: list[Any] = [{"message": "no", "path": ["products", n, "name"]} for n in range(90)]
    graph = _answering(_graph(), "catalog", {"data": {"products": [{}] * 200}, "errors": errors})
    read = _counted(monkeypatch, "path_of")

    await graph.ask("{ products { name } }")

    assert len(read) == 90
