import pytest

from router.composition import CompositionFailed, ErrorCode, SubgraphSource, compose
from tests.unit.router.composition.documents import linked
from tests.unit.router.composition.reading_joins import definition, directives, field

_PRODUCTS = (
    'type Query { p: Product } type Product @key(fields: "id") { id: ID! weight: Int box: Box } type Box { h: Int }'
)
_SHIPPING = (
    'extend type Query { q: Box } extend type Product @key(fields: "id")'
    ' { id: ID! @external weight: Int @external unused: Int @external fee: Int @requires(fields: "weight") }'
    " type Box { h: Int }"
)


def _compose(first: str, second: str) -> str:
    return compose([SubgraphSource("a", "", first), SubgraphSource("b", "", second)]).supergraph_sdl


def test_value_types_are_shared_without_saying_so():
    sdl = _compose(_PRODUCTS, _SHIPPING)

    assert directives(definition(sdl, "Box")) == ["@join__type(graph: A)", "@join__type(graph: B)"]


def test_the_external_key_of_an_extension_is_an_ordinary_key():
    sdl = _compose(_PRODUCTS, _SHIPPING)

    assert directives(definition(sdl, "Product")) == [
        '@join__type(graph: A, key: "id")',
        '@join__type(graph: B, key: "id")',
    ]
    assert directives(field(sdl, "Product.id")) == []


@pytest.mark.parametrize("definition_of", ["a", "z"])
def test_an_extension_without_a_key_has_the_first_key_of_the_definition(definition_of):
    owner = SubgraphSource(definition_of, "", 'type T @key(fields: "id") @key(fields: "code") { id: ID! code: ID! }')
    extension = "type Query { t: T } extend type T { id: ID! @external code: ID! @external fee: Int }"

    sdl = compose([owner, SubgraphSource("b", "", extension)]).supergraph_sdl

    assert "@join__type(graph: B)" in directives(definition(sdl, "T"))
    assert directives(field(sdl, "T.id")) == []
    assert directives(field(sdl, "T.code")) == [f"@join__field(graph: {definition_of.upper()})"]


def test_an_extension_that_lacks_part_of_the_definitions_key_has_no_key():
    with pytest.raises(CompositionFailed) as failure:
        _compose(
            'type T @key(fields: "id code") { id: ID! code: ID! }',
            "type Query { t: T } extend type T { id: ID! @external fee: Int }",
        )

    assert {error.code for error in failure.value.errors} == {ErrorCode.SATISFIABILITY_ERROR}


@pytest.mark.parametrize("root", ["Mutation", "Subscription"])
def test_a_root_of_unused_externals_only_is_refused(root):
    with pytest.raises(CompositionFailed) as failure:
        _compose(f"type Query {{ q: Int }} type {root} {{ z: Int @external }}", f"type {root} {{ z: Int }}")

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.TYPE_WITH_ONLY_UNUSED_EXTERNAL, root)
    ]


def test_required_fields_stay_external_and_unused_ones_are_forgotten():
    sdl = _compose(_PRODUCTS, _SHIPPING)

    assert directives(field(sdl, "Product.weight")) == [
        "@join__field(graph: A)",
        "@join__field(graph: B, external: true)",
    ]
    assert "unused" not in sdl


def test_a_newer_subgraph_must_still_share_explicitly():
    newer = linked('type Product @key(fields: "id") { id: ID! weight: Int }')

    with pytest.raises(CompositionFailed) as failure:
        _compose(_PRODUCTS, newer)

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.INVALID_FIELD_SHARING, "Product.weight")
    ]


def test_a_newer_subgraph_that_shares_composes_with_an_older_one():
    newer = linked('type Product @key(fields: "id") { id: ID! weight: Int @shareable }')

    assert directives(field(_compose(_PRODUCTS, newer), "Product.weight")) == []


@pytest.mark.parametrize("fields", ['["id", "size"]', '["id size"]', '"id size"'])
def test_a_field_set_may_be_a_list_of_strings(fields):
    keyed = f"type Product @key(fields: {fields}) {{ id: ID! size: Int }} type Query {{ p: Product }}"

    sdl = _compose(keyed, "type Query { q: Int }")

    assert directives(definition(sdl, "Product")) == ['@join__type(graph: A, key: "id size")']


def test_a_field_set_may_lack_its_quotes():
    sdl = _compose("type Product @key(fields: id) { id: ID! } type Query { p: Product }", "type Query { q: Int }")

    assert directives(definition(sdl, "Product")) == ['@join__type(graph: A, key: "id")']


def test_the_external_key_of_a_type_that_is_not_extended_stays_external():
    with pytest.raises(CompositionFailed) as failure:
        _compose(
            'type Query { p: Product } type Product @key(fields: "id") { id: ID! @external fee: Int }',
            'type Product @key(fields: "id") { id: ID! weight: Int }',
        )

    assert {error.code for error in failure.value.errors} == {ErrorCode.SATISFIABILITY_ERROR}


