import pytest
from graphql import parse, print_ast, print_schema
from graphql.language import DirectiveDefinitionNode, EnumTypeDefinitionNode, InputObjectTypeDefinitionNode
from graphql.validation.validate import validate_sdl

from router.composition import CompositionFailed, ErrorCode, SubgraphSource, compose
from router.planning.api_schema import build_api_schema
from tests.unit.router.composition.documents import sources
from tests.unit.router.composition.reading_joins import definition, directives, field
from tests.unit.router.composition.rule_cases.composed_directives import composing, mine


def _links(sdl: str) -> list[str]:
    return [line.strip() for line in sdl.splitlines() if "example.com" in line]


def _definitions(sdl: str) -> list[str]:
    return [
        print_ast(node)
        for node in parse(sdl).definitions
        if isinstance(node, DirectiveDefinitionNode) and node.name.value.startswith("mine")
    ]


def test_a_composed_directive_is_linked_defined_and_applied_in_the_supergraph_but_not_in_the_public_schema():
    own = "directive @mine(size: Int = 3) repeatable on OBJECT | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE"
    sdl = composing('"@mine"', mine("v1.2"), own, "a(by: I): E @mine(size: 1) @mine b")
    graph = {"a": f"{sdl} type T @mine {{ x: Int }} input I {{ y: Int @mine(size: 7) }} enum E {{ V @mine }}"}

    composition = compose(sources(graph))

    supergraph = composition.supergraph_sdl
    assert _links(supergraph) == ['@link(url: "https://example.com/mine/v1.2", import: ["@mine"])']
    assert _definitions(supergraph) == [own]
    assert directives(field(supergraph, "Query.a")) == ["@mine(size: 1)", "@mine"]
    assert directives(definition(supergraph, "T")) == ["@join__type(graph: A)", "@mine"]
    inputs, values = definition(supergraph, "I"), definition(supergraph, "E")
    assert isinstance(inputs, InputObjectTypeDefinitionNode)
    assert isinstance(values, EnumTypeDefinitionNode)
    assert [print_ast(node) for node in (inputs.fields or ())[0].directives or ()] == ["@mine(size: 7)"]
    assert [print_ast(node) for node in (values.values or ())[0].directives or ()] == [
        "@join__enumValue(graph: A)",
        "@mine",
    ]
    assert "mine" not in composition.api_sdl


@pytest.mark.parametrize(
    ("link", "name", "imported"),
    [
        (mine("v1.0", '{name: "@mine", as: "@mineOwn"}'), "mineOwn", '[{name: "@mine", as: "@mineOwn"}]'),
        ('@link(url: "https://example.com/mine/v1.0")', "mine__of", '[{name: "@of", as: "@mine__of"}]'),
        ('@link(url: "https://example.com/mine/v1.0")', "mine", '["@mine"]'),
    ],
    ids=["renamed", "namespaced", "named_as_its_specification"],
)
def test_a_composed_directive_keeps_the_name_its_subgraphs_use(link, name, imported):
    own = f"directive @{name} on FIELD_DEFINITION"
    sdl = compose(sources({"a": composing(f'"@{name}"', link, own, f"a: Int @{name} b")})).supergraph_sdl

    assert _links(sdl) == [f'@link(url: "https://example.com/mine/v1.0", import: {imported})']
    assert directives(field(sdl, "Query.a")) == [f"@{name}"]


def test_the_newest_version_defines_and_equal_applications_are_one():
    old = (
        composing('"@mine"', mine("v1.0"), "directive @mine(a: Int) repeatable on OBJECT")
        + " type T @mine(a: 1) { x: Int }"
    )
    new = composing('"@mine"', mine("v1.3"), "directive @mine(a: Int, b: Int) repeatable on OBJECT", "b")
    new += " type T @mine(a: 1) @mine(b: 2) { y: Int }"

    sdl = compose(sources({"a": old, "b": new})).supergraph_sdl

    assert _links(sdl) == ['@link(url: "https://example.com/mine/v1.3", import: ["@mine"])']
    assert _definitions(sdl) == ["directive @mine(a: Int, b: Int) repeatable on OBJECT"]
    assert directives(definition(sdl, "T"))[2:] == ["@mine(a: 1)", "@mine(b: 2)"]


def test_a_directive_that_cannot_be_repeated_is_taken_from_the_first_subgraph():
    a = composing('"@mine"', mine("v1.0"), "directive @mine(a: Int) on OBJECT") + " type T @mine(a: 1) { x: Int }"
    b = composing('"@mine"', mine("v1.0"), "directive @mine(a: Int) on OBJECT", "b") + " type T @mine(a: 2) { y: Int }"

    sdl = compose(sources({"a": a, "b": b})).supergraph_sdl

    assert directives(definition(sdl, "T"))[2:] == ["@mine(a: 1)"]


