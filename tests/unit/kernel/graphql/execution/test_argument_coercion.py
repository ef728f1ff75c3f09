"""What clients give becomes what resolvers get: literals, variables, defaults, nulls and what is left out."""

import itertools
from enum import Enum
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLScalarType, GraphQLSchema, parse

from kernel.graphql.execution import CompiledExecutor
from tests.factories.executors import answer_of_both, messages, schema_with, with_enum_values

SDL = """
scalar Odd
enum Colour { RED GREEN }
input Inner { n: Int = 4, must: String!, colour: Colour = GREEN }
input Box { width: Int = 3, inner: Inner, many: [Inner!] = [{ must: "x" }], tags: [[String]] }
input Choice @oneOf { id: ID, name: String }
type Query {
  int(x: Int): String, float(x: Float): String, string(x: String): String, boolean(x: Boolean): String
  id(x: ID): String
  colour(x: Colour = RED): String, odd(x: Odd): String, box(x: Box = { width: 9 }): String, choice(x: Choice): String
  list(x: [[[Int]]]): String, must(x: Int! = 5): String, sure(x: Int!): String
  several(a: Int, b: Int = 2, c: Int): String
}
"""


class Tint(Enum):
    RED = (1, 0)


def echo(_source: object, _info: object, /, **arguments: object) -> str:
    """What the resolver was called with."""
    return repr(arguments)


def odd_input(value: object) -> object:
    if value == "raise":
        raise ValueError("cannot")
    return None if value == "none" else ("odd", value)


@pytest.fixture
def schema() -> GraphQLSchema:
    schema = schema_with(SDL)
    assert schema.query_type is not None
    for field in schema.query_type.fields.values():
        field.resolve = echo
    odd = schema.type_map["Odd"]
    assert isinstance(odd, GraphQLScalarType)
    odd.coerce_input_value = odd_input
    odd.parse_value = odd_input
    return with_enum_values(schema, "Colour", RED=Tint.RED, GREEN=2.5)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("int", "{}"),
        ("int(x: null)", "{'x': None}"),
        ("int(x: -0)", "{'x': 0}"),
        ("int(x: 2147483647)", "{'x': 2147483647}"),
        ("float(x: 1)", "{'x': 1.0}"),
        ("float(x: -0.0)", "{'x': -0.0}"),
        ("float(x: 1e400)", "{'x': inf}"),
        ("float(x: 123456789012345678901234567890)", "{'x': 1.2345678901234568e+29}"),
        ('string(x: "\\u{1F600}\\ud83d\\ude00\\u0000")', "{'x': '😀😀\\x00'}"),
        ('string(x: """\n  block "quoted"\n    indented\n""")', "{'x': 'block \"quoted\"\\n  indented'}"),
        ("boolean(x: false)", "{'x': False}"),
        ("id(x: 7)", "{'x': '7'}"),
        ("id(x: 1234567890123456789012345678901234567890)", "{'x': '1234567890123456789012345678901234567890'}"),
        ('id(x: "a")', "{'x': 'a'}"),
        ("colour", "{'x': <Tint.RED: (1, 0)>}"),
        ("colour(x: GREEN)", "{'x': 2.5}"),
        ("colour(x: null)", "{'x': None}"),
        ("odd(x: {a: [1, 2.5, FREE, null]})", "{'x': ('odd', {'a': [1, 2.5, 'FREE', None]})}"),
        ("list(x: 3)", "{'x': [[[3]]]}"),
        ("list(x: [3])", "{'x': [[[3]]]}"),
        ("list(x: [null, [1], [[2, null]], []])", "{'x': [None, [[1]], [[2, None]], []]}"),
        (
            "box",
            "{'x': {'width': 9, 'many': [{'n': 4, 'must': 'x', 'colour': 2.5}]}}",
        ),
        (
            'box(x: {tags: "t", inner: {must: "m", n: null, colour: RED}})',
            (
                "{'x': {'width': 3, 'inner': {'n': None, 'must': 'm', 'colour': <Tint.RED: (1, 0)>},"
                " 'many': [{'n': 4, 'must': 'x', 'colour': 2.5}], 'tags': [['t']]}}"
            ),
        ),
        ("box(x: {many: null})", "{'x': {'width': 3, 'many': None}}"),
        ("choice(x: {id: 1})", "{'x': {'id': '1'}}"),
        ("must", "{'x': 5}"),
        ("several(c: 3, a: 1)", "{'a': 1, 'b': 2, 'c': 3}"),
    ],
)
async def test_a_literal_is_coerced(schema: GraphQLSchema, field: str, expected: str):
    result = await answer_of_both(schema, f"{{ answer: {field} }}")

    assert result.errors is None
    assert result.data == {"answer": expected}


