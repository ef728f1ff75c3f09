"""Corners of operations: conditions, merged fields, names, places of errors, what is left to graphql-core."""

import pytest
from graphql import DocumentNode, GraphQLError, parse

from kernel.graphql.execution import CompiledExecutor
from tests.factories.executors import answer_of_both, messages, schema_with

SDL = """
interface Named { name: String }
type Shop implements Named { name: String, size(a: Int, b: Int): String, next: Shop, must: Int!, all: [Shop!]! }
type Person implements Named { name: String, next: Named }
union Anything = Shop | Person
type Query { shop: Shop, one: Int, two: Int, anything: [Anything], named: Named, must: Int! }
type Mutation { first: Shop, second: Int, third: Int! }
type Subscription { ticks: Int }
"""


def shop(**fields: object) -> dict[str, object]:
    return {"__typename": "Shop", "name": "Corner", **fields}


@pytest.mark.parametrize(
    ("declared", "variables", "expected"),
    [
        ("$x: Boolean = true", {}, {"one": 1}),
        ("$x: Boolean = false", {}, {}),
        ("$x: Boolean = false", {"x": True}, {"one": 1}),
        ("$x: Boolean = true", {"x": False}, {}),
        ("$x: Boolean!", {"x": True}, {"one": 1}),
    ],
)
async def test_a_field_is_included_by_a_variable(declared: str, variables: dict[str, object], expected: object):
    text = f"query ({declared}) {{ one @include(if: $x) }}"

    result = await answer_of_both(schema_with(SDL), text, {"one": 1}, variables=variables)

    assert result.data == expected


@pytest.mark.parametrize("directive", ["skip", "include"])
@pytest.mark.parametrize("variables", [{}, {"x": None}])
async def test_a_condition_without_a_truth_stops_the_operation(directive: str, variables: dict[str, object]):
    """`Boolean = true` may stand where `Boolean!` is wanted, and then be null all the same."""
    declared = "$x: Boolean = true" if variables else "$x: Boolean"
    text = f"query ({declared}) {{ two one @{directive}(if: $x) }}"

    result = await answer_of_both(
        schema_with(SDL), text, {"one": 1, "two": 2}, variables=variables, fallbacks={"condition": 1}
    )

    assert result.data is None
    assert len(messages(result)) == 1


async def test_a_condition_below_an_object_without_a_truth_fails_where_it_stands():
    text = "query ($x: Boolean = true) { one shop { name @skip(if: $x) } }"

    result = await answer_of_both(
        schema_with(SDL), text, {"one": 1, "shop": shop()}, variables={"x": None}, fallbacks={"condition": 1}
    )

    assert result.data == {"one": 1, "shop": None}
    assert [error.path for error in result.errors or ()] == [["shop"]]


@pytest.mark.parametrize(("skip", "include"), [(True, True), (True, False), (False, True), (False, False)])
async def test_a_field_that_is_skipped_is_not_included(skip: bool, include: bool):
    text = "query ($s: Boolean!, $i: Boolean!) { two one @skip(if: $s) @include(if: $i) ... @skip(if: $s) { a: one } }"

    result = await answer_of_both(schema_with(SDL), text, {"one": 1, "two": 2}, variables={"s": skip, "i": include})

    assert list(result.data) == ["two", *(["one"] if include and not skip else []), *([] if skip else ["a"])]


async def test_one_document_serves_every_truth_of_its_conditions():
    executor = CompiledExecutor(schema_with(SDL))
    document = parse("query ($a: Boolean!, $b: Boolean!) { one @skip(if: $a) two @include(if: $b) }")

    answers = [
        (await executor.execute(document, root_value={"one": 1, "two": 2}, variable_values={"a": a, "b": b})).data
        for a in (True, False)
        for b in (True, False)
    ]

    assert answers == [{"two": 2}, {}, {"one": 1, "two": 2}, {"one": 1}]


async def test_fields_of_one_key_merge_whatever_the_order_of_their_arguments():
    calls: list[dict[str, object]] = []

    def size(_source: object, _info: object, **arguments: object) -> str:
        calls.append(arguments)
        return "big"

    schema = schema_with(SDL)
    schema.type_map["Shop"].fields["size"].resolve = size  # type: ignore[attr-defined]
    text = """
      { shop { ...A s: size(b: 2, a: 1) ... on Named { next: name } ... on Shop { s: size(a: 1, b: 2) last: name } } }
      fragment A on Shop { last: name s: size(a: 1, b: 2) }
    """

    result = await answer_of_both(schema, text, {"shop": shop()})

    assert list(result.data["shop"].items()) == [("last", "Corner"), ("s", "big"), ("next", "Corner")]
    # once by each executor
    assert calls == [{"a": 1, "b": 2}] * 2


async def test_fields_of_one_key_that_should_not_merge_take_the_first():
    """Validation refuses this document; an executor takes the first field's name and arguments."""
    result = await answer_of_both(schema_with(SDL), "{ x: one x: two }", {"one": 1, "two": 2})

    assert result.data == {"x": 1}


async def test_every_node_of_a_merged_field_is_a_location_of_its_error():
    text = "{ shop { must }\n  ... on Query { shop { must } }\n}"

    result = await answer_of_both(schema_with(SDL), text, {"shop": shop(must=ValueError("no"))})

    (error,) = result.errors or ()
    assert result.data == {"shop": None}
    assert [(location.line, location.column) for location in error.locations or ()] == [(1, 10), (2, 25)]


