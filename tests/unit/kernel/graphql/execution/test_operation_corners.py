"""Corners of operations: conditions, merged fields, names of operations, order of mutations, cancellation."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, execute, parse

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


def recorded(events: list[str], name: str, answer: object, ticks: int) -> Callable[..., object]:
    async def resolve(_source: object, _info: object) -> object:
        events.append(f"{name} begins")
        for _ in range(ticks):
            await asyncio.sleep(0)
        events.append(f"{name} ends")
        if isinstance(answer, Exception):
            raise answer
        return answer

    return resolve


async def test_mutations_are_done_one_by_one_with_all_that_is_below_them():
    events: list[str] = []
    schema = schema_with(
        SDL,
        first=recorded(events, "first", shop(), 3),
        second=recorded(events, "second", 2, 0),
        third=recorded(events, "third", 3, 1),
    )
    schema.type_map["Shop"].fields["name"].resolve = recorded(events, "name", "Corner", 2)  # type: ignore[attr-defined]
    text = "mutation { second a: first { name other: name } third b: second }"

    result = await answer_of_both(schema, text)

    names = ["name begins", "name begins", "name ends", "name ends"]
    order = ["second", "first", *names, "third", "second"]
    expected = [event for each in order for event in ([each] if " " in each else [f"{each} begins", f"{each} ends"])]
    assert result.data == {"second": 2, "a": {"name": "Corner", "other": "Corner"}, "third": 3, "b": 2}
    assert events == expected * 2


async def test_a_mutation_goes_on_after_an_error_unless_it_nulls_everything():
    events: list[str] = []
    schema = schema_with(
        SDL,
        first=recorded(events, "first", ValueError("one"), 0),
        second=recorded(events, "second", 2, 0),
        third=recorded(events, "third", ValueError("all"), 0),
    )

    result = await answer_of_both(schema, "mutation { first { name } second third again: second }")

    assert result.data is None
    assert messages(result) == ["one", "all"]
    assert events[: len(events) // 2] == events[len(events) // 2 :]
    assert [event for event in events if "begins" in event][:3] == ["first begins", "second begins", "third begins"]
    assert events.count("second begins") == 2


async def cancelled(answer: Callable[[], Any], started: asyncio.Event) -> str:
    task = asyncio.ensure_future(answer())
    await started.wait()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    return "went on"


@pytest.mark.parametrize("text", ["{ one }", "{ one two }", "{ shop { next { name } } one }"])
async def test_cancelling_an_operation_cancels_its_resolvers(text: str):
    """As servers do when the client has gone."""
    ends: list[str] = []
    started = asyncio.Event()

    async def wait_for_ever(_source: object, info: Any) -> object:
        started.set()
        try:
            return await asyncio.Event().wait()
        finally:
            ends.append(info.field_name)

    schema = schema_with(SDL, one=wait_for_ever, two=wait_for_ever)
    schema.type_map["Shop"].fields["name"].resolve = wait_for_ever  # type: ignore[attr-defined]
    document, root = parse(text), {"shop": shop(next=shop())}

    expected = await cancelled(lambda: execute(schema, document, root), started)
    await asyncio.sleep(0)
    expected_ends = sorted(ends)
    ends.clear()
    started.clear()
    got = await cancelled(lambda: CompiledExecutor(schema).execute(document, root_value=root), started)
    await asyncio.sleep(0)

    assert (got, sorted(ends)) == (expected, expected_ends) == ("cancelled", expected_ends)
    assert expected_ends


async def test_a_resolver_that_is_cancelled_from_within_ends_the_operation():
    async def give_up(_source: object, _info: object) -> object:
        raise asyncio.CancelledError

    schema = schema_with(SDL, one=give_up)

    with pytest.raises(asyncio.CancelledError):
        await execute(schema, parse("{ one }"))  # type: ignore[misc]
    with pytest.raises(asyncio.CancelledError):
        await CompiledExecutor(schema).execute(parse("{ one }"))


async def test_a_resolver_among_others_that_is_cancelled_from_within_ends_the_operation():
    class Cancelled:
        def __await__(self) -> Generator[None, None, object]:
            yield
            raise asyncio.CancelledError

    async def give_up(_source: object, _info: object) -> object:
        raise asyncio.CancelledError

    schema = schema_with(SDL, one=give_up)
    root = {"two": Cancelled(), "shop": shop(all=[Cancelled(), shop()])}

    for text in ("{ one two a: one }", "{ two b: two }", "{ shop { all { name } } a: one }"):
        with pytest.raises(asyncio.CancelledError):
            await execute(schema, parse(text), root)  # type: ignore[misc]
        with pytest.raises(asyncio.CancelledError):
            await CompiledExecutor(schema).execute(parse(text), root_value=root)


async def test_cancelling_an_operation_cancels_what_stands_for_values():
    ends: list[str] = []
    started = asyncio.Event()

    async def wait_for_ever() -> object:
        started.set()
        try:
            return await asyncio.Event().wait()
        finally:
            ends.append("ended")

    schema = schema_with(
        SDL, one=lambda _source, _info: wait_for_ever(), anything=lambda _source, _info: [wait_for_ever() for _ in "ab"]
    )

    got = await cancelled(
        lambda: CompiledExecutor(schema).execute(parse("{ one anything { ... on Named { name } } }")), started
    )

    assert (got, ends) == ("cancelled", ["ended"] * 3)


async def test_resolvers_of_one_level_run_concurrently():
    meeting = asyncio.Barrier(3)

    async def meet(_source: object, _info: object) -> int:
        await meeting.wait()
        return 1

    schema = schema_with(SDL, one=meet, two=meet, must=meet)

    result = await asyncio.wait_for(answer_of_both(schema, "{ one two must }"), 5)

    assert result.data == {"one": 1, "two": 1, "must": 1}


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