@pytest.mark.parametrize(
    ("declared", "field", "variables", "expected"),
    [
        ("$v: Int", "int(x: $v)", {}, "{}"),
        ("$v: Int", "int(x: $v)", {"v": None}, "{'x': None}"),
        ("$v: Int = 8", "int(x: $v)", {}, "{'x': 8}"),
        ("$v: Int = 8", "int(x: $v)", {"v": None}, "{'x': None}"),
        ("$v: Int", "int(x: $v)", {"v": 1.0}, "{'x': 1}"),
        ("$v: Int", "int(x: $v)", {"v": -0.0}, "{'x': 0}"),
        ("$v: Float", "float(x: $v)", {"v": 2**70}, "{'x': 1.1805916207174113e+21}"),
        ("$v: Float", "float(x: $v)", {"v": -0.0}, "{'x': -0.0}"),
        ("$v: String", "string(x: $v)", {"v": "\ud800'\"\n"}, "{'x': '\\ud800\\'\"\\n'}"),
        ("$v: ID", "id(x: $v)", {"v": 7}, "{'x': '7'}"),
        ("$v: ID", "id(x: $v)", {"v": 2**70}, "{'x': '1180591620717411303424'}"),
        ("$v: Colour", "colour(x: $v)", {"v": "GREEN"}, "{'x': 2.5}"),
        ("$v: Colour = GREEN", "colour(x: $v)", {}, "{'x': 2.5}"),
        ("$v: Colour", "colour(x: $v)", {}, "{'x': <Tint.RED: (1, 0)>}"),
        ("$v: Odd", "odd(x: $v)", {"v": [1, {"a": None}]}, "{'x': ('odd', [1, {'a': None}])}"),
        ("$v: Int", "odd(x: {a: [$v]})", {"v": 3}, "{'x': ('odd', {'a': [3]})}"),
        ("$v: Int", "odd(x: {a: [$v], b: $v})", {}, "{'x': ('odd', {'a': [Undefined], 'b': Undefined})}"),
        ("$v: [[[Int]]]", "list(x: $v)", {"v": 3}, "{'x': [[[3]]]}"),
        ("$v: Int", "list(x: [[[$v, 1], [$v]]])", {"v": 3}, "{'x': [[[3, 1], [3]]]}"),
        ("$v: Int", "list(x: [[[$v]]])", {}, "{'x': [[[None]]]}"),
        ("$v: Int", "box(x: {width: $v, many: []})", {}, "{'x': {'width': 3, 'many': []}}"),
        ("$v: Int", "box(x: {width: $v, many: []})", {"v": None}, "{'x': {'width': None, 'many': []}}"),
        (
            "$v: Box",
            "box(x: $v)",
            {"v": {"inner": {"must": ""}, "many": []}},
            "{'x': {'width': 3, 'inner': {'n': 4, 'must': '', 'colour': 2.5}, 'many': []}}",
        ),
        ("$v: ID!", "choice(x: {id: $v})", {"v": "1"}, "{'x': {'id': '1'}}"),
        ("$v: Int", "must(x: $v)", {}, "{'x': 5}"),
        ("$v: Int = 6", "must(x: $v)", {}, "{'x': 6}"),
        ("$v: Int = 6", "sure(x: $v)", {}, "{'x': 6}"),
        ("$v: Int", "several(c: $v, b: $v, a: $v)", {}, "{'b': 2}"),
    ],
)
async def test_a_variable_is_coerced(
    schema: GraphQLSchema, *, declared: str, field: str, variables: dict[str, object], expected: str
):
    result = await answer_of_both(schema, f"query ({declared}) {{ answer: {field} }}", variables=variables)

    assert result.errors is None
    assert result.data == {"answer": expected}


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("int(x: 2147483648)", "Int cannot represent non 32-bit signed integer value: 2147483648"),
        ("int(x: 1.0)", "Int cannot represent non-integer value: 1.0"),
        ("int(x: true)", "Int cannot represent non-integer value: true"),
        ('float(x: "1")', 'Float cannot represent non numeric value: "1"'),
        ("string(x: 1)", "String cannot represent a non string value: 1"),
        ("id(x: 1.5)", "ID cannot represent a non-string and non-integer value: 1.5"),
        ("colour(x: PURPLE)", "Value 'PURPLE' does not exist in 'Colour' enum."),
        ('colour(x: "BLUE")', "Enum 'Colour' cannot represent non-enum value: \"BLUE\"."),
        ('odd(x: "raise")', "Expected value of type 'Odd', but encountered error 'cannot'; found: \"raise\"."),
        ("box(x: {inner: {}})", "Expected value of type 'Inner' to include required field 'must', found: {  }."),
        ("box(x: {z: 1})", "Expected value of type 'Box' not to include unknown field 'z', found: { z: 1 }."),
        (
            "choice(x: {id: 1, name: null})",
            (
                "Within OneOf Input Object type 'Choice', exactly one field must be specified,"
                " and the value for that field must be non-null."
            ),
        ),
        ("must(x: null)", "Expected value of non-null type 'Int!' not to be None."),
        ("sure", "Argument 'x' of required type 'Int!' was not provided."),
    ],
)
async def test_a_wrong_literal_is_an_error_of_its_field(schema: GraphQLSchema, field: str, message: str):
    """Validation refuses these documents, executors must not rely on it."""
    result = await answer_of_both(schema, f"{{ before: int answer: {field} after: int }}")

    assert result.data == {"before": "{}", "answer": None, "after": "{}"}
    (told,) = messages(result)
    assert told.endswith(message)


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        ("Int", True, "Int cannot represent non-integer value: True"),
        ("Int", "1", "Int cannot represent non-integer value: '1'"),
        ("Int", float("nan"), "Int cannot represent non-integer value: nan"),
        ("Int", 2**31, "Int cannot represent non 32-bit signed integer value: 2147483648"),
        ("Float", float("inf"), "Float cannot represent non numeric value: inf"),
        ("Float", True, "Float cannot represent non numeric value: True"),
        ("Boolean", 1, "Boolean cannot represent a non boolean value: 1"),
        ("String", 1, "String cannot represent a non string value: 1"),
        ("ID", True, "ID cannot represent value: True"),
        ("Int!", None, "Expected value of non-null type 'Int!' not to be None."),
        ("[Int!]", [1, None], "Expected value of non-null type 'Int!' not to be None."),
        ("Colour", "PURPLE", "Value 'PURPLE' does not exist in 'Colour' enum."),
        ("Odd", "raise", "Expected value of type 'Odd', but encountered error 'cannot'; found: 'raise'."),
    ],
)
async def test_a_wrong_variable_stops_the_whole_operation(
    schema: GraphQLSchema, declared: str, value: object, message: str
):
    result = await answer_of_both(schema, f"query ($v: {declared}) {{ int }}", variables={"v": value})

    assert result.data is None
    (told,) = messages(result)
    assert told.startswith("Variable '$v' has invalid value")
    assert message in told


