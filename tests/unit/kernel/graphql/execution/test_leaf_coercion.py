"""What resolvers give becomes what the types promise, in the corners too: -0, big numbers, NaN, odd strings."""

from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, Undefined

from tests.factories.executors import answer_of_both, messages, schema_with, with_enum_values

SDL = """
scalar Odd
enum Colour { RED GREEN BLUE }
type Query {
  int: Int, float: Float, string: String, boolean: Boolean, id: ID, colour: Colour, odd: Odd
  ints: [Int], floats: [Float], strings: [String], ids: [ID!], grid: [[[Int!]]!]
}
"""


class Shout(str):
    """A string by inheritance."""

    __slots__ = ()


class Rank(IntEnum):
    FIRST = 1


class Indexed:
    """A number only to `operator.index`."""

    def __index__(self) -> int:
        return 9


class Spoken:
    """Has a text of its own."""

    def __str__(self) -> str:
        return "spoken"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("int", 0, "0"),
        ("int", -0.0, "0"),
        ("int", True, "1"),
        ("int", 3.0, "3"),
        ("int", "7", "7"),
        ("int", " 7 ", "7"),
        ("int", 2**31 - 1, "2147483647"),
        ("int", -(2**31), "-2147483648"),
        ("int", Decimal(2), "2"),
        ("int", Fraction(4, 2), "2"),
        ("int", Rank.FIRST, "1"),
        ("int", Indexed(), "9"),
        ("float", -0.0, "-0.0"),
        ("float", 3, "3.0"),
        ("float", True, "1"),
        ("float", 2**70, "1.1805916207174113e+21"),
        ("float", 5e-324, "5e-324"),
        ("float", "1e3", "1000.0"),
        ("float", Decimal("0.1"), "0.1"),
        ("float", Rank.FIRST, "1.0"),
        ("string", "", "''"),
        ("string", "\ud800", "'\\ud800'"),
        ("string", "\x00\u2028😀", "'\\x00\\u2028😀'"),
        ("string", True, "'true'"),
        ("string", 2**70, "'1180591620717411303424'"),
        ("string", 1.5, "'1.5'"),
        ("string", Shout("loud"), "'loud'"),
        ("string", Spoken(), "'spoken'"),
        ("boolean", 0, "False"),
        ("boolean", -0.0, "False"),
        ("boolean", 2**70, "True"),
        ("boolean", 0.5, "True"),
        ("id", 7, "'7'"),
        ("id", 2**70, "'1180591620717411303424'"),
        ("id", 1.0, "'1'"),
        ("id", "", "''"),
        ("id", Spoken(), "'spoken'"),
        ("ints", [True, "3", 2.0, None], "[1, 3, 2, None]"),
        ("floats", (1, -0.0), "[1.0, -0.0]"),
        ("strings", {"a": 1, "b": 2}.values(), "['1', '2']"),
        ("ids", iter([1, "2"]), None),
        ("grid", [[[1], None], []], "[[[1], None], []]"),
        ("grid", [[[1, None]]], "[[None]]"),
        ("grid", [None, [[1]]], "None"),
    ],
)
async def test_a_leaf_is_coerced(field: str, value: Any, expected: str | None):
    schema = schema_with(SDL)
    # an iterator is read only once, so each executor gets one of its own
    root = {field: (lambda _info: iter([1, "2"])) if expected is None else value}

    result = await answer_of_both(schema, f"{{ {field} }}", root)

    assert repr(result.data[field]) == (expected or "['1', '2']")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("int", 2**31, "Int cannot represent non 32-bit signed integer value: 2147483648"),
        ("int", 1.5, "Int cannot represent non-integer value: 1.5"),
        ("int", float("nan"), "Int cannot represent non-integer value: nan"),
        ("int", "", "Int cannot represent non-integer value: ''"),
        ("int", [1], "Int cannot represent non-integer value: [1]"),
        ("float", float("inf"), "Float cannot represent non numeric value: inf"),
        ("float", float("nan"), "Float cannot represent non numeric value: nan"),
        ("float", "nan", "Float cannot represent non numeric value: 'nan'"),
        ("float", "x", "Float cannot represent non numeric value: 'x'"),
        ("string", b"bytes", "String cannot represent value: b'bytes'"),
        ("string", [], "String cannot represent value: []"),
        ("boolean", "true", "Boolean cannot represent a non boolean value: 'true'"),
        ("boolean", float("nan"), "Boolean cannot represent a non boolean value: nan"),
        ("id", True, "ID cannot represent value: True"),
        ("id", 1.5, "ID cannot represent value: 1.5"),
        ("colour", "PURPLE", "Enum 'Colour' cannot represent value: 'PURPLE'"),
        ("colour", ["RED"], "Enum 'Colour' cannot represent value: ['RED']"),
        ("ints", "12", "Expected Iterable, but did not find one for field 'Query.ints'."),
        ("ints", {"a": 1}, "Expected Iterable, but did not find one for field 'Query.ints'."),
        ("ints", 5, "Expected Iterable, but did not find one for field 'Query.ints'."),
        ("ids", ["1", None], "Cannot return null for non-nullable field Query.ids."),
    ],
)
async def test_what_is_no_such_leaf_is_an_error_of_its_field(field: str, value: object, message: str):
    result = await answer_of_both(schema_with(SDL), f"{{ int2: int {field} }}", {field: value} | {"int2": 1})

    assert result.data[field] is None
    assert messages(result)[-1] == message


