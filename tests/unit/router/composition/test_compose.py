from itertools import permutations

import pytest
from graphql import build_schema, parse, print_ast, validate_schema
from hypothesis import given
from hypothesis import strategies as st

from router.composition import CompositionFailed, ErrorCode, SubgraphSource, compose
from tests.unit.router.composition.documents import linked, sources
from tests.unit.router.composition.reading_joins import definition, directives, field
from tests.unit.router.composition.rule_cases import EVERY_CASE

SHOP = {
    "catalog": """
        type Query { product(id: ID!): Product products: [Product!]! @tag(name: "public") }
        "What is sold."
        type Product @key(fields: "id") @key(fields: "sku store { id }") {
          id: ID!
          sku: String!
          store: Store!
          "The name on the shelf."
          name: String! @shareable
          weight: Int
          price(currency: Currency = EUR): Money!
        }
        type Store @key(fields: "id") { id: ID! }
        type Money @shareable { amount: String! currency: Currency! }
        enum Currency { EUR USD }
    """,
    "inventory": """
        type Query { lowStock: [Product!]! @provides(fields: "name") }
        type Mutation { reserve(id: ID!): Product @inaccessible count(id: ID!): Product }
        type Product @key(fields: "id") {
          id: ID!
          name: String! @external
          weight: Int @external
          available: Int!
          shippingFee: Int @requires(fields: "weight") @requiresScopes(scopes: [["stock:read"]])
        }
    """,
    "reviews": """
        type Product @key(fields: "id") { id: ID! reviews(first: Int = 10, order: Order): [Review!]! }
        type Review { id: ID! text: String @deprecated(reason: "Use body.") body: String author: Author }
        union Author = Shopper | Guest
        type Shopper { name: String } type Guest { alias: String }
        enum Order { NEWEST OLDEST }
        scalar Stars @specifiedBy(url: "https://example.com/stars")
    """,
}


def test_the_order_of_subgraphs_makes_no_difference():
    results = {compose(order).supergraph_sdl for order in permutations(sources(SHOP))}

    assert len(results) == 1


@given(case=st.sampled_from(EVERY_CASE), random=st.randoms(use_true_random=False), is_refused=st.booleans())
def test_no_graph_composes_differently_in_another_order(case, random, is_refused):
    ordered = sources(case.refused if is_refused else case.accepted)
    shuffled = random.sample(ordered, len(ordered))

    assert _outcome(shuffled) == _outcome(ordered)


def _outcome(subgraphs: list[SubgraphSource]) -> object:
    try:
        return compose(subgraphs)
    except CompositionFailed as failure:
        return failure.errors


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: f"{case.code}{case.name}")
def test_supergraph_and_public_schema_are_valid_graphql(case):
    composition = compose(sources(case.accepted))

    assert validate_schema(build_schema(composition.supergraph_sdl)) == []
    assert validate_schema(build_schema(composition.api_sdl)) == []


def test_printing_and_parsing_the_supergraph_loses_nothing():
    sdl = compose(sources(SHOP)).supergraph_sdl

    assert print_ast(parse(print_ast(parse(sdl)))) == print_ast(parse(sdl))
    assert build_schema(sdl).query_type is not None


def test_each_key_of_an_entity_is_a_join():
    sdl = compose(sources(SHOP)).supergraph_sdl

    assert directives(definition(sdl, "Product")) == [
        '@join__type(graph: CATALOG, key: "id")',
        '@join__type(graph: CATALOG, key: "sku store { id }")',
        '@join__type(graph: INVENTORY, key: "id")',
        '@join__type(graph: REVIEWS, key: "id")',
    ]


