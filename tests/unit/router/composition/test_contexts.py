import pytest

from router.composition import CompositionFailed, ErrorCode, HintCode, compose
from tests.unit.router.composition.documents import sources
from tests.unit.router.composition.reading_joins import definition, directives, field

SHOP = (
    'type Query { shop: Shop } type Shop @key(fields: "id") @context(name: "shop") { id: ID! p: Product money: Money }'
    ' type Money { code: String } type Product @key(fields: "id")'
    ' { id: ID! self: Product price(in: String @fromContext(field: "$shop { money { code } }"), digits: Int): Int }'
)


def test_the_supergraph_says_what_a_context_fills_and_callers_see_nothing_of_it():
    composition = compose(sources({"a": SHOP}))

    price = field(composition.supergraph_sdl, "Product.price")
    assert directives(definition(composition.supergraph_sdl, "Shop")) == [
        '@join__type(graph: A, key: "id")',
        '@context(name: "a__shop")',
    ]
    assert [argument.name.value for argument in price.arguments or ()] == ["digits"]
    assert " ".join(directives(price)[0].split()) == (
        '@join__field(graph: A, contextArguments: [ { context: "a__shop" name: "in" type: "String"'
        ' selection: "{ money { code } }" } ])'
    )
    assert '@link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)' in composition.supergraph_sdl
    assert "price(digits: Int): Int" in composition.api_sdl
    assert "context" not in composition.api_sdl


@pytest.mark.parametrize(
    ("selection", "carried"),
    [
        ("$shop ... on Shop { id }", "... on Shop { id }"),
        ("$shop { ... on Shop { id } }", "{ ... on Shop { id } }"),
        ("  $shop,{  id, }", "{ id }"),
    ],
)
def test_a_selection_is_carried_in_one_spelling(selection, carried):
    sdl = SHOP.replace("$shop { money { code } }", selection).replace("in: String", "in: ID")

    (join,) = directives(field(compose(sources({"a": sdl})).supergraph_sdl, "Product.price"))

    assert f'selection: "{carried}"' in join


def test_an_argument_that_is_contextual_in_one_subgraph_only_is_left_out_with_a_hint():
    composition = compose(
        sources(
            {
                "a": SHOP.replace("digits: Int): Int", "digits: Int): Int @shareable"),
                "b": 'type Product @key(fields: "id") { id: ID! price(in: String, digits: Int): Int @shareable }',
            }
        )
    )

    assert [(hint.code, hint.coordinate, hint.subgraphs) for hint in composition.hints] == [
        (HintCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS, "Product.price(in:)", ("b",))
    ]


@pytest.mark.parametrize(
    "graph",
    [
        {"a": SHOP.replace("type Query { shop: Shop }", "type Query { shop: Shop first: Product }")},
        {"a": SHOP, "b": 'type Query { first: Product } type Product @key(fields: "id") { id: ID! }'},
    ],
    ids=["in_its_subgraph", "from_another"],
)
def test_a_field_is_unreachable_where_no_object_above_it_sets_the_context(graph):
    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    (error,) = failure.value.errors
    assert (error.code, error.coordinate) == (ErrorCode.SATISFIABILITY_ERROR, "Product.price")
    assert "{ first { price } }" in error.message
    assert '"a" resolves it with "$shop { money { code } }" from a context' in error.message


def test_an_object_does_not_set_a_context_for_its_own_fields():
    sdl = (
        'type Query { u: U } type U @key(fields: "id") @context(name: "up")'
        ' { id: ID! name: String self: U size(of: String @fromContext(field: "$up { name }")): Int }'
    )

    with pytest.raises(CompositionFailed) as failure:
        compose(sources({"a": sdl}))

    assert [error.coordinate for error in failure.value.errors] == ["U.size"]


def test_what_a_context_gives_may_come_from_another_subgraph():
    graph = {
        "a": SHOP.replace("money: Money", "money: Money @external").replace("code: String", "code: String @shareable"),
        "b": 'type Shop @key(fields: "id") { id: ID! money: Money } type Money { code: String @shareable }',
    }

    sdl = compose(sources(graph)).supergraph_sdl

    assert directives(field(sdl, "Shop.money")) == ["@join__field(graph: A, external: true)", "@join__field(graph: B)"]


def test_a_context_fills_no_argument_of_a_directive():
    sdl = 'directive @d(a: Int @fromContext(field: "$c { p }")) on FIELD type Query @context(name: "c") { p: Int }'

    with pytest.raises(CompositionFailed) as failure:
        compose(sources({"a": sdl}))

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [(ErrorCode.CONTEXT_NOT_SET, "@d(a:)")]


def _boxes(beside_the_code: str) -> dict[str, str]:
    """The code of a box is in one subgraph, its reference in another: no key leads from one to the other."""
    return {
        "a": 'type Query { box: Box @shareable } type Box @key(fields: "ref") '
        '{ ref: ID! leaf: Leaf @shareable } type Leaf @key(fields: "id", resolvable: false) { id: ID! }',
        "b": 'type Query { box: Box @shareable } type Box @key(fields: "code") @context(name: "box") '
        f'{{ code: String! {beside_the_code} }} type Leaf @key(fields: "id") '
        '{ id: ID! size(of: String @fromContext(field: "$box { code }")): Int }',
    }