async def test_each_type_of_a_union_has_its_own_order_of_keys():
    fragments = "... on Person { kind: __typename name } ... on Shop { name } ... on Named { name kind: __typename }"
    text = f"{{ anything {{ {fragments} }} }}"
    root = {"anything": [shop(), {"__typename": "Person", "name": "Ann"}, None, {"__typename": "Nobody"}, 5]}

    result = await answer_of_both(schema_with(SDL), text, root)

    assert [list((each or {}).items()) for each in result.data["anything"]] == [
        [("name", "Corner"), ("kind", "Shop")],
        [("kind", "Person"), ("name", "Ann")],
        [],
        [],
        [],
    ]
    assert [error.path for error in result.errors or ()] == [["anything", 3], ["anything", 4]]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("query A { one } query B { two }", None, "Must provide operation name if query contains multiple operations."),
        ("query A { one }", "B", "Unknown operation named 'B'."),
        ("fragment F on Query { one }", None, "Must provide an operation."),
    ],
)
async def test_an_operation_that_is_not_there_is_a_request_error(text: str, name: str | None, message: str):
    result = await answer_of_both(schema_with(SDL), text, name=name, fallbacks={"no_operation": 1})

    assert result.data is None
    assert messages(result) == [message]


async def test_one_of_several_operations_is_executed():
    text = "query A { one } query B { two } mutation C { second }"

    results = [
        await answer_of_both(schema_with(SDL), text, {"one": 1, "two": 2, "second": 3}, name=name) for name in "ABC"
    ]

    assert [result.data for result in results] == [{"one": 1}, {"two": 2}, {"second": 3}]


async def test_unknown_fields_and_fragments_are_left_out():
    """Validation refuses these documents; executors ignore what they do not know."""
    text = "{ nothing one ...Missing ... on Nowhere { two } }"

    result = await answer_of_both(schema_with(SDL), text, {"one": 1})

    assert result.data == {"one": 1}


async def test_an_error_that_has_a_path_already_keeps_it():
    elsewhere = GraphQLError("elsewhere", path=["other", 3], extensions={"code": "FAR"})

    result = await answer_of_both(schema_with(SDL), "{ one two }", {"one": elsewhere, "two": GraphQLError("here")})

    assert [error.path for error in result.errors or ()] == [["other", 3], ["two"]]
    assert (result.errors or [])[0].extensions == {"code": "FAR"}


async def test_one_exception_may_be_the_error_of_many_fields():
    same = LookupError("same")

    result = await answer_of_both(
        schema_with(SDL), "{ one two shop { must } }", {"one": same, "two": same, "shop": same}
    )

    assert result.data == {"one": None, "two": None, "shop": None}
    assert [error.path for error in result.errors or ()] == [["one"], ["two"], ["shop"]]


async def test_an_error_in_a_list_of_things_that_must_be_there_nulls_the_nearest_that_may_not():
    nodes = [shop(must=1), shop(must=None), shop(must=3)]

    result = await answer_of_both(
        schema_with(SDL), "{ shop { all { must } } one }", {"shop": shop(all=nodes), "one": 1}
    )

    assert result.data == {"shop": None, "one": 1}
    assert [error.path for error in result.errors or ()] == [["shop", "all", 1, "must"]]


async def test_a_document_that_is_a_copy_of_another_is_compiled_for_itself():
    executor = CompiledExecutor(schema_with(SDL))
    documents: list[DocumentNode] = [parse("{ one }"), parse("{ two }"), parse("{ one }")]

    answers = [(await executor.execute(each, root_value={"one": 1, "two": 2})).data for each in documents]

    assert answers == [{"one": 1}, {"two": 2}, {"one": 1}]


async def test_an_operation_without_its_root_type_is_a_request_error():
    schema = schema_with("type Query { one: Int }")

    result = await answer_of_both(schema, "mutation { one }", fallbacks={"no_root_type": 1})

    assert messages(result) == ["Schema is not configured to execute mutation operation."]


async def test_errors_that_do_not_propagate_are_left_to_graphql_core():
    text = "query @experimental_disableErrorPropagation { must one }"

    result = await answer_of_both(
        schema_with(SDL), text, {"must": None, "one": 1}, fallbacks={"no_error_propagation": 1}
    )

    assert result.data == {"must": None, "one": 1}


async def test_fragments_with_variables_of_their_own_are_left_to_graphql_core():
    text = "{ shop { ...F(n: 3) } } fragment F($n: Int = 1) on Shop { size(a: $n) }"
    document = parse(text, experimental_fragment_arguments=True)
    root = {"shop": shop(size=lambda _info, a: str(a))}

    result = await answer_of_both(schema_with(SDL), document, root, fallbacks={"fragment_variables": 1})

    assert result.data == {"shop": {"size": "3"}}


async def test_a_subscription_is_left_to_graphql_core():
    text = "subscription { ticks }"

    result = await answer_of_both(schema_with(SDL), text, {"ticks": 1}, fallbacks={"subscription": 1})

    assert result.data == {"ticks": 1}


async def test_what_another_operation_of_the_document_asks_is_no_obstacle():
    document = parse(
        "query One { ...A } query Two($x: Boolean!) { ...B } fragment A on Query { ...C } fragment C on Query { one }"
        " fragment B on Query { two @include(if: $x) }"
    )
    executor = CompiledExecutor(schema_with(SDL))

    result = await executor.execute(document, root_value={"one": 1, "two": 2}, operation_name="One")

    assert result.data == {"one": 1}
    assert (executor.statistics.compiled, dict(executor.statistics.fallbacks)) == (1, {})
