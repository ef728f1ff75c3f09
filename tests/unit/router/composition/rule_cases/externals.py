"""The rules on `@external`."""

from router.composition import ErrorCode
from tests.unit.router.composition.documents import version_one
from tests.unit.router.composition.rule_cases.rule_case import QUERY, QUERY_PRODUCT, RuleCase

_WEIGHED = 'type Product @key(fields: "id") { id: ID! weight: Int }'

_NEEDY = QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }'

_MEDIA = (
    QUERY + 'interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id") { id: ID! }'
)
_RATED = 'type Media @interfaceObject @key(fields: "id") '
_GRADED = 'type Book @key(fields: "id") { id: ID! stars: Int @external grade: Int @requires(fields: "stars") }'

EXTERNALS_CASES = (
    RuleCase(
        ErrorCode.EXTERNAL_UNUSED,
        "Product.weight",
        ("a",),
        {
            "a": QUERY_PRODUCT + "{ id: ID! weight: Int @external }",
            "b": _WEIGHED,
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
            "b": _WEIGHED,
        },
    ),
    RuleCase(
        ErrorCode.EXTERNAL_MISSING_ON_BASE,
        "Product.weight",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
            "b": 'type Product @key(fields: "id") { id: ID! }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
            "b": _WEIGHED,
        },
    ),
    RuleCase(
        ErrorCode.EXTERNAL_MISSING_ON_BASE,
        "Book.stars",
        ("c",),
        {"a": _MEDIA, "b": _RATED + "{ id: ID! }", "c": _GRADED},
        {"a": _MEDIA, "b": _RATED + "{ id: ID! stars: Int }", "c": _GRADED},
        "resolved_by_an_interface_object",
    ),
    RuleCase(
        ErrorCode.EXTERNAL_TYPE_MISMATCH,
        "Product.weight",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: String @external fee: Int @requires(fields: "weight") }',
            "b": _WEIGHED,
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
            "b": _WEIGHED,
        },
    ),
    RuleCase(
        ErrorCode.EXTERNAL_ARGUMENT_MISSING,
        "Product.weight(unit:)",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
            "b": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight(unit: String): Int @external fee: Int @requires(fields: "weight") }',
            "b": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int }',
        },
    ),
    RuleCase(
        ErrorCode.EXTERNAL_ARGUMENT_MISSING,
        "Product.weight(unit:)",
        ("a",),
        {
            "a": _NEEDY,
            "b": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int @shareable }',
            "c": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int @shareable }',
        },
        {
            "a": _NEEDY,
            "b": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int @shareable }',
            "c": 'type Product @key(fields: "id") { id: ID! weight: Int @shareable }',
        },
        "that_only_one_owner_has",
    ),
    RuleCase(
        ErrorCode.EXTERNAL_ARGUMENT_TYPE_MISMATCH,
        "Product.weight(unit:)",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight(unit: Int): Int @external fee: Int @requires(fields: "weight") }',
            "b": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight(unit: String): Int @external fee: Int @requires(fields: "weight") }',
            "b": 'type Product @key(fields: "id") { id: ID! weight(unit: String): Int }',
        },
    ),
    RuleCase(
        ErrorCode.EXTERNAL_ON_INTERFACE,
        "Node.id",
        ("a",),
        {"a": QUERY + "interface Node { id: ID! @external }"},
        {"a": QUERY + "interface Node { id: ID! }"},
    ),
    RuleCase(
        ErrorCode.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE,
        "Product.box",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! box: Box @external @provides(fields: "h") fee: Int'
            ' @requires(fields: "box { h }") } type Box { h: Int @external }',
            "b": 'type Product @key(fields: "id") { id: ID! box: Box } type Box { h: Int }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! box: Box @external fee: Int @requires(fields: "box { h }") }'
            " type Box { h: Int @external }",
            "b": 'type Product @key(fields: "id") { id: ID! box: Box } type Box { h: Int }',
        },
    ),
    RuleCase(
        ErrorCode.TYPE_WITH_ONLY_UNUSED_EXTERNAL,
        "Box",
        ("a",),
        {
            "a": version_one("type Query { box: Box } extend type Box { h: Int @external }"),
            "b": version_one("type Box { h: Int }"),
        },
        {
            "a": version_one("type Query { p: Int } extend type Box { h: Int @external }"),
            "b": version_one("type Box { h: Int }"),
        },
    ),
)
