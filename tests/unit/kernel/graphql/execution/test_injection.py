"""Nothing of a request becomes code but GraphQL names as response keys; these documents are built past any parser."""

import keyword
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
    parse,
)

from kernel.graphql.execution import CompiledExecutor, Fallback, Plan
from tests.factories.executors import answer_of_both, schema_with

SDL = """
enum Colour { RED }
input Box { text: String }
type Thing { name: String, self: Thing }
type Query { thing(text: String, box: Box, colour: Colour, on: Boolean): Thing, things: [Thing!] }
"""
ROOT = {"thing": {"name": "one", "self": {"name": "two"}}, "things": [{"name": "three"}]}
#: what would do harm, or break the text, if it were pasted into Python
HOSTILE = (
    *(
        '"',
        "'",
        '"""',
        "\\",
        "\n",
        "\r",
        "\0",
        "\u2028",
        "{x}",
        "%s",
        "#",
        ";",
        "é",
        "имя",
        "\uff41",
        "a b",
        "",
        " ",
        "1a",
    ),
    *("a'] = 1; __import__('os').abort(); x['", '"+__import__("os").abort()+"', "x\nimport os\nos.abort()\n"),
    *("name\n", "name\\", "a.__class__", "run.context", "\ud800", "a" * 5_000 + "!", "__class__[0]", "lambda: 0"),
)
MARK = "qzHostileMarkZq"


def name(value: str) -> NameNode:
    return NameNode(value=value)


def field(
    called: str, *, alias: str | None = None, arguments: tuple[ArgumentNode, ...] = (), inside: str = ""
) -> FieldNode:
    below = SelectionSetNode(selections=(field(inside),)) if inside else None
    given = name(alias) if alias is not None else None
    return FieldNode(name=name(called), alias=given, arguments=arguments, directives=(), selection_set=below)


def document(*selections: SelectionNode, called: str | None = None, variable: str | None = None) -> DocumentNode:
    variables = ()
    if variable is not None:
        string = NamedTypeNode(name=name("String"))
        variables = (VariableDefinitionNode(variable=VariableNode(name=name(variable)), type=string, directives=()),)
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=name(called) if called is not None else None,
        variable_definitions=variables,
        directives=(),
        selection_set=SelectionSetNode(selections=selections),
    )
    return DocumentNode(definitions=(operation,))


def with_fragment(called: str, condition: str) -> DocumentNode:
    fragment = FragmentDefinitionNode(
        name=name(called),
        type_condition=NamedTypeNode(name=name(condition)),
        variable_definitions=(),
        directives=(),
        selection_set=SelectionSetNode(selections=(field("things", inside="name"),)),
    )
    spread = FragmentSpreadNode(name=name(called), directives=(), arguments=())
    plain = document(spread)
    return replace(plain, definitions=(*plain.definitions, fragment))


def argument(called: str, value: object) -> tuple[ArgumentNode, ...]:
    return (ArgumentNode(name=name(called), value=value),)  # type: ignore[arg-type]


def thing(arguments: tuple[ArgumentNode, ...]) -> FieldNode:
    return field("thing", arguments=arguments, inside="name")


def inside_fragment(condition: str) -> DocumentNode:
    selections = SelectionSetNode(selections=(field("things", inside="name"),))
    condition_node = NamedTypeNode(name=name(condition))
    return document(InlineFragmentNode(type_condition=condition_node, directives=(), selection_set=selections))


def with_directive(called: str) -> DocumentNode:
    condition = argument("if", BooleanValueNode(value=True))
    directive = DirectiveNode(name=name(called), arguments=condition)
    return document(replace(field("things", inside="name"), directives=(directive,)))


def with_object_field(text: str) -> DocumentNode:
    fields = (ObjectFieldNode(name=name(text), value=StringValueNode(value=text)),)
    return document(thing(argument("box", ObjectValueNode(fields=fields))))