async def test_a_required_variable_that_is_left_out_stops_the_whole_operation(schema: GraphQLSchema):
    result = await answer_of_both(schema, "query ($v: Int!) { int(x: $v) }")

    assert result.data is None
    assert messages(result) == [
        "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided."
    ]


async def test_arguments_and_input_fields_have_python_names_and_types(schema: GraphQLSchema):
    box, query = schema.type_map["Box"], schema.query_type
    assert isinstance(box, GraphQLInputObjectType)
    assert query is not None
    query.fields["box"].args["x"].out_name = "class_"
    box.fields["width"].out_name = "self"
    box.out_type = lambda value: tuple(value.items())

    result = await answer_of_both(schema, "{ box(x: {width: 1, many: []}) }")

    assert result.data == {"box": "{'class_': (('self', 1), ('many', []))}"}


async def test_arguments_may_be_named_like_anything_a_generated_function_has(schema: GraphQLSchema):
    names = "self info source run o p root args kwargs None class lambda path key _"
    sdl = f"type Query {{ f({' '.join(f'{name}: Int' for name in names.split())}): String }}"
    schema = schema_with(sdl, f=echo)

    result = await answer_of_both(schema, f"{{ f({' '.join(f'{name}: 1' for name in names.split())}) }}")

    assert result.data == {"f": repr(dict.fromkeys(names.split(), 1))}


