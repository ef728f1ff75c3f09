"""The compiled executor answers as graphql-core does, for schemas made by graphql-core."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, build_schema, execute, get_introspection_query, parse

from kernel.graphql.execution import CompiledExecutor, CompileLimits, Fallback, Plan

SDL = """
    interface Named { name: String }
    type Cat implements Named { name: String  lives: Int! }
    type Dog implements Named { name: String  barks: Boolean! }
    union Pet = Cat | Dog
    enum Colour { RED GREEN }
    scalar Moment
    input Box { width: Int = 3, tags: [String!] }
    type Node {
      id: ID! label: String count: Int! ratio: Float colour: Colour at: Moment
      child: Node other: Node! nodes: [Node!] maybe: [Node] must: [Node!]! grid: [[Int]] words: [String!]!
      pets: [Pet] named: Named echo(text: String = "x", box: Box): String size(n: Int!): Int
    }
    type Query { node: Node sure: Node! count: Int text: String must: Int! }
    type Mutation { first: Node second: Node! third: Int }
"""


class Moment:
    """A value of a custom scalar."""

    def __str__(self) -> str:
        return "noon"


def schema_of(**resolvers: Callable[..., object]) -> GraphQLSchema:
    """The schema with some resolvers, named `Type_field`."""
    schema = build_schema(SDL)
    for name, resolver in resolvers.items():
        type_name, field = name.split("_", 1)
        schema.type_map[type_name].fields[field].resolve = resolver  # type: ignore[attr-defined]
    return schema


async def both(schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> tuple[ExecutionResult, ...]:
    """What graphql-core and the compiled executor answer; the latter without falling back."""
    document = parse(text)
    executor = CompiledExecutor(schema)

    expected = execute(schema, document, root, **options)
    if asyncio.iscoroutine(expected):
        expected = await expected
    found = await executor.execute(document, root_value=root, **options)

    assert not executor.statistics.fallbacks
    return expected, found


async def assert_equal(schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> ExecutionResult:
    expected, found = await both(schema, text, root, **options)

    assert repr(found.data) == repr(expected.data)
    assert [described(error) for error in found.errors or ()] == [described(error) for error in expected.errors or ()]
    return found


async def assert_equal_anew(schema: GraphQLSchema, text: str, root: Callable[[], Any]) -> None:
    """Like `assert_equal`, for values that can be had once only."""
    value = root()
    if asyncio.iscoroutine(value["node"]["at"]):
        value["node"]["at"] = asyncio.ensure_future(value["node"]["at"])
    await assert_equal(schema, text, value)


def described(error: Any) -> tuple[object, ...]:
    return error.message, error.path, error.locations, type(error.original_error)


def node(**fields: object) -> dict[str, object]:
    return {"id": "1", "count": 1, "words": [], "must": [], **fields}


async def later(value: Any) -> Any:
    """A value that takes a while."""
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


class Attributes:
    """An object with attributes and a method."""

    id = 7
    label = "seven"
    count = 7.0

    def child(self, _info: object) -> "Attributes":
        return self

    def echo(self, _info: object, text: str, box: object = None) -> str:
        return f"{text}{box}"


LEAVES = "{ node { id label count ratio colour at __typename } }"


async def test_leaves_are_serialized_as_by_graphql_core():
    colours = schema_of()

    for root in (
        node(label="a", ratio=1.5, colour="RED", at="now"),
        node(id=5, label=True, count="12", ratio=2, colour="RED", at=Moment()),
        node(label=None, ratio=None, colour=None, at=None),
        node(label=1.0, ratio=True, count=True),
        node(ratio=-0.0, count=-0.0),
        node(ratio=float("nan")),
        node(ratio=float("inf"), count=2**31),
        node(colour="BLUE", label=["no"], at=ValueError("value")),
        node(id=None),
        node(count=None),
        Attributes(),
    ):
        await assert_equal(colours, LEAVES, {"node": root})


async def test_a_scalar_that_is_text_of_anything_gives_the_text():
    class Word(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "a word"

    schema = schema_of()
    schema.type_map["Moment"].coerce_output_value = str  # type: ignore[attr-defined]

    for value in ("now", Word("x"), Moment(), 5, None, ["list"], ValueError("at"), later("soon")):
        await assert_equal_anew(schema, "{ node { id at } }", lambda value=value: {"node": node(at=value)})


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        5,
        [None],
        [node(), None, node(id=None)],
        (node(), node()),
        (node() for _ in range(0)),
        [ValueError("item")],
        ValueError("list"),
        {},
    ],
)
@pytest.mark.parametrize("field", ["nodes", "maybe", "must", "other", "child", "words", "grid", "pets", "named"])
async def test_any_value_in_any_position_gives_what_graphql_core_gives(field: str, value: object):
    selection = {"words": "", "grid": "", "pets": "{ __typename }", "named": "{ name }"}.get(field, "{ id count }")
    text = (
        f"{{ before: count node {{ label other {{ id }} {field} {selection} id }} sure {{ id {field} {selection} }} }}"
    )

    await assert_equal(
        schema_of(), text, {"node": node(**{"other": node(), field: value}), "sure": node(**{field: value})}
    )


@pytest.mark.parametrize("field", ["nodes", "maybe", "must", "other", "child", "pets", "named", "label", "id"])
@pytest.mark.parametrize(
    "value", [None, ValueError("late"), node(), [node(), None], [ValueError("item"), node(id=None)]]
)
async def test_awaitable_values_give_what_graphql_core_gives(field: str, value: object):
    selection = {"pets": "{ __typename }", "named": "{ name }", "label": "", "id": ""}.get(field, "{ id child { id } }")
    text = f"{{ node {{ label {field} {selection} count }} after: text }}"

    def resolve(source: Any, _info: object) -> object:
        return later(source.get(field))

    await assert_equal(schema_of(**{f"Node_{field}": resolve}), text, {"node": node(**{field: value})})


async def test_items_of_a_list_may_be_awaitable():
    text = "{ node { maybe { id child { id } } grid } }"

    def maybe(_source: object, _info: object) -> object:
        return [later(node(child=node())), node(), later(None), later(ValueError("no")), None]

    def grid(_source: object, _info: object) -> object:
        return [[1, later(2)], later([3]), later(None)]

    await assert_equal(schema_of(Node_maybe=maybe, Node_grid=grid), text, {"node": node()})


async def test_async_generators_are_lists():
    async def nodes(_source: object, _info: object) -> Any:
        for number in range(3):
            await asyncio.sleep(0)
            yield node(id=number, child=later(node(id=f"{number}c")))

    async def failing(_source: object, _info: object) -> Any:
        yield node()
        raise ValueError("stopped")

    await assert_equal(
        schema_of(Node_nodes=nodes, Node_maybe=failing), "{ node { nodes { id child { id } } } }", {"node": node()}
    )
    await assert_equal(schema_of(Node_nodes=nodes, Node_maybe=failing), "{ node { maybe { id } } }", {"node": node()})


async def test_abstract_types_are_told_by_typename_and_by_is_type_of():
    schema = schema_of()
    schema.type_map["Dog"].is_type_of = lambda value, _info: "barks" in value  # type: ignore[attr-defined]
    schema.type_map["Cat"].is_type_of = lambda value, _info: later("lives" in value)  # type: ignore[attr-defined]
    cat, dog = {"__typename": "Cat", "name": "Tom", "lives": 9}, {"name": "Rex", "barks": True}
    text = """{ node { pets { __typename ... on Named { name } ...cat ... on Dog { barks } } named { name ...cat } } }
        fragment cat on Cat { lives name }"""

    await assert_equal(
        schema, text, {"node": node(pets=[cat, dog, {"name": "?"}, {"__typename": "Node"}, None], named=dog)}
    )
    await assert_equal(schema, text, {"node": node(pets=[cat], named={"__typename": "Nobody"})})


async def test_methods_of_objects_are_called_with_arguments():
    text = '{ node { id label child { id child { label } } echo a: echo(text: "t", box: {tags: ["u"]}) } }'

    await assert_equal(schema_of(), text, {"node": Attributes()})
    await assert_equal(schema_of(), "{ count text }", {"count": lambda _info: 5, "text": lambda _info: later("x")})


async def test_arguments_come_from_constants_variables_and_defaults():
    def echo(_source: object, _info: object, **given: object) -> str:
        return repr(given)

    schema = schema_of(Node_echo=echo)
    text = """query ($t: String, $w: Int, $tags: [String!] = ["d"], $box: Box) { node {
        a: echo b: echo(text: null) c: echo(text: $t) d: echo(box: {width: $w, tags: $tags}) e: echo(box: $box)
        f: echo(text: "s", box: {}) } }"""

    await assert_equal(schema, text, {"node": node()})
    await assert_equal(
        schema, text, {"node": node()}, variable_values={"t": "v", "w": 1, "tags": "one", "box": {"width": None}}
    )
    await assert_equal(schema, text, {"node": node()}, variable_values={"t": 5, "box": {"depth": 1}})


async def test_a_bad_argument_fails_at_each_object():
    def size(_source: object, _info: object, n: int) -> int:
        return n

    text = "query ($n: Int) { node { nodes { size(n: $n) id } } }"

    found = await assert_equal(schema_of(Node_size=size), text, {"node": node(nodes=[node(), node()])})

    assert len(found.errors or ()) == 2


async def test_input_given_to_a_resolver_is_not_shared_between_operations():
    def echo(_source: object, _info: object, box: Any, text: str) -> str:
        box["tags"].append(text)
        return str(box["tags"])

    executor = CompiledExecutor(schema_of(Node_echo=echo))
    document = parse('{ node { echo(box: {tags: ["a"]}) } }')

    answers = [await executor.execute(document, root_value={"node": node()}) for _ in range(2)]

    assert [answer.data for answer in answers] == [{"node": {"echo": "['a', 'x']"}}] * 2


async def test_skip_and_include_make_one_plan_for_each_combination():
    schema, root = schema_of(), {"node": node(label="l"), "count": 1}
    text = """query ($a: Boolean!, $b: Boolean = false) {
        node @skip(if: $a) { id label @include(if: $b) ... @include(if: $b) { count } }
        count @include(if: true) text @skip(if: true) }"""

    for a in (True, False):
        for b in (True, False):
            await assert_equal(schema, text, root, variable_values={"a": a, "b": b})
    executor = CompiledExecutor(schema)
    document = parse(text)
    for a in (True, False, True):
        await executor.execute(document, root_value=root, variable_values={"a": a})

    assert (executor.statistics.compiled, executor.statistics.hits) == (2, 1)


async def test_fields_of_the_same_key_are_merged_in_the_order_of_their_first():
    text = """{ node { id ...late label } count node { child { id } ...late } }
        fragment late on Node { child { label ...deeper } id }  fragment deeper on Node { child { id } }"""

    await assert_equal(schema_of(), text, {"node": node(child=node(child=node())), "count": 1})


async def test_mutations_run_one_after_the_other_each_with_everything_below():
    seen: list[str] = []

    def step(name: str, value: object) -> Callable[..., object]:
        async def resolve(_source: object, _info: object) -> object:
            seen.append(f"{name} starts")
            await asyncio.sleep(0)
            seen.append(f"{name} ends")
            return value

        return resolve

    schema = schema_of(
        Mutation_first=step("first", node()),
        Node_child=step("child", None),
        Mutation_second=lambda _source, _info: seen.append("second") or node(),
        Mutation_third=step("third", 3),
    )
    text = "mutation { third first { id child { id } } second { child { id } } again: third }"

    found = await assert_equal(schema, text)

    assert found.data is not None
    assert list(found.data) == ["third", "first", "second", "again"]
    assert seen[: len(seen) // 2] == seen[len(seen) // 2 :]


async def test_a_mutation_stops_at_the_first_field_that_nulls_everything():
    called: list[str] = []

    def third(_source: object, _info: object) -> int:
        called.append("third")
        return 3

    schema = schema_of(Mutation_second=lambda _source, _info: later(None), Mutation_third=third)

    found = await assert_equal(schema, "mutation { a: third second { id } b: third }")

    assert found.data is None
    assert called == ["third", "third"]  # once by each executor


async def test_an_error_above_hides_what_fails_below_later():
    def child(_source: object, _info: object) -> object:
        return later(ValueError("late"))

    schema = schema_of(Node_child=child, Node_count=lambda _source, _info: None)

    found = await assert_equal(schema, "{ node { child { id } count } text }", {"node": node(), "text": "t"})

    assert [error.message for error in found.errors or ()] == ["Cannot return null for non-nullable field Node.count."]


async def test_cancelling_an_execution_cancels_what_it_waits_for():
    begun: list[str] = []
    cancelled: list[str] = []

    def waiting(name: str) -> Callable[..., object]:
        async def resolve(_source: object, _info: object) -> object:
            begun.append(name)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(name)
                raise

        return resolve

    schema = schema_of(Query_count=waiting("count"), Query_text=waiting("text"), Node_label=waiting("label"))
    for text, calls in (("{ count text }", 2), ("{ node { label nodes { label } } }", 3), ("{ count }", 1)):
        begun.clear()
        cancelled.clear()
        task = asyncio.ensure_future(
            CompiledExecutor(schema).execute(parse(text), root_value={"node": node(nodes=[node(), node()])})
        )
        for _ in range(5):
            await asyncio.sleep(0)

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(begun) == calls
        assert sorted(cancelled) == sorted(begun)


async def test_resolvers_get_the_info_graphql_core_gives():
    seen: list[Any] = []

    def label(_source: object, info: Any) -> str:
        values = [value for value in info[:12] if not callable(value)]
        seen.append((values, [one.name.value for one in info.field_nodes]))
        return "l"

    text = "query ($v: Int = 3) { node { x: label nodes { ...f } } } fragment f on Node { label }"

    await assert_equal(schema_of(Node_label=label), text, {"node": node(nodes=[node()])}, context_value="c")

    assert seen[:2] == seen[2:]


@pytest.mark.parametrize(
    "name", ["__class__", "self", "run", "None", "o", "p", "d", "v", "PLAIN", "True", "error", "a0", "t"]
)
async def test_any_graphql_name_is_a_good_response_key(name: str):
    await assert_equal(
        schema_of(), f"{{ {name}: node {{ {name}: id x: {name} }} }}".replace(f"x: {name}", ""), {"node": node()}
    )


async def test_introspection_is_compiled_too():
    await assert_equal(schema_of(), get_introspection_query(descriptions=True))
    await assert_equal(schema_of(), '{ __type(name: "Pet") { name kind possibleTypes { name } } __typename }')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ a: count } fragment f on Query { count }  query second { count }", "no_operation"),
        ("subscription { count }", "subscription"),
        ("{ node @skip(if: 3) { id } }", "condition"),
        ("query ($b: Boolean) { node @skip(if: $b) { id } }", "condition"),
    ],
)
async def test_what_is_not_compiled_is_left_to_graphql_core_and_counted(text: str, reason: str):
    seen: list[Fallback] = []
    schema, document = schema_of(), parse(text)
    executor = CompiledExecutor(schema, on_fallback=seen.append)

    found = await executor.execute(document, root_value={"count": 1, "node": node()})

    expected = execute(schema, document, {"count": 1, "node": node()})
    assert isinstance(expected, ExecutionResult)
    assert (found.data, found.errors) == (expected.data, expected.errors)
    assert [one.reason for one in seen] == [reason]
    assert executor.statistics.fallbacks == {reason: 1}


async def test_deferred_fragments_are_refused_as_graphql_core_refuses_them():
    schema, document = schema_of(), parse("{ ... @defer { count } }")
    executor = CompiledExecutor(schema)
    with pytest.raises(GraphQLError) as expected:
        execute(schema, document, {"count": 1})

    found = await executor.execute(document, root_value={"count": 1})

    assert found == ExecutionResult(None, [expected.value])
    assert executor.statistics.fallbacks == {"incremental_delivery": 1}


@pytest.mark.parametrize(("limits", "reason"), [(CompileLimits(fields=4), "fields"), (CompileLimits(depth=2), "depth")])
async def test_large_operations_fall_back(limits: CompileLimits, reason: str):
    executor = CompiledExecutor(schema_of(), limits=limits)
    document = parse("{ node { child { child { id label } } } }")

    found = await executor.execute(document, root_value={"node": node(child=node(child=node()))})

    assert executor.compiled(document) == Fallback("too_large", reason)
    assert found.data == {"node": {"child": {"child": {"id": "1", "label": None}}}}


async def test_specialisations_are_limited():
    executor = CompiledExecutor(schema_of(), limits=CompileLimits(specialisations=1))
    document = parse("query ($a: Boolean!) { count @skip(if: $a) text }")

    for a in (True, False):
        await executor.execute(document, variable_values={"a": a})

    assert executor.statistics.fallbacks == {"specialisations": 1}


def test_the_cache_is_bounded():
    executor = CompiledExecutor(schema_of(), cache_size=2)
    documents = [parse("{ count }") for _ in range(3)]

    plans = [executor.compiled(document) for document in [*documents, documents[0]]]

    assert all(isinstance(plan, Plan) for plan in plans)
    assert executor.statistics.compiled == 4


def test_strings_of_the_request_do_not_reach_the_source():
    plan = CompiledExecutor(schema_of()).compiled(
        parse('{ node { echo(text: "__import__", box: {tags: ["hostile"]}) } }')
    )

    assert isinstance(plan, Plan)
    assert "__import__" not in plan.source
    assert "hostile" not in plan.source
