"""The rules on `@override`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, QUERY_PRODUCT, RuleCase

_B_PRICED = 'type Query { q: Int } type Product @key(fields: "id") { id: ID! price: Int }'

OVERRIDES_CASES = (
    RuleCase(
        ErrorCode.OVERRIDE_FROM_SELF_ERROR,
        "Product.price",
        ("a",),
        {"a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "a") }'},
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b") }',
            "b": _B_PRICED,
        },
    ),
    RuleCase(
        ErrorCode.OVERRIDE_SOURCE_HAS_OVERRIDE,
        "Product.price",
        ("a", "b"),
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b") }',
            "b": 'type Query { q: Int } type Product @key(fields: "id") { id: ID! price: Int @override(from: "a") }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b") }',
            "b": _B_PRICED,
        },
    ),
    RuleCase(
        ErrorCode.OVERRIDE_SOURCE_HAS_OVERRIDE,
        "Product.price",
        ("a", "b"),
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b") }',
            "b": 'type Query { q: Int } type Product @key(fields: "id") { id: ID! price: Int @override(from: "c") }',
            "c": 'type Product @key(fields: "id") { id: ID! price: Int }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @shareable @override(from: "c") }',
            "b": 'type Query { q: Int } type Product @key(fields: "id")'
            ' { id: ID! price: Int @shareable @override(from: "c") }',
            "c": 'type Product @key(fields: "id") { id: ID! price: Int }',
        },
        "by_two_from_a_third",
    ),
    RuleCase(
        ErrorCode.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE,
        "Product.price",
        ("b",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b") }',
            "b": 'type Query { q: Int } type Product @key(fields: "id")'
            ' { id: ID! net: Int @external price: Int @requires(fields: "net") }',
            "c": 'type Product @key(fields: "id") { id: ID! net: Int }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b") }',
            "b": _B_PRICED,
            "c": 'type Product @key(fields: "id") { id: ID! net: Int }',
        },
    ),
    RuleCase(
        ErrorCode.OVERRIDE_ON_INTERFACE,
        "Node.id",
        ("a",),
        {"a": QUERY + 'interface Node { id: ID! @override(from: "b") }'},
        {"a": QUERY + "interface Node { id: ID! }"},
    ),
    RuleCase(
        ErrorCode.OVERRIDE_ON_INTERFACE,
        "Node.id",
        ("a",),
        {"a": QUERY + 'interface Node { id: ID! @override(from: "a") }'},
        {"a": QUERY + "interface Node { id: ID! }"},
        "from_self",
    ),
    RuleCase(
        ErrorCode.OVERRIDE_LABEL_INVALID,
        "Product.price",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b", label: "percent(200)") }',
            "b": _B_PRICED,
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! price: Int @override(from: "b", label: "percent(20)") }',
            "b": _B_PRICED,
        },
    ),
)