def test_a_context_is_not_gathered_by_another_way_than_the_one_that_leads_to_the_field():
    with pytest.raises(CompositionFailed) as failure:
        compose(sources(_boxes("")))

    (error,) = failure.value.errors
    assert (error.code, error.coordinate) == (ErrorCode.SATISFIABILITY_ERROR, "Leaf.size")
    assert "{ box { leaf { size } } }" in error.message


def test_of_several_ways_to_a_field_one_that_gives_its_context_is_enough():
    sdl = compose(sources(_boxes("leaf: Leaf @shareable"))).supergraph_sdl

    assert "contextArguments" in " ".join(directives(field(sdl, "Leaf.size")))


def test_each_way_keeps_its_own_contexts_through_the_objects_between():
    graph = _boxes("mid: Mid @shareable")
    graph["a"] = graph["a"].replace("leaf: Leaf @shareable }", "mid: Mid @shareable } type Mid { leaf: Leaf }")
    graph["b"] += " type Mid { other: Int }"

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert [error.coordinate for error in failure.value.errors] == ["Leaf.size"]


def test_a_context_is_not_gathered_from_a_subgraph_that_was_left_and_cannot_be_entered_again():
    graph = {
        "a": 'type Query { box: Box } type Box @key(fields: "ref", resolvable: false) { ref: ID! code: String! }',
        "b": 'type Box @key(fields: "ref") @context(name: "box") { ref: ID! code: String! @external leaf: Leaf } '
        'type Leaf @key(fields: "id") { id: ID! size(of: String @fromContext(field: "$box { code }")): Int }',
    }

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))
    composed = compose(sources(graph | {"a": graph["a"].replace(", resolvable: false", "")}))

    assert [error.coordinate for error in failure.value.errors] == ["Leaf.size"]
    assert composed.hints == ()


_DOORS = {
    "a": 'type Query { room: Room first: Door } type Room @key(fields: "id") @context(name: "room") '
    '{ id: ID! size: Int door: Door } type Door @key(fields: "id") '
    '{ id: ID! width(of: Int @fromContext(field: "$room { size }")): Int @inaccessible }'
}


@pytest.mark.parametrize(
    ("needing", "coordinate"),
    [
        (
            'type Door @key(fields: "id") { id: ID! width: Int @external weight: Int @requires(fields: "width") }',
            "Door.weight",
        ),
        ('type Door @key(fields: "width") { width: Int @external weight: Int }', "Door.weight"),
    ],
    ids=["requires", "key"],
)
def test_a_condition_is_not_met_by_contexts_that_only_some_paths_set(needing, coordinate):
    with pytest.raises(CompositionFailed) as failure:
        compose(sources(_DOORS | {"b": needing}))

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.SATISFIABILITY_ERROR, coordinate)
    ]


def test_a_condition_is_met_by_a_context_that_an_object_within_it_sets():
    house = 'type House @key(fields: "id") { id: ID! room: Room }'
    needing = (
        'type House @key(fields: "id") { id: ID! room: Room @external '
        'weight: Int @requires(fields: "room { door { width } }") } type Room @key(fields: "id") '
        '{ id: ID! door: Door @external } type Door @key(fields: "id") { id: ID! width: Int @external }'
    )
    rooms = _DOORS["a"].replace("room: Room first: Door", "house: House")

    sdl = compose(sources({"a": f"{rooms} {house}", "b": needing})).supergraph_sdl

    assert '@join__field(graph: B, requires: "room { door { width } }")' in directives(field(sdl, "House.weight"))


def test_what_a_context_selects_needs_no_context_itself():
    sdl = (
        'type Query { room: Room } type Room @key(fields: "id") @context(name: "room") { id: ID! size: Int door: Door }'
        ' type Door @key(fields: "id") @context(name: "door")'
        ' { id: ID! width(of: Int @fromContext(field: "$room { size }")): Int lock: Lock }'
        ' type Lock @key(fields: "id") { id: ID! size(of: Int @fromContext(field: "$door { width }")): Int }'
    )

    with pytest.raises(CompositionFailed) as failure:
        compose(sources({"a": sdl}))

    assert [error.coordinate for error in failure.value.errors] == ["Lock.size"]


def test_a_context_that_selects_a_field_it_fills_is_set_by_nothing():
    sdl = (
        'type Query { room: Room } type Room @key(fields: "id") @context(name: "room") { id: ID! door: Door }'
        ' type Door @key(fields: "id") { id: ID! width(of: Int @fromContext(field: "$room { door { width } }")): Int }'
    )

    with pytest.raises(CompositionFailed) as failure:
        compose(sources({"a": sdl}))

    assert [error.coordinate for error in failure.value.errors] == ["Door.width"]
