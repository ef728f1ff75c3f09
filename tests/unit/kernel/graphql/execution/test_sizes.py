"""Deep, wide and explosive documents: a budget, then graphql-core; nothing recurses without bound."""

import sys

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    parse,
)
from graphql.language import ArgumentNode

from kernel.graphql.execution import CompiledExecutor, CompileLimits, Fallback, Plan
from tests.factories.executors import answer_of_both, messages, schema_with

SDL = """
scalar Odd
type Node { next: Node, other: Node, name: String, must: Node!, grid(x: [[[Int]]], odd: Odd): String }
type Query { node: Node, grid(x: [[[Int]]], odd: Odd): String }
"""


@pytest.fixture
def schema() -> GraphQLSchema:
    return schema_with(SDL)


def chain(depth: int, called: str = "next") -> DocumentNode:
    """{ node { next { next { … name } } } }, made without the parser's own recursion."""
    innermost = field("name")
    for _ in range(depth):
        innermost = field(called, innermost)
    selections = SelectionSetNode(selections=(field("node", innermost),))
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY, name=None, variable_definitions=(), directives=(), selection_set=selections
    )
    return DocumentNode(definitions=(operation,))


def field(called: str, *below: FieldNode) -> FieldNode:
    inside = SelectionSetNode(selections=below) if below else None
    return FieldNode(name=NameNode(value=called), alias=None, arguments=(), directives=(), selection_set=inside)


def linked(length: int) -> dict[str, object]:
    node: dict[str, object] = {"name": "last"}
    for _ in range(length):
        node = {"next": node, "must": node, "name": "inner"}
    return {"node": node}


async def test_ordinary_depth_is_compiled(schema: GraphQLSchema):
    result = await answer_of_both(schema, chain(20), linked(20))

    innermost = result.data["node"]
    for _ in range(20):
        innermost = innermost["next"]
    assert innermost == {"name": "last"}


@pytest.mark.parametrize("called", ["next", "must"])
async def test_beyond_the_depth_graphql_core_executes(schema: GraphQLSchema, called: str):
    result = await answer_of_both(schema, chain(80, called), linked(80), fallbacks={"too_large": 1})

    assert result.errors is None


@pytest.mark.parametrize("depth", [400, 5_000])
async def test_a_document_deeper_than_the_stack_gets_the_answer_of_graphql_core(schema: GraphQLSchema, depth: int):
    """The value ends soon, or as deep as the document: then recursion ends graphql-core's work, not the process."""
    for length in (3, depth):
        executor = CompiledExecutor(schema)

        result = await executor.execute(chain(depth), root_value=linked(length))

        assert dict(executor.statistics.fallbacks) == {"too_large": 1}
        assert result.data is None or set(result.data) == {"node"}
        assert {type(error.original_error) for error in result.errors or ()} <= {RecursionError}


async def test_a_value_deeper_than_the_document_is_no_matter(schema: GraphQLSchema):
    node: dict[str, object] = {"name": "round"}
    node["next"] = node

    result = await answer_of_both(schema, "{ node { next { next { name } } } }", {"node": node})

    assert result.data == {"node": {"next": {"next": {"name": "round"}}}}


@pytest.mark.parametrize("fields", [1_100, 5_000])
async def test_beyond_the_budget_of_fields_graphql_core_executes(schema: GraphQLSchema, fields: int):
    text = "{ node { " + " ".join(f"f{number}: name" for number in range(fields)) + " } }"

    result = await answer_of_both(schema, text, {"node": {"name": "x"}}, fallbacks={"too_large": 1})

    assert len(result.data["node"]) == fields


@pytest.mark.parametrize(("times", "fallbacks"), [(500, {}), (5_000, {"too_large": 1})])
async def test_a_key_that_is_selected_often_is_one_field(schema: GraphQLSchema, times: int, fallbacks: dict[str, int]):
    text = "{ node { " + "name " * times + "} }"

    result = await answer_of_both(schema, text, {"node": {"name": "x"}}, fallbacks=fallbacks)

    assert result.data == {"node": {"name": "x"}}


def test_fragments_that_double_at_each_step_are_given_up_soon(schema: GraphQLSchema):
    """Two to the thirtieth fields in a text of two thousand characters; counting them all would never end."""
    steps = [
        f"fragment F{step} on Node {{ next {{ ...F{step + 1} }} other {{ ...F{step + 1} }} }}" for step in range(30)
    ]
    text = "\n".join(("{ node { ...F0 } }", *steps, "fragment F30 on Node { name }"))

    plan = CompiledExecutor(schema).compiled(parse(text))

    assert isinstance(plan, Fallback)
    assert plan.reason == "too_large"


async def test_fragments_that_double_are_executed_as_far_as_there_are_values(schema: GraphQLSchema):
    steps = [
        f"fragment F{step} on Node {{ next {{ ...F{step + 1} }} other {{ ...F{step + 1} }} }}" for step in range(30)
    ]
    text = "\n".join(("{ node { ...F0 } }", *steps, "fragment F30 on Node { name }"))

    result = await answer_of_both(schema, text, {"node": {"next": {}, "other": None}}, fallbacks={"too_large": 1})

    assert result.data == {"node": {"next": {"next": None, "other": None}, "other": None}}


