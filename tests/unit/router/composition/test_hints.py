import pytest

from router.composition import HintCode, compose
from tests.unit.router.composition.documents import sources

_PRODUCT = 'type Product @key(fields: "id") { id: ID! price: Int }'


def _overriding(label: str) -> dict[str, str]:
    override = f'@override(from: "b"{label})'
    return {
        "a": f'type Query {{ p: Product }} type Product @key(fields: "id") {{ id: ID! price: Int {override} }}',
        "b": _PRODUCT,
    }


def _directive(definition: str) -> dict[str, str]:
    return {"a": "directive @trace repeatable on FIELD | QUERY type Query { p: Int }", "b": f"{definition} scalar S"}


@pytest.mark.parametrize(
    ("code", "coordinate", "subgraphs", "graph"),
    [
        (HintCode.OVERRIDDEN_FIELD_CAN_BE_REMOVED, "Product.price", ("b",), _overriding("")),
        (
            HintCode.OVERRIDE_MIGRATION_IN_PROGRESS,
            "Product.price",
            ("b",),
            _overriding(', label: "percent(10)"'),
        ),
        (
            HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE,
            "Query.p(of:)",
            ("b",),
            {"a": "type Query { p(of: Int = 1): Int @shareable }", "b": "type Query { p(of: Int): Int @shareable }"},
        ),
        (
            HintCode.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE,
            "Query.p(of:)",
            ("a", "b"),
            {"a": "type Query { p(of: Int!): Int @shareable }", "b": "type Query { p(of: Int): Int @shareable }"},
        ),
        (HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE, "@trace", ("b",), _directive("")),
        (
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS,
            "@trace",
            ("a", "b"),
            _directive("directive @trace repeatable on FIELD"),
        ),
        (
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE,
            "@trace",
            ("b",),
            _directive("directive @trace on FIELD | QUERY"),
        ),
        (
            HintCode.NO_EXECUTABLE_DIRECTIVE_INTERSECTION,
            "@trace",
            ("a", "b"),
            _directive("directive @trace repeatable on MUTATION"),
        ),
    ],
)
def test_what_differs_without_harm_is_remarked_on(code, coordinate, subgraphs, graph):
    hints = compose(sources(graph)).hints

    assert [(hint.code, hint.coordinate, hint.subgraphs) for hint in hints] == [(code, coordinate, subgraphs)]


@pytest.mark.parametrize(
    "graph",
    [
        {"a": "type Query { p: Product } " + _PRODUCT, "b": 'type Product @key(fields: "id") { id: ID! }'},
        {"a": "type Query { p(of: Int = 1): Int @shareable }", "b": "type Query { p(of: Int = 1): Int @shareable }"},
        _directive("directive @trace repeatable on QUERY | FIELD"),
    ],
    ids=["no_override", "same_argument", "same_directive"],
)
def test_what_does_not_differ_is_not_remarked_on(graph):
    assert compose(sources(graph)).hints == ()