def test_what_a_subgraph_does_not_compose_stays_out_even_when_another_composes_it():
    a = composing('"@mine"', mine("v1.0"))
    b = a.replace('@composeDirective(name: "@mine")', "").replace("{ a: Int }", "{ b: T } type T @mine { x: Int }")

    sdl = compose(sources({"a": a, "b": b})).supergraph_sdl

    assert directives(definition(sdl, "T")) == ["@join__type(graph: B)"]


_RENAMED = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective",'
    ' {name: "@inaccessible", as: "@hidden"}, {name: "@requiresScopes", as: "@scoped"}])'
)
_CUSTOM_INACCESSIBLE = (
    ' @link(url: "https://custom.example/mine/v1.0", import: ["@inaccessible"])'
    ' @composeDirective(name: "@inaccessible") directive @inaccessible(why: String) on FIELD_DEFINITION'
)


@pytest.mark.parametrize("taken", [_CUSTOM_INACCESSIBLE, " directive @inaccessible(why: String) on FIELD"])
def test_a_merged_directive_gives_way_to_another_of_its_name(taken):
    shown = '@inaccessible(why: "test")' if "FIELD_DEFINITION" in taken else ""
    subgraph = (
        f'{_RENAMED}{taken} type Query {{ open: Int {shown} secret: Int @hidden scoped: Int @scoped(scopes: ["a"]) }}'
    )

    composition = compose([SubgraphSource("a", "", subgraph)])

    sdl = composition.supergraph_sdl
    assert (
        '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "_0inaccessible", for: SECURITY,'
        ' import: [{name: "@inaccessible", as: "@hidden"}])' in sdl
    )
    assert directives(field(sdl, "Query.secret")) == ["@hidden"]
    assert directives(field(sdl, "Query.open")) == ([shown] if shown else [])
    assert directives(field(sdl, "Query.scoped")) == ['@requiresScopes(scopes: [["a"]])']
    assert not validate_sdl(parse(sdl))
    assert "secret" not in composition.api_sdl
    assert "secret" not in print_schema(build_api_schema(parse(sdl)))


def test_a_composed_directive_on_an_external_field_stays_where_it_is():
    own = 'type P @key(fields: "id") { id: ID! net: Int @external @mine price: Int @requires(fields: "net") }'
    imports = '"@composeDirective", "@key", "@external", "@requires"'
    federation = f'@link(url: "https://specs.apollo.dev/federation/v2.9", import: [{imports}])'
    schema = f'extend schema {federation} {mine("v1.0")} @composeDirective(name: "@mine")'
    graph = {
        "a": f"{schema} directive @mine on FIELD_DEFINITION {own}",
        "b": 'type Query { p: P } type P @key(fields: "id") { id: ID! net: Int }',
    }

    sdl = compose(sources(graph)).supergraph_sdl

    assert directives(field(sdl, "P.net")) == [
        "@join__field(graph: A, external: true)",
        "@join__field(graph: B)",
    ]


@pytest.mark.parametrize(
    ("definition_of_other", "applied"),
    [
        ("directive @mine(size: String) on FIELD_DEFINITION", '@mine(size: "L")'),
        ("directive @mine(size: Int, color: Int!) on FIELD_DEFINITION", "@mine(size: 1, color: 2)"),
        ("directive @mine on OBJECT", ""),
    ],
    ids=["another_type", "a_required_argument", "another_place"],
)
def test_definitions_of_a_composed_directive_suit_every_use_of_it(definition_of_other, applied):
    graph = {
        "a": composing(
            '"@mine"', mine("v1.0"), "directive @mine(size: Int) on FIELD_DEFINITION", "a: Int @mine(size: 1) x"
        ),
        "b": composing('"@mine"', mine("v1.1"), definition_of_other, f"b: Int {applied} y"),
    }

    with pytest.raises(CompositionFailed) as failure:
        compose(sources(graph))

    assert {error.code for error in failure.value.errors} == {ErrorCode.INVALID_GRAPHQL}


def test_a_composed_directive_of_an_interface_object_has_to_suit_interfaces():
    imports = '"@composeDirective", "@key", "@interfaceObject"'
    federation = f'@link(url: "https://specs.apollo.dev/federation/v2.9", import: [{imports}])'
    schema = f'extend schema {federation} {mine("v1.0")} @composeDirective(name: "@mine")'
    starred = 'type Media @interfaceObject @key(fields: "id") @mine { id: ID! stars: Int }'
    media = (
        'type Query { m: Media } interface Media @key(fields: "id") { id: ID! }'
        ' type Book implements Media @key(fields: "id") { id: ID! }'
    )

    with pytest.raises(CompositionFailed) as failure:
        compose(sources({"a": f"{schema} directive @mine on OBJECT {starred}", "b": media}))

    assert {error.code for error in failure.value.errors} == {ErrorCode.INVALID_GRAPHQL}
    assert compose(sources({"a": f"{schema} directive @mine on OBJECT | INTERFACE {starred}", "b": media}))
