import pytest
from graphql.language import print_ast

from router.composition import HintCode, compose
from router.planning.supergraph_loader import load_supergraph
from tests.unit.router.composition.documents import linked, sources
from tests.unit.router.composition.reading_joins import definition, directives, field


def _compose(*documents: str):
    return compose(sources(dict(zip("abc", documents, strict=False))))


def test_a_field_is_nullable_when_one_subgraph_says_so_and_records_each_type():
    sdl = _compose("type Query { n: [Int!]! @shareable }", "type Query { n: [Int]! @shareable }").supergraph_sdl

    node = field(sdl, "Query.n")
    assert print_ast(node.type) == "[Int]!"
    assert directives(node) == [
        '@join__field(graph: A, type: "[Int!]!")',
        '@join__field(graph: B, type: "[Int]!")',
    ]


def test_a_field_takes_the_interface_one_subgraph_gives_it():
    sdl = _compose(
        "type Query { n: Node @shareable } interface Node { id: ID! } type A implements Node { id: ID! @shareable }",
        "type Query { n: A @shareable } type A { id: ID! @shareable }",
    ).supergraph_sdl

    assert print_ast(field(sdl, "Query.n").type) == "Node"


def test_arguments_are_intersected_and_the_narrowest_type_wins():
    composition = _compose(
        "type Query { n(a: Int, b: Int): Int @shareable }", "type Query { n(a: Int!): Int @shareable }"
    )

    assert [print_ast(argument) for argument in field(composition.supergraph_sdl, "Query.n").arguments or ()] == [
        "a: Int!"
    ]
    assert [(hint.code, hint.coordinate) for hint in composition.hints] == [
        (HintCode.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE, "Query.n(a:)"),
        (HintCode.INCONSISTENT_ARGUMENT_PRESENCE, "Query.n(b:)"),
    ]


@pytest.mark.parametrize(("second", "merged"), [("a: Int = 1", "a: Int = 1"), ("a: Int", "a: Int")])
def test_a_default_holds_when_every_subgraph_gives_it(second, merged):
    sdl = _compose("type Query { n(a: Int = 1): Int @shareable }", f"type Query {{ n({second}): Int @shareable }}")

    assert print_ast((field(sdl.supergraph_sdl, "Query.n").arguments or ())[0]) == merged


@pytest.mark.parametrize(
    ("type_", "first", "second"),
    [
        ("Float", "1", "1.0"),
        ("Float", "1e2", "100"),
        ("String", '"x"', '"""x"""'),
        ("Size", "{ w: 1, h: 2 }", "{ h: 2, w: 1 }"),
    ],
)
def test_a_default_is_the_same_however_it_is_written(type_, first, second):
    sdl = _compose(
        *(
            f"type Query {{ n(a: {type_} = {default}): Int @shareable }} input Size {{ w: Int h: Int }}"
            for default in (first, second)
        )
    ).supergraph_sdl

    assert [print_ast(argument) for argument in field(sdl, "Query.n").arguments or ()] == [f"a: {type_} = {first}"]


def test_inputs_keep_what_all_subgraphs_take():
    composition = _compose(
        "type Query { p(by: By): Int } input By { a: Int! b: [Int] c: Int }",
        "type Query { q(by: By): Int } input By { a: Int b: [Int!] }",
    )

    assert print_ast(definition(composition.supergraph_sdl, "By")) == (
        "input By @join__type(graph: A) @join__type(graph: B) {\n"
        '  a: Int! @join__field(graph: A, type: "Int!") @join__field(graph: B, type: "Int")\n'
        '  b: [Int!] @join__field(graph: A, type: "[Int]") @join__field(graph: B, type: "[Int!]")\n'
        "}"
    )
    assert [(hint.code, hint.coordinate) for hint in composition.hints] == [
        (HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE, "By.a"),
        (HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE, "By.b"),
        (HintCode.INCONSISTENT_INPUT_OBJECT_FIELD, "By.c"),
    ]


def test_one_of_inputs_stay_one_of():
    composition = _compose(
        "type Query { p(by: By): Int } input By @oneOf { id: ID sku: ID }",
        "type Query { q(by: By): Int } input By { id: ID sku: ID }",
    )

    assert "@oneOf" in directives(definition(composition.supergraph_sdl, "By"))
    assert directives(definition(composition.api_sdl, "By")) == ["@oneOf"]