@pytest.mark.parametrize(
    ("declared", "joins"),
    [
        ('fee: Int @requires(fields: "weight") weight: Int', []),
        ('fee: Int @requires(fields: "weight size") weight: Int size: Int @external', ['requires: "size"']),
    ],
)
def test_what_a_subgraph_requires_of_its_own_is_dropped(declared, joins):
    sdl = _compose(
        f'type Query {{ p: Product }} type Product @key(fields: "id") {{ id: ID! {declared} }}',
        'type Product @key(fields: "id") { id: ID! size: Int }',
    )

    assert [join for join in directives(field(sdl, "Product.fee")) if "requires" in join] == [
        f"@join__field(graph: A, {join})" for join in joins
    ]


def test_what_a_subgraph_provides_of_its_own_is_dropped():
    sdl = _compose(
        'type Query { p: Product @provides(fields: "weight") } type Product @key(fields: "id") { id: ID! weight: Int }',
        "type Query { q: Int }",
    )

    assert "provides" not in " ".join(directives(field(sdl, "Query.p")))


@pytest.mark.parametrize("kind", ["type Product", "type A implements Product { size: Int } interface Product"])
def test_what_a_leaf_provides_is_dropped(kind: str):
    sdl = _compose(
        f'type Query {{ p: Product }} {kind} {{ size: Int @provides(fields: "id") }}',
        "type Query { q: Int }",
    )

    assert "provides" not in " ".join(directives(field(sdl, "Product.size")))


def test_what_is_wrong_with_a_field_set_is_told_even_of_its_own_fields():
    with pytest.raises(CompositionFailed) as failure:
        _compose(
            'type Query { p: Product } type Product @key(fields: "id") { id: ID! box: Box fee: Int'
            ' @requires(fields: "box") } type Box { h: Int }',
            "type Query { q: Int }",
        )

    assert [error.code for error in failure.value.errors] == [ErrorCode.REQUIRES_INVALID_FIELDS]


def test_what_a_subgraph_defines_as_inaccessible_is_hidden():
    own = "directive @inaccessible on FIELD_DEFINITION type Query { open: Int secret: Int @inaccessible }"

    composition = compose([SubgraphSource("a", "", own)])

    assert "open" in composition.api_sdl
    assert "secret" not in composition.api_sdl


def test_a_field_may_be_overridden_by_a_subgraph_that_defines_the_directive():
    own = 'directive @override(from: String!) on FIELD_DEFINITION type Query { q: Int @override(from: "b") }'

    sdl = _compose(own, "type Query { q: Int }")

    assert directives(field(sdl, "Query.q")) == ['@join__field(graph: A, override: "b")']


def test_external_on_a_type_means_nothing():
    sdl = _compose(_PRODUCTS, 'extend type Product @key(fields: "id") @external { id: ID! fee: Int }')

    assert directives(field(sdl, "Product.fee")) == ["@join__field(graph: B)"]


def test_the_key_of_an_interface_is_none_for_an_interface_object():
    keyed = (
        'type Query { i: Item } interface Item @key(fields: "id") { id: ID! }'
        ' type Book implements Item @key(fields: "id") { id: ID! }'
    )

    with pytest.raises(CompositionFailed) as failure:
        _compose(keyed, linked('type Item @interfaceObject @key(fields: "id") { id: ID! stars: Int }'))

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.INTERFACE_OBJECT_USAGE_ERROR, "Item")
    ]


def test_what_extends_the_definition_of_a_value_type_is_not_shared():
    with pytest.raises(CompositionFailed) as failure:
        _compose("type Query { box: Box } type Box { h: Int } extend type Box { w: Int }", "type Box { h: Int w: Int }")

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.INVALID_FIELD_SHARING, "Box.w")
    ]


@pytest.mark.parametrize(
    "box",
    [
        "extend type Box { h: Int } extend type Box { w: Int }",
        "type Box @extends { h: Int } extend type Box { w: Int }",
        'type Box { h: Int } extend type Box @key(fields: "h") { w: Int }',
    ],
    ids=["only_extended", "extends", "entity"],
)
def test_a_type_that_is_only_extended_and_an_entity_are_shared_as_a_whole(box):
    sdl = _compose(f"type Query {{ box: Box }} {box}", "type Box { h: Int w: Int }")

    assert directives(field(sdl, "Box.w")) == []


def test_what_extends_a_root_is_shared():
    sdl = _compose("type Query { box: Int } extend type Query { h: Int }", "type Query { h: Int }")

    assert directives(field(sdl, "Query.h")) == []