def test_a_field_records_who_resolves_it_and_on_what_terms():
    sdl = compose(sources(SHOP)).supergraph_sdl

    assert directives(field(sdl, "Product.id")) == []
    assert directives(field(sdl, "Product.name")) == [
        "@join__field(graph: CATALOG)",
        "@join__field(graph: INVENTORY, external: true)",
    ]
    assert directives(field(sdl, "Product.shippingFee")) == [
        '@join__field(graph: INVENTORY, requires: "weight")',
        '@requiresScopes(scopes: [["stock:read"]])',
    ]
    assert directives(field(sdl, "Query.lowStock")) == ['@join__field(graph: INVENTORY, provides: "name")']


def test_the_public_schema_has_neither_machinery_nor_what_is_inaccessible():
    api = compose(sources(SHOP)).api_sdl

    assert "join__" not in api
    assert "@tag" not in api
    assert "@requiresScopes" not in api
    assert "reserve" not in api
    assert "count(id: ID!): Product" in api
    assert '@deprecated(reason: "Use body.")' in api
    assert '"""What is sold."""' in api


def test_an_inaccessible_mutation_stays_in_the_supergraph():
    sdl = compose(sources(SHOP)).supergraph_sdl

    assert directives(field(sdl, "Mutation.reserve")) == ["@inaccessible"]
    assert '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)' in sdl


def test_only_features_in_use_are_linked():
    sdl = compose(sources({"a": "type Query { ping: Boolean }"})).supergraph_sdl

    links = [line.strip() for line in sdl.splitlines() if line.strip().startswith("@link")]
    assert links == [
        '@link(url: "https://specs.apollo.dev/link/v1.0")',
        '@link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)',
    ]


def test_every_subgraph_has_a_query_because_each_answers_entities():
    sdl = compose(sources(SHOP)).supergraph_sdl

    assert directives(definition(sdl, "Query")) == [
        "@join__type(graph: CATALOG)",
        "@join__type(graph: INVENTORY)",
        "@join__type(graph: REVIEWS)",
    ]
    assert directives(field(sdl, "Query.product")) == ["@join__field(graph: CATALOG)"]


def test_subgraph_names_become_distinct_enum_values():
    graph = {name: f"type Query {{ f{place}: Int }}" for place, name in enumerate(["a-b", "A_B", "9lives", "x_1"])}

    sdl = compose(sources(graph)).supergraph_sdl

    values = [line.split()[0] for line in sdl.splitlines() if "@join__graph(name: " in line and "directive" not in line]
    assert values == ["_9LIVES", "A_B_1", "A_B_2", "X_1_"]


@pytest.mark.parametrize(
    ("sdl", "place", "message"),
    [
        ("type Query { ping: ", "", "line 1"),
        ("type Query { ping: Pong }", "Pong", "Unknown type 'Pong'"),
        ("type Query { ping: Int } type Query { pong: Int }", "Query", "only one definition"),
        ("type Query { ping: Int @shareable }", "@shareable", 'import "@shareable"'),
        ("type Query { n: N } interface N { id: ID! } type P implements N { x: Int }", "P", "N.id"),
        ("directive @d on FIELD directive @d on QUERY type Query { ping: Int }", "@d", "more than once"),
        ("type Query { ping: Int } query Ping { ping }", "Ping", "no operations"),
        ("type Query { ping: Int } fragment F on Query { ping }", "F", "no operations"),
        (
            "type Query { ping(by: By = { a: { b: 1 } }): Int } input By { a: A } input A { b: B } type B { c: Int }",
            "b",
            "The type of A.b must be Input Type but got: B.",
        ),
        ("schema { query: R mutation: R } type R { ping: Int }", "R", "two kinds of operations"),
        ("schema { query: Query mutation: M } type Query { ping: Int }", "M", "no object type"),
        ("schema { query: Q } scalar Q type E { ping: Int }", "Q", "no object type"),
    ],
)
def test_invalid_graphql_is_refused_at_its_place(sdl, place, message):
    with pytest.raises(CompositionFailed) as failure:
        compose([SubgraphSource("a", "", sdl)])

    error = failure.value.errors[0]
    assert error.code is ErrorCode.INVALID_GRAPHQL
    assert error.subgraphs == ("a",)
    assert place in error.coordinate
    assert message in error.message