@pytest.mark.parametrize(
    ("usage", "values"),
    [("p: Size", ["S", "L", "M"]), ("p(of: Size): Int", ["S"])],
    ids=["output_gives_the_union", "input_takes_the_intersection"],
)
def test_enums_merge_by_use(usage, values):
    sdl = _compose(f"type Query {{ {usage} }} enum Size {{ S L }}", "type Query { q: Int } enum Size { S M }").api_sdl

    assert print_ast(definition(sdl, "Size")) == "enum Size {\n  " + "\n  ".join(values) + "\n}"


def test_a_hidden_enum_value_need_not_be_everywhere():
    composition = _compose(
        "type Query { p(of: Size): Size } enum Size { S L @inaccessible }",
        "type Query { q(of: Size): Size } enum Size { S }",
    )

    assert "L @join__enumValue(graph: A) @inaccessible" in composition.supergraph_sdl
    assert print_ast(definition(composition.api_sdl, "Size")) == "enum Size {\n  S\n}"


def test_unions_join_their_members():
    composition = _compose(
        "type Query { p: U @shareable } union U = A | B type A @shareable { x: Int } type B @shareable { x: Int }",
        "type Query { p: U @shareable } union U = A type A @shareable { x: Int }",
    )

    assert directives(definition(composition.supergraph_sdl, "U")) == [
        "@join__type(graph: A)",
        "@join__type(graph: B)",
        '@join__unionMember(graph: A, member: "A")',
        '@join__unionMember(graph: A, member: "B")',
        '@join__unionMember(graph: B, member: "A")',
    ]
    assert [hint.code for hint in composition.hints] == [
        HintCode.INCONSISTENT_UNION_MEMBER,
        HintCode.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN,
    ]


def test_the_most_frequent_description_is_taken_and_a_hint_given():
    composition = _compose(
        'type Query { "first" n: Int @shareable }',
        'type Query { "second" n: Int @shareable }',
        'type Query { "second" n: Int @shareable }',
    )

    description = field(composition.supergraph_sdl, "Query.n").description
    assert description is not None
    assert description.value == "second"
    assert [hint.code for hint in composition.hints] == [HintCode.INCONSISTENT_DESCRIPTION]


def test_a_field_is_described_by_those_who_resolve_it():
    composition = _compose(
        'type Query { p: P } type P @key(fields: "id") { id: ID! "What a needs." n: Int @external'
        ' m: Int @requires(fields: "n") }',
        'type P @key(fields: "id") { id: ID! "What it is." n: Int }',
    )

    description = field(composition.supergraph_sdl, "P.n").description
    assert description is not None
    assert description.value == "What it is."
    assert composition.hints == ()


def test_the_schema_is_described_as_most_subgraphs_describe_it():
    composition = _compose(
        '"ours" schema { query: Query } type Query { a: Int }',
        '"yours" schema { query: Query } type Query { b: Int }',
        '"yours" schema { query: Query } type Query { c: Int }',
    )

    assert composition.supergraph_sdl.startswith('"""yours"""\nschema\n')
    assert composition.api_sdl.startswith('"""yours"""\nschema {')


def test_descriptions_with_quotes_lines_and_backslashes_survive():
    text = 'a "quote", a \\ and\n  an indented line """ in the midst'
    escaped = text.replace('"""', '\\"""')
    sdl = _compose(f'type Query {{ """\n{escaped}\n""" n("""\n{escaped}\n""" a: Int): Int }}').supergraph_sdl

    node = field(sdl, "Query.n")
    assert node.description is not None
    assert node.description.value == text
    argument = (node.arguments or ())[0]
    assert argument.description is not None
    assert argument.description.value == text


def test_demands_of_all_subgraphs_on_a_shared_field_hold_together():
    sdl = _compose(
        'type Query { n: Int @shareable @authenticated @requiresScopes(scopes: [["a", "b"], ["c"]]) }',
        'type Query { n: Int @shareable @requiresScopes(scopes: [["b"], ["d"]]) @policy(policies: [["p"]]) }',
    ).supergraph_sdl

    assert directives(field(sdl, "Query.n")) == [
        "@authenticated",
        '@requiresScopes(scopes: [["a", "b"], ["b", "c"], ["c", "d"]])',
        '@policy(policies: [["p"]])',
    ]


def test_who_demands_no_scopes_takes_nothing_from_who_does():
    sdl = _compose(
        "type Query { n: Int @shareable @requiresScopes(scopes: []) }",
        'type Query { n: Int @shareable @requiresScopes(scopes: [["a"]]) }',
    ).supergraph_sdl

    assert directives(field(sdl, "Query.n")) == ['@requiresScopes(scopes: [["a"]])']