async def test_an_integer_too_large_for_a_float_is_an_error():
    result = await answer_of_both(schema_with(SDL), "{ float }", {"float": 10**400})

    assert result.data == {"float": None}
    assert messages(result)[0].startswith("Float cannot represent non numeric value: 1000")


@pytest.mark.parametrize("value", [None, Undefined])
async def test_nothing_is_null(value: object):
    result = await answer_of_both(schema_with(SDL), "{ int string odd colour ints }", dict.fromkeys(SDL.split(), value))

    assert result.data == {"int": None, "string": None, "odd": None, "colour": None, "ints": None}
    assert result.errors is None


async def test_an_enum_gives_the_name_of_a_value_of_any_kind():
    class Tint(Enum):
        GREEN = "green"

    schema = with_enum_values(schema_with(SDL), "Colour", RED=(1, 2), GREEN=Tint.GREEN, BLUE=None)

    result = await answer_of_both(schema, "{ colour }", {"colour": (1, 2)})
    member = await answer_of_both(schema, "{ colour }", {"colour": Tint.GREEN})
    unset = await answer_of_both(schema, "{ colour }", {"colour": "BLUE"})
    wrong = await answer_of_both(schema, "{ colour }", {"colour": "green"})

    assert (result.data, member.data, unset.data) == ({"colour": "RED"}, {"colour": "GREEN"}, {"colour": "BLUE"})
    assert messages(wrong) == ["Enum 'Colour' cannot represent value: 'green'"]


@pytest.mark.parametrize(
    ("given", "expected", "told"),
    [
        ("fine", "'FINE'", []),
        ("none", "None", ["Expected `Odd.coerce_output_value('none')` to return non-nullable value, returned: None"]),
        (
            "undefined",
            "None",
            ["Expected `Odd.coerce_output_value('undefined')` to return non-nullable value, returned: Undefined"],
        ),
        ("raise", "None", ["cannot"]),
        ("told", "None", ["told"]),
    ],
)
async def test_a_custom_scalar_may_refuse_a_value(given: str, expected: str, told: list[str]):
    def coerce(value: str) -> object:
        match value:
            case "none":
                return None
            case "undefined":
                return Undefined
            case "raise":
                raise ValueError("cannot")
            case "told":
                raise GraphQLError("told", extensions={"code": "TOLD"})
            case _:
                return value.upper()

    schema = schema_with(SDL)
    odd = schema.type_map["Odd"]
    assert isinstance(odd, GraphQLScalarType)
    odd.coerce_output_value = coerce

    result = await answer_of_both(schema, "{ odd }", {"odd": given})

    assert repr(result.data["odd"]) == expected
    assert messages(result) == told


@pytest.mark.parametrize(
    ("depth", "fallbacks"),
    # Python nests twenty blocks at most
    [(4, {}), (30, {"not_compiled": 1})],
)
async def test_lists_may_be_deep(depth: int, fallbacks: dict[str, int]):
    value: object = 1
    for _ in range(depth):
        value = [value, None]
    schema = schema_with(f"type Query {{ deep: {'[' * depth}Int{']' * depth} }}")

    result = await answer_of_both(schema, "{ deep }", {"deep": value}, fallbacks=fallbacks)

    assert result.data == {"deep": value}


async def test_an_iterator_that_fails_on_the_way_is_an_error_of_the_list():
    def numbers(_info: object) -> Any:
        yield 1
        raise LookupError("no more")

    result = await answer_of_both(schema_with(SDL), "{ ints int }", {"ints": numbers, "int": 2})

    assert result.data == {"ints": None, "int": 2}
    assert messages(result) == ["no more"]


async def test_an_exception_is_an_error_wherever_it_is_a_value():
    result = await answer_of_both(
        schema_with(SDL), "{ int ints }", {"int": ValueError("alone"), "ints": [1, KeyError("item"), 3]}
    )

    assert result.data == {"int": None, "ints": [1, None, 3]}
    assert [(error.message, error.path) for error in result.errors or ()] == [
        ("alone", ["int"]),
        ("'item'", ["ints", 1]),
    ]