@pytest.mark.parametrize(
    "applied",
    ["@tag(name: 5)", "@requiresScopes(scopes: [[READ]])", "@cost(weight: 1.5)"],
)
def test_a_directive_given_the_wrong_literal_is_refused(applied):
    with pytest.raises(CompositionFailed) as failure:
        compose(sources({"a": f"type Query {{ ping: Int {applied} }}"}))

    found = [(error.code, error.coordinate) for error in failure.value.errors]
    assert found == [(ErrorCode.INVALID_GRAPHQL, applied.partition("(")[0])]


def test_scopes_without_brackets_are_lists_of_one():
    sdl = compose(sources({"a": 'type Query { n: Int @requiresScopes(scopes: ["a", "b"]) }'})).supergraph_sdl

    assert directives(field(sdl, "Query.n")) == ['@requiresScopes(scopes: [["a"], ["b"]])']


def test_a_merged_schema_that_is_no_graphql_is_refused():
    graph = {
        "a": "type Query { n: N } interface N { id: ID! } type A implements N { id: ID! @shareable }",
        "b": "type Query { m: N } interface N implements M { id: ID! } interface M { id: ID! }"
        " type B implements N & M { id: ID! }",
    }

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert [error.code for error in failure.value.errors] == [ErrorCode.INVALID_GRAPHQL]
    assert "Type A must implement M" in failure.value.errors[0].message


@pytest.mark.parametrize("names", [["_"], ["a", "a"], [""]])
def test_subgraphs_need_names_that_tell_them_apart(names):
    with pytest.raises(CompositionFailed) as failure:
        compose([SubgraphSource(name, "", "type Query { ping: Int }") for name in names])

    assert {error.code for error in failure.value.errors} == {ErrorCode.INVALID_SUBGRAPH_NAME}


def test_no_subgraphs_are_no_graph():
    with pytest.raises(CompositionFailed) as failure:
        compose([])

    assert [error.code for error in failure.value.errors] == [ErrorCode.NO_QUERIES]


def test_a_failure_reads_as_code_place_subgraphs_and_reason():
    graph = {"a": "type Query { total: Int @shareable }", "b": "type Query { total: Int }"}

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert str(failure.value) == (
        "The subgraphs do not compose (1 error):\n"
        '  INVALID_FIELD_SHARING Query.total [a, b]: the field is resolved by "a", "b",'
        ' but it is not @shareable in "b"'
    )


def test_errors_of_all_subgraphs_are_found_at_once():
    graph = {"a": "type Query { ping: Pong }", "b": linked("type Query { q: Quux }")}

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert [error.subgraphs for error in failure.value.errors] == [("a",), ("b",)]


def test_an_implementation_may_deprecate_what_its_interface_keeps():
    graph = {"a": "type Query { n: Node } interface Node { x: Int } type A implements Node { x: Int @deprecated }"}

    assert "x: Int @deprecated" in compose(sources(graph)).api_sdl


@pytest.mark.parametrize(
    ("directive", "code"),
    [
        ('@key(fields: "")', ErrorCode.KEY_INVALID_FIELDS),
        ('@key(fields: "node")', ErrorCode.KEY_FIELDS_SELECT_INVALID_TYPE),
        ('@requires(fields: "next")', ErrorCode.REQUIRES_INVALID_FIELDS),
        ('@provides(fields: "next")', ErrorCode.PROVIDES_INVALID_FIELDS),
    ],
)
def test_a_field_set_that_is_wrong_by_itself_has_one_error(directive, code):
    on_type, on_field = (directive, "") if "key" in directive else ("", directive)
    graph = {"a": f"type Query {{ p: P }} type P {on_type} {{ next: P {on_field} node: N }} interface N {{ x: Int }}"}

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert [error.code for error in failure.value.errors] == [code]