def test_costs_take_the_higher_and_list_sizes_come_along():
    sdl = _compose(
        "type Query { n(first: Int @cost(weight: 2)): [Int] @shareable @cost(weight: 3)"
        " @listSize(assumedSize: 10, requireOneSlicingArgument: false) }",
        'type Query { n(first: Int): [Int] @shareable @cost(weight: 5) @listSize(slicingArguments: ["first"]) }',
    ).supergraph_sdl

    assert directives(field(sdl, "Query.n")) == [
        "@cost(weight: 5)",
        '@listSize(assumedSize: 10, slicingArguments: ["first"], requireOneSlicingArgument: false)',
    ]


def test_an_empty_reason_deprecates():
    sdl = _compose('type Query { n: Int @deprecated(reason: "") }').supergraph_sdl

    assert directives(field(sdl, "Query.n")) == ['@deprecated(reason: "")']


def test_tags_unite_and_one_inaccessible_hides():
    composition = _compose(
        'type Query { n: Int @shareable @tag(name: "b") m: Int }',
        'type Query { n: Int @shareable @tag(name: "a") @inaccessible }',
    )

    assert directives(field(composition.supergraph_sdl, "Query.n")) == [
        "@inaccessible",
        '@tag(name: "a")',
        '@tag(name: "b")',
    ]
    assert "n:" not in composition.api_sdl


def test_scalars_keep_their_specification():
    sdl = _compose('type Query { d: D } scalar D @specifiedBy(url: "https://example.com/d")', "scalar D")

    assert '@specifiedBy(url: "https://example.com/d")' in directives(definition(sdl.supergraph_sdl, "D"))
    assert directives(definition(sdl.api_sdl, "D")) == ['@specifiedBy(url: "https://example.com/d")']


def test_directives_of_operations_stay_when_all_subgraphs_know_them():
    sdl = _compose(
        "directive @live(every: Int, why: String) on QUERY | FIELD directive @mine on FIELD type Query { p: Int }",
        "directive @live(every: Int!) on QUERY type Query { q: Int }",
    ).api_sdl

    assert "directive @live(every: Int!) on QUERY\n" in sdl
    assert "@mine" not in sdl


def test_a_field_moved_in_part_is_marked_as_used_where_a_key_needs_it():
    sdl = _compose(
        'type Query { p: P } type P @key(fields: "id") { id: ID! sku: ID @override(from: "b", label: "beta") }',
        'type Query { q: P } type P @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID }',
    ).supergraph_sdl

    assert directives(field(sdl, "P.sku")) == [
        '@join__field(graph: A, override: "b", overrideLabel: "beta")',
        '@join__field(graph: B, usedOverridden: true, overrideLabel: "beta")',
    ]


def test_an_override_moves_the_field_and_keeps_it_where_a_key_needs_it():
    sdl = _compose(
        'type Query { p: P } type P @key(fields: "id")'
        ' { id: ID! price: Int @override(from: "b") sku: ID @override(from: "b") }',
        'type Query { q: P } type P @key(fields: "id") @key(fields: "sku") { id: ID! price: Int sku: ID }',
    ).supergraph_sdl

    assert directives(field(sdl, "P.price")) == ['@join__field(graph: A, override: "b")']
    assert directives(field(sdl, "P.sku")) == [
        '@join__field(graph: A, override: "b")',
        "@join__field(graph: B, usedOverridden: true)",
    ]


def test_who_only_needs_what_another_takes_over_still_does_not_resolve_it():
    sdl = _compose(
        'type Query { p: P } type P @key(fields: "id") { id: ID! n: Int @override(from: "b") }',
        'type Query { q: P } type P @key(fields: "id") { id: ID! n: Int @external m: Int @requires(fields: "n") }',
    ).supergraph_sdl

    assert directives(field(sdl, "P.n")) == [
        '@join__field(graph: A, override: "b")',
        "@join__field(graph: B, external: true)",
    ]


def test_callers_do_not_see_a_hidden_argument_of_a_directive():
    composition = _compose('directive @d(a: Int @inaccessible, "why" b: Int) on FIELD type Query { p: Int }')

    assert "a: Int @inaccessible" in composition.supergraph_sdl
    assert 'directive @d(\n  """why"""\n  b: Int\n) on FIELD\n' in composition.api_sdl


def test_an_override_by_label_keeps_both_subgraphs():
    sdl = _compose(
        'type Query { p: P } type P @key(fields: "id") { id: ID! n: Int @override(from: "b", label: "percent(5)") }',
        'type Query { q: P } type P @key(fields: "id") { id: ID! n: Int }',
    ).supergraph_sdl

    assert directives(field(sdl, "P.n")) == [
        '@join__field(graph: A, override: "b", overrideLabel: "percent(5)")',
        '@join__field(graph: B, overrideLabel: "percent(5)")',
    ]