async def test_a_default_is_coerced_anew_where_a_resolver_may_change_it():
    """Expected of both executors: what a resolver does to its input is not seen by the next operation."""
    seen: list[object] = []

    def keep(_source: object, _info: object, x: dict[str, Any]) -> str:
        seen.append(repr(x))
        x["tags"].append("changed")
        return "kept"

    schema = schema_with("input Box { tags: [String] } type Query { keep(x: Box): String }", keep=keep)

    await answer_of_both(schema, '{ keep(x: {tags: ["a"]}) }')
    await answer_of_both(schema, '{ one: keep(x: {tags: ["a"]}) two: keep(x: {tags: ["a"]}) }')

    assert seen == ["{'tags': ['a']}"] * 6


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ('{ items { keep(box: {tags: ["a"]}, list: [1]) } }', {}),
        ("query ($t: String, $i: Int) { items { keep(box: {tags: [$t]}, list: [$i]) } }", {"t": "a", "i": 1}),
    ],
)
async def test_each_object_gets_input_of_its_own(text: str, variables: dict[str, object]):
    def keep(_source: object, _info: object, box: dict[str, Any], list: Any) -> str:  # noqa: A002 - a client's word
        given = f"{box} {list}"
        box["tags"].append("changed")
        list.append("changed")
        return given

    sdl = "input Box { tags: [String] } type Item { keep(box: Box, list: [Int]): String } type Query { items: [Item] }"
    schema = schema_with(sdl)
    schema.type_map["Item"].fields["keep"].resolve = keep  # type: ignore[attr-defined]

    result = await answer_of_both(schema, text, {"items": [{}, {}]}, variables=variables)

    assert result.data == {"items": [{"keep": "{'tags': ['a']} [1]"}] * 2}


async def test_an_enum_in_a_variable_inside_a_list_is_its_python_value(schema: GraphQLSchema):
    colour = schema.type_map["Colour"]
    assert isinstance(colour, GraphQLEnumType)

    result = await answer_of_both(
        schema,
        "query ($c: Colour, $m: String!) { box(x: {inner: {must: $m, colour: $c}, many: []}) }",
        variables={"c": "RED", "m": "quo'te"},
    )

    assert result.data == {
        "box": "{'x': {'width': 3, 'inner': {'n': 4, 'must': \"quo'te\", 'colour': <Tint.RED: (1, 0)>}, 'many': []}}"
    }


async def test_a_scalar_that_looks_at_the_clock_is_asked_in_every_operation(schema: GraphQLSchema):
    clock = itertools.count(1)
    schema.type_map["Odd"].coerce_input_literal = lambda _node: next(clock)  # pyright: ignore[reportAttributeAccessIssue]
    executor, document = CompiledExecutor(schema), parse("{ odd(x: TODAY) }")

    answers = [(await executor.execute(document)).data for _ in range(2)]

    assert answers == [{"odd": "{'x': 1}"}, {"odd": "{'x': 2}"}]
