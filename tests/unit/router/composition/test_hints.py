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


def _traced(arguments: str, others: str) -> dict[str, str]:
    return {
        "a": f"directive @trace{arguments} on FIELD type Query {{ p: Int }}",
        "b": f"directive @trace{others} on FIELD scalar S",
    }


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
        (
            HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE,
            "Filter.size",
            ("b",),
            {
                "a": "type Query { p(by: Filter): Int } input Filter { size: Int = 1 }",
                "b": "type Query { q(by: Filter): Int } input Filter { size: Int }",
            },
        ),
        (
            HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE,
            "Filter.size",
            ("a", "b"),
            {
                "a": "type Query { p(by: Filter): Int } input Filter { size: Int! }",
                "b": "type Query { q(by: Filter): Int } input Filter { size: Int }",
            },
        ),
        (
            HintCode.INCONSISTENT_DESCRIPTION,
            "Filter.size",
            ("a", "b"),
            {
                "a": 'type Query { p(by: Filter): Int } input Filter { "one" size: Int }',
                "b": 'type Query { q(by: Filter): Int } input Filter { "two" size: Int }',
            },
        ),
        (
            HintCode.INCONSISTENT_ENTITY,
            "Product",
            ("b",),
            {"a": "type Query { p: Product } " + _PRODUCT, "b": "type Product { id: ID! @shareable }"},
        ),
        (
            HintCode.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD,
            "Money.code",
            ("b",),
            {
                "a": "type Query { p: Money } type Money @shareable { cents: Int code: ID }",
                "b": "type Money @shareable { cents: Int }",
            },
        ),
        (
            HintCode.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD,
            "Priced.code",
            ("b",),
            {
                "a": "type Query { p: Priced } interface Priced { cents: Int code: ID }",
                "b": "interface Priced { cents: Int }",
            },
        ),
        (
            HintCode.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED,
            "Product.price",
            ("a",),
            {"a": _overriding("")["a"], "b": 'type Product @key(fields: "id") { id: ID! }'},
        ),
        (
            HintCode.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
            "Query.p",
            ("a", "b"),
            {
                "a": "type Query { p: Int @shareable @cost(weight: 1) }",
                "b": "type Query { p: Int @shareable @cost(weight: 2) }",
            },
        ),
        (
            HintCode.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
            "Query.p",
            ("a", "b"),
            {
                "a": 'type Query { p: Int @shareable @deprecated(reason: "old") }',
                "b": 'type Query { p: Int @shareable @deprecated(reason: "older") }',
            },
        ),
        (
            HintCode.INCONSISTENT_DESCRIPTION,
            "Query.p(of:)",
            ("a", "b"),
            {
                "a": 'type Query { p("One." of: Int): Int @shareable }',
                "b": 'type Query { p("Two." of: Int): Int @shareable }',
            },
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
            HintCode.INCONSISTENT_ARGUMENT_PRESENCE,
            "@trace(depth:)",
            ("b",),
            _traced("(depth: Int)", ""),
        ),
        (
            HintCode.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE,
            "@trace(depth:)",
            ("a", "b"),
            _traced("(depth: Int)", "(depth: Int!)"),
        ),
        (
            HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE,
            "@trace(depth:)",
            ("b",),
            _traced("(depth: Int = 1)", "(depth: Int)"),
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