#: every place of a document where a client's text may stand
PLACES: dict[str, Callable[[str], DocumentNode]] = {
    "alias": lambda text: document(field("things", alias=text, inside="name")),
    "alias of an object": lambda text: document(field("thing", alias=text, inside="name")),
    "alias of __typename": lambda text: document(field("__typename", alias=text)),
    "field": lambda text: document(field(text), field("things", inside="name")),
    "field below": lambda text: document(field("things", inside=text or "name")),
    "argument": lambda text: document(thing(argument(text, StringValueNode(value="x")))),
    "string": lambda text: document(thing(argument("text", StringValueNode(value=text)))),
    "enum value": lambda text: document(thing(argument("colour", EnumValueNode(value=text)))),
    "input field": with_object_field,
    "variable": lambda text: document(
        thing(argument("text", VariableNode(name=name(text)))), called="Asked", variable=text
    ),
    "undeclared variable": lambda text: document(thing(argument("text", VariableNode(name=name(text))))),
    "operation": lambda text: document(field("things", inside="name"), called=text),
    "fragment": lambda text: with_fragment(text, "Query"),
    "type of a fragment": lambda text: with_fragment("F", text),
    "type of an inline fragment": inside_fragment,
    "directive": with_directive,
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_hostile_text_is_answered_as_by_graphql_core_and_stays_out_of_the_code(place: str):
    schema = schema_with(SDL)

    for hostile in HOSTILE:
        asked = PLACES[place](hostile)
        plan = CompiledExecutor(schema).compiled(asked, None, {})

        if isinstance(plan, Plan):
            assert len(hostile) < 3 or hostile.isspace() or hostile not in plan.source
            await answer_of_both(schema, asked, ROOT)
        else:
            await answer_of_both(schema, asked, ROOT, fallbacks={plan.reason: 1})


@pytest.mark.parametrize("place", sorted(PLACES.keys() - {"alias", "alias of an object", "alias of __typename"}))
async def test_only_response_keys_of_a_request_stand_in_the_code(place: str):
    """A harmless name, but none that the schema knows: it would be seen if it got there."""
    plan = CompiledExecutor(schema_with(SDL)).compiled(PLACES[place](MARK), None, {})

    assert isinstance(plan, Fallback) or MARK not in plan.source


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("place", ["alias", "alias of an object", "alias of __typename"])
def test_a_response_key_that_is_no_name_is_never_compiled(place: str, hostile: str):
    executor = CompiledExecutor(schema_with(SDL))

    plan = executor.compiled(PLACES[place](hostile), None, {})

    assert isinstance(plan, Fallback)
    assert plan.reason == "unsafe_name"
    # the reason is for logs and metrics, which clients shall not write
    assert not hostile.strip() or len(hostile) < 3 or hostile not in plan.detail


PYTHON_NAMES = (
    *keyword.kwlist,
    *keyword.softkwlist,
    *("__class__", "__dict__", "__init__", "__builtins__", "__import__", "__name__", "__proto__", "__typename"),
    *("self", "cls", "run", "o", "p", "s", "s1", "s_1", "d", "dict", "list", "type", "str", "print", "open", "exec"),
    *("data", "errors", "path", "info", "value", "result", "error", "Exception", "GraphQLError", "context", "_", "__"),
)


@pytest.mark.parametrize("alias", PYTHON_NAMES)
async def test_a_name_of_python_is_as_good_an_alias_as_any(alias: str):
    text = (
        f"{{ {alias}: thing {{ {alias}: name x: self {{ {alias}: name }} }} many: things {{ {alias}: __typename }} }}"
    )

    result = await answer_of_both(schema_with(SDL), text, ROOT)

    assert result.data == {alias: {alias: "one", "x": {alias: "two"}}, "many": [{alias: "Thing"}]}


async def test_all_these_names_may_stand_side_by_side():
    text = "{ thing { " + " ".join(f"{alias}: name" for alias in PYTHON_NAMES if alias != "__typename") + " } }"

    result = await answer_of_both(schema_with(SDL), text, ROOT)

    assert result.data == {"thing": {alias: "one" for alias in PYTHON_NAMES if alias != "__typename"}}


def test_the_names_of_a_plan_are_bound_to_nothing_that_clients_choose():
    """Two requests that differ in strings, variables, operation and fragment names have the same code."""
    first = parse('query A($v: String) { thing(text: $v, box: {text: "one"}) { ...F } } fragment F on Thing { name }')
    other = parse('query B($w: String) { thing(text: $w, box: {text: "two"}) { ...G } } fragment G on Thing { name }')
    executor = CompiledExecutor(schema_with(SDL))

    plans = [executor.compiled(each, None, {}) for each in (first, other)]

    assert isinstance(plans[0], Plan)
    assert isinstance(plans[1], Plan)
    assert plans[0].source == plans[1].source


def random_text(random: Random) -> str:
    pieces = (
        "'",
        '"',
        "\\",
        "\n",
        "{",
        "}",
        "__",
        "import os",
        ";",
        "a",
        "Z",
        "é",
        "\0",
        "]",
        "(",
        ")",
        "=",
        "#",
        "%s",
    )
    return "".join(random.choice(pieces) for _ in range(random.randint(1, 6)))


async def test_random_texts_in_random_places_do_no_harm():
    random = Random(4)
    schema = schema_with(SDL)

    for _ in range(1_500):
        text = random_text(random)
        asked = PLACES[random.choice(list(PLACES))](text)
        plan = CompiledExecutor(schema).compiled(asked, None, {})
        reasons = {plan.reason: 1} if isinstance(plan, Fallback) else {}

        await answer_of_both(schema, asked, ROOT, fallbacks=reasons)
