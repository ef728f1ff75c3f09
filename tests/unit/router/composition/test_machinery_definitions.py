"""A subgraph may bring federation's own definitions along, as many frameworks do, but no others by those names."""

import pytest

from router.composition import CompositionFailed, ErrorCode, SubgraphSource, compose

_TYPES = 'type Query { p: Product } type Product @key(fields: "id") { id: ID! }'


def _compose(definitions: str, imports: str = '"@key", "@tag", "@shareable", "FieldSet"') -> None:
    link = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{imports}])'
    compose([SubgraphSource("a", "", f"{link} {definitions} {_TYPES}")])


@pytest.mark.parametrize(
    "definition",
    [
        "directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT scalar FieldSet",
        "directive @key(fields: String!, resolvable: Boolean! = true) repeatable on OBJECT",
        "directive @key(fields: federation__FieldSet!) on OBJECT scalar federation__FieldSet",
        "directive @federation__external(reason: String) on FIELD_DEFINITION",
        "enum link__Purpose { EXECUTION SECURITY } scalar link__Import",
    ],
)
def test_definitions_that_say_what_the_specification_says_are_let_in(definition):
    _compose(definition)


@pytest.mark.parametrize(
    ("definition", "coordinate", "reason"),
    [
        ("directive @shareable(x: Int) on OBJECT", "@shareable", 'federation\'s directive has no argument "x"'),
        (
            "directive @key(resolvable: Boolean = true) on OBJECT",
            "@key",
            'federation\'s directive needs the argument "fields"',
        ),
        (
            "directive @key(fields: String) on OBJECT",
            "@key",
            'the argument "fields" is of type "federation__FieldSet!", not "String"',
        ),
        ("scalar Mine directive @key(fields: Mine!) on OBJECT", "@key", 'the argument "fields" is of type'),
        (
            "directive @key(fields: String!, resolvable: Boolean) on OBJECT",
            "@key",
            'the argument "resolvable" has the default true, not None',
        ),
        (
            "directive @federation__override(from: String!) repeatable on FIELD_DEFINITION",
            "@federation__override",
            "federation's directive is not repeatable",
        ),
        ("directive @shareable on OBJECT | SCALAR", "@shareable", "federation's directive does not stand on SCALAR"),
        ("directive @tag(name: String) on OBJECT", "@tag", 'the argument "name" is of type "String!", not "String"'),
    ],
)
def test_a_directive_defined_otherwise_is_refused(definition, coordinate, reason):
    with pytest.raises(CompositionFailed) as failure:
        _compose(definition)

    [error] = failure.value.errors
    assert (error.code, error.coordinate) == (ErrorCode.DIRECTIVE_DEFINITION_INVALID, coordinate)
    assert error.message.startswith(reason)


@pytest.mark.parametrize(
    ("definition", "coordinate"),
    [
        ("type FieldSet { a: Int }", "FieldSet"),
        ("enum link__Import { A }", "link__Import"),
        ("enum link__Purpose { A }", "link__Purpose"),
        ("scalar link__Purpose", "link__Purpose"),
    ],
)
def test_a_type_defined_otherwise_is_refused(definition, coordinate):
    with pytest.raises(CompositionFailed) as failure:
        _compose(definition)

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.TYPE_DEFINITION_INVALID, coordinate)
    ]


@pytest.mark.parametrize("name", ["skip", "deprecated", "oneOf"])
def test_federations_directives_do_not_take_the_names_of_graphqls_own(name):
    with pytest.raises(CompositionFailed) as failure:
        _compose("", f'"@key", {{name: "@authenticated", as: "@{name}"}}')

    assert [(error.code, error.coordinate) for error in failure.value.errors] == [
        (ErrorCode.DIRECTIVE_DEFINITION_INVALID, f"@{name}")
    ]