async def test_a_fragment_that_contains_itself_ends_with_the_values(schema: GraphQLSchema):
    """Validation refuses it; compiling it must end all the same."""
    text = "{ node { ...Again } } fragment Again on Node { name next { ...Again } }"

    result = await answer_of_both(schema, text, linked(2), fallbacks={"too_large": 1})

    inner = {"name": "inner", "next": {"name": "last", "next": None}}
    assert result.data == {"node": {"name": "inner", "next": inner}}


async def test_a_fragment_that_spreads_itself_at_the_same_place_counts_once(schema: GraphQLSchema):
    text = "{ node { ...Again } } fragment Again on Node { name ...Again }"

    result = await answer_of_both(schema, text, linked(0))

    assert result.data == {"node": {"name": "last"}}


async def test_conditions_make_at_most_so_many_plans(schema: GraphQLSchema):
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${each}: Boolean!" for each in names)
    fields = " ".join(f"{each}: name @include(if: ${each})" for each in names)
    document = parse(f"query ({declared}) {{ node {{ {fields} name }} }}")
    executor = CompiledExecutor(schema, limits=CompileLimits(specialisations=16))

    for number in range(64):
        variables = {each: bool(number >> place & 1) for place, each in enumerate(names)}
        result = await executor.execute(document, root_value={"node": {"name": "x"}}, variable_values=variables)

        assert list(result.data["node"]) == [*(each for each in names if variables[each]), "name"]

    assert executor.statistics.compiled == 16
    assert dict(executor.statistics.fallbacks) == {"specialisations": 48}


def nested_list(depth: int) -> ValueNode:
    value: ValueNode = IntValueNode(value="1")
    for _ in range(depth):
        value = ListValueNode(values=(value,))
    return value


@pytest.mark.parametrize("name", ["x", "odd"])
@pytest.mark.parametrize("depth", [3, 200, 5_000])
async def test_literals_may_be_deeper_than_any_stack(schema: GraphQLSchema, name: str, depth: int):
    argument = ArgumentNode(name=NameNode(value=name), value=nested_list(depth))
    asked = FieldNode(name=NameNode(value="grid"), alias=None, arguments=(argument,), directives=(), selection_set=None)
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=(),
        directives=(),
        selection_set=SelectionSetNode(selections=(asked,)),
    )

    result = await CompiledExecutor(schema).execute(
        DocumentNode(definitions=(operation,)), root_value={"grid": lambda _info, **_arguments: "asked"}
    )

    assert result.data in ({"grid": "asked"}, {"grid": None})
    assert (result.data == {"grid": "asked"}) is (result.errors is None)


async def test_a_long_list_of_a_literal_is_coerced_whole(schema: GraphQLSchema):
    text = f"{{ grid(x: [[[{', '.join(map(str, range(5_000)))}]]]) }}"
    root = {"grid": lambda _info, x: str(len(x[0][0]))}

    result = await answer_of_both(schema, text, root)

    assert result.data == {"grid": "5000"}


async def test_a_thousand_variables_are_coerced(schema: GraphQLSchema):
    declared = " ".join(f"$v{number}: Int = {number}" for number in range(1_000))
    text = f"query ({declared}) {{ grid(x: [[[{' '.join(f'$v{number}' for number in range(1_000))}]]]) }}"
    root = {"grid": lambda _info, x: str(sum(x[0][0]))}

    result = await answer_of_both(schema, text, root)

    assert result.data == {"grid": str(sum(range(1_000)))}


async def test_compiling_close_to_the_end_of_the_stack_raises_nothing(schema: GraphQLSchema):
    """A caller may be deep in the stack already: the operation is then left to graphql-core, or ends in its errors."""
    document = chain(30)

    def at_depth(left: int) -> Plan | Fallback:
        return CompiledExecutor(schema).compiled(document) if left <= 0 else at_depth(left - 1)

    reached = sys.getrecursionlimit() - 400

    plan = at_depth(reached)

    assert isinstance(plan, Plan | Fallback)
    assert messages(await CompiledExecutor(schema).execute(document, root_value=linked(30))) == []


@pytest.mark.parametrize(("fragments", "fallbacks"), [(100, {}), (990, {"too_large": 1})])
async def test_fragments_count_for_every_type_they_are_tried_on(fragments: int, fallbacks: dict[str, int]):
    types = "\n".join(f"type T{number} implements Thing {{ name: String }}" for number in range(60))
    schema = schema_with(f"interface Thing {{ name: String }}\n{types}\ntype Query {{ thing: Thing }}")
    tried = " ".join(f"... on T{number % 60} {{ name }}" for number in range(fragments))
    text = f"{{ thing {{ {tried} }} }}"

    result = await answer_of_both(schema, text, {"thing": {"__typename": "T7", "name": "x"}}, fallbacks=fallbacks)

    assert result.data == {"thing": {"name": "x"}}