def test_an_override_that_takes_the_field_from_nobody_needs_no_join():
    sdl = _compose(
        'type Query { p: P } type P { n: Int @override(from: "b") }',
        "type Query { q: Int }",
    ).supergraph_sdl

    assert directives(field(sdl, "P.n")) == []


def test_an_interface_is_guarded_as_its_implementations_are():
    sdl = _compose(
        "type Query { n: [N] } interface N { id: ID! size: Int }"
        " type A implements N @authenticated { id: ID! size: Int }"
        ' type B implements N { id: ID! size: Int @requiresScopes(scopes: [["s"]]) }'
    ).supergraph_sdl

    assert "@authenticated" in directives(definition(sdl, "N"))
    assert directives(field(sdl, "N.size")) == ['@requiresScopes(scopes: [["s"]])']


def test_what_an_interface_object_demands_of_a_field_its_implementations_demand_too():
    sdl = _compose(
        'type Query { n: [N] } interface N @key(fields: "id") { id: ID! }'
        ' type A implements N @key(fields: "id") { id: ID! }',
        'type N @interfaceObject @key(fields: "id") { id: ID! @authenticated stars: Int }',
    ).supergraph_sdl

    assert directives(field(sdl, "A.id")) == ["@authenticated"]


def test_what_two_interface_objects_demand_of_a_field_their_implementations_demand_together():
    sdl = _compose(
        'type Query { n: [N] } interface N @key(fields: "id") { id: ID! } interface M @key(fields: "id") { id: ID! }'
        ' type A implements N & M @key(fields: "id") { id: ID! }',
        'type M @interfaceObject @key(fields: "id") { id: ID! stars: Int @shareable }',
        'type N @interfaceObject @key(fields: "id") { id: ID! stars: Int @shareable @authenticated }',
    ).supergraph_sdl

    assert directives(field(sdl, "A.stars")) == ["@join__field", "@authenticated"]
    assert directives(field(sdl, "M.stars")) == ["@join__field(graph: B)", "@authenticated"]


def test_an_override_from_a_stranger_is_written_without_its_label():
    sdl = _compose(
        'type Query { n: Int @override(from: "elsewhere", label: "percent(1)") }', "type Query { m: Int }"
    ).supergraph_sdl

    assert directives(field(sdl, "Query.n")) == ['@join__field(graph: A, override: "elsewhere")']


def test_an_override_from_a_stranger_is_only_a_hint():
    composition = _compose('type Query { n: Int @override(from: "elsewhere") }')

    assert directives(field(composition.supergraph_sdl, "Query.n")) == []
    assert [hint.code for hint in composition.hints] == [HintCode.FROM_SUBGRAPH_DOES_NOT_EXIST]


def test_fields_of_an_interface_object_reach_every_implementation():
    sdl = _compose(
        'type Query { m: Media } interface Media @key(fields: "id") { id: ID! }'
        ' type Book implements Media @key(fields: "id") { id: ID! }',
        'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
    ).supergraph_sdl

    assert directives(definition(sdl, "Media")) == [
        '@join__type(graph: A, key: "id")',
        '@join__type(graph: B, key: "id", isInterfaceObject: true)',
    ]
    assert directives(field(sdl, "Media.stars")) == ["@join__field(graph: B)"]
    assert directives(field(sdl, "Book.stars")) == ["@join__field"]


def test_an_unused_enum_is_worth_a_hint():
    composition = _compose("type Query { n: Int } enum Size { S }")

    assert [str(hint) for hint in composition.hints] == [
        "UNUSED_ENUM_TYPE Size [a]: no field or argument is of this enum"
    ]


def test_cache_tags_say_which_subgraphs_have_them():
    sdl = compose(
        sources(
            {
                "a": linked('type Query { p: Int @shareable @cacheTag(format: "p") @cacheTag(format: "all") }', 12),
                "b": linked('type Query { p: Int @shareable @cacheTag(format: "p") }', 12),
            }
        )
    ).supergraph_sdl

    assert '@link(url: "https://specs.apollo.dev/cacheTag/v0.1", for: EXECUTION)' in sdl
    assert directives(field(sdl, "Query.p")) == [
        '@join__directive(graphs: [A, B], name: "federation__cacheTag", args: { format: "p" })',
        '@join__directive(graphs: [A], name: "federation__cacheTag", args: { format: "all" })',
    ]
    load_supergraph(sdl)
