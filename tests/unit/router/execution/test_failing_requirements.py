"""Fields that need what could not be had are null with an error; a null that was answered is passed on."""

from tests.factories.federation import FederatedGraph, World

_PARCEL = {"__typename": "Parcel", "id": "1", "box": {"__typename": "Box", "id": "7"}}


def _fail(*_):
    raise LookupError("out of order")


def _graph(box: str, boxes: str, weight: str = "Int!") -> FederatedGraph:
    world = World(
        entities={"Parcel": [_PARCEL], "Box": [_PARCEL["box"]]},
        computed={
            "Query.parcel": lambda _: _PARCEL,
            "Parcel.label": lambda parcel: f"needs {parcel['box']}",
            "Parcel.lid": lambda parcel: f"needs {parcel['lids']}",
            "Parcel.lids": lambda _: [_PARCEL["box"]],
            "Box.weight": _fail,
        },
    )
    return FederatedGraph(
        world,
        {
            "parcels": f'type Query {{ parcel: Parcel }} type Parcel @key(fields: "id") {{ id: ID! box: {box} '
            f'lids: {boxes} }} type Box @key(fields: "id") {{ id: ID! }}',
            "boxes": f'type Box @key(fields: "id") {{ id: ID! weight: {weight} }}',
            "labels": f'type Parcel @key(fields: "id") {{ id: ID! box: {box} @external lids: {boxes} @external '
            'label: String @requires(fields: "box { weight }") lid: String @requires(fields: "lids { weight }") } '
            f'type Box @key(fields: "id") {{ id: ID! weight: {weight} @external }}',
        },
    )


async def test_a_null_that_a_subgraph_answers_is_passed_on():
    graph = _graph(box="Box", boxes="[Box]", weight="Int")

    answer = await graph.ask("{ parcel { id label lid } }")

    assert answer["data"] == {
        "parcel": {"id": "1", "label": "needs {'weight': None}", "lid": "needs [{'weight': None}]"}
    }


async def test_what_failed_leaves_out_the_field_that_needs_it_though_it_is_below_something_nullable():
    graph = _graph(box="Box", boxes="[Box]")

    answer = await graph.ask("{ parcel { id label lid } }")

    assert answer["data"] == {"parcel": {"id": "1", "label": None, "lid": None}}
    assert [name for name in graph.fetches if name == "labels"] == []


async def test_a_missing_value_where_nothing_may_be_null_leaves_out_the_field_that_needs_it():
    graph = _graph(box="Box!", boxes="[Box!]!")

    answer = await graph.ask("{ parcel { id label lid } }")

    assert answer["data"] == {"parcel": {"id": "1", "label": None, "lid": None}}
    assert [name for name in graph.fetches if name == "labels"] == []


async def test_a_requirement_nulled_by_a_field_beside_it_leaves_out_the_field_that_needs_it():
    world = World(
        entities={"Parcel": [_PARCEL]},
        computed={
            "Query.parcel": lambda _: _PARCEL,
            "Parcel.size": lambda _: {"__typename": "Size", "width": 3},
            "Parcel.label": lambda parcel: f"needs {parcel['size']}",
            "Size.height": _fail,
        },
    )
    graph = FederatedGraph(
        world,
        {
            "parcels": 'type Query { parcel: Parcel } type Parcel @key(fields: "id") { id: ID! size: Size } '
            "type Size { width: Int @shareable height: Int! }",
            "labels": 'type Parcel @key(fields: "id") { id: ID! size: Size @external '
            'label: String @requires(fields: "size { width }") } type Size { width: Int @shareable }',
        },
    )

    answer = await graph.ask("{ parcel { size { height } label } }")

    assert answer["data"] == {"parcel": {"size": None, "label": None}}
    assert [error["path"] for error in answer["errors"]] == [["parcel", "size", "height"], ["parcel", "label"]]
    assert "labels" not in [*graph.fetches]


async def test_an_error_of_a_hidden_requirement_is_told_at_the_object_that_needed_it_and_again_at_the_field():
    graph = _graph(box="Box!", boxes="[Box!]!")

    answer = await graph.ask("{ parcel { label } }")

    assert answer == {
        "data": {"parcel": {"label": None}},
        "errors": [
            {"message": "out of order", "path": ["parcel"], "extensions": {"code": "INTERNAL", "subgraph": "boxes"}},
            {
                "message": "the subgraph labels cannot be asked without what it requires",
                "path": ["parcel", "label"],
                "extensions": {"code": "REQUIREMENT_UNAVAILABLE", "subgraph": "labels"},
            },
        ],
    }


def _shop() -> FederatedGraph:
    item = {"__typename": "Item", "id": "i1", "weight": 3}
    shop = {"__typename": "Shop", "id": "s1", "currency": None, "item": item}
    world = World(
        entities={"Item": [item], "Shop": [shop]},
        computed={"Query.shop": lambda _: shop, "Item.price": lambda _, currency=None: f"in {currency}"},
    )
    return FederatedGraph(
        world,
        {
            "shops": 'type Query { shop: Shop } type Shop @key(fields: "id") { id: ID! item: Item } '
            'type Item @key(fields: "id") { id: ID! }',
            "money": 'type Shop @key(fields: "id") { id: ID! currency: String }',
            "prices": 'type Shop @key(fields: "id") @federation__context(name: "shop") '
            '{ id: ID! currency: String @external } type Item @key(fields: "id") { id: ID! weight: Int '
            'price(currency: String @federation__fromContext(field: "$shop { currency }")): String }',
        },
    )


async def test_a_null_in_a_context_is_passed_on():
    graph = _shop()

    answer = await graph.ask("{ shop { item { price } } }")

    assert answer == {"data": {"shop": {"item": {"price": "in None"}}}}


async def test_a_context_nobody_has_answered_leaves_out_the_field_that_needs_it():
    graph = _shop()
    graph.subgraphs["money"].answer = lambda _: {"errors": [{"message": "out of order"}]}

    answer = await graph.ask("{ shop { item { id price } } }")

    assert answer["data"] == {"shop": {"item": {"id": "i1", "price": None}}}
    assert ["shop", "item", "price"] in [error.get("path") for error in answer["errors"]]
    assert "prices" not in graph.fetches
