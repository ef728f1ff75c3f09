"""The rules on `@requires`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, QUERY_PRODUCT, RuleCase

_WEIGHED = 'type Product @key(fields: "id") { id: ID! weight: Int }'
_CHARGED_BY_MASS = QUERY_PRODUCT + '{ id: ID! mass(in: Int): Int @external fee: Int @requires(fields: "mass(in: 1)") }'
_CHARGED_BY_UNIT = (
    "enum Unit { KG LB } "
    + QUERY_PRODUCT
    + '{ id: ID! mass(in: Unit): Int @external fee: Int @requires(fields: "mass(in: KG)") }'
)
_LENT = (
    QUERY + 'interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id")'
    ' { id: ID! mass(in: Int): Int @external fee: Int @requires(fields: "mass(in: 1)") }'
)

REQUIRES_CASES = (
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS,
        "Product.fee",
        ("a",),
        {"a": QUERY_PRODUCT + '{ id: ID! fee: Int @requires(fields: "mass") }'},
        {
            "a": QUERY_PRODUCT + '{ id: ID! mass: Int @external fee: Int @requires(fields: "mass") }',
            "b": 'type Product @key(fields: "id") { id: ID! mass: Int }',
        },
        "unknown_field",
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS,
        "Product.fee",
        ("a",),
        {
            "a": QUERY_PRODUCT + '{ id: ID! mass: Int @external fee: Int @requires(fields: "m: mass") }',
            "b": 'type Product @key(fields: "id") { id: ID! mass: Int }',
        },
        {
            "a": QUERY_PRODUCT + '{ id: ID! mass: Int @external fee: Int @requires(fields: "mass") }',
            "b": 'type Product @key(fields: "id") { id: ID! mass: Int }',
        },
        "alias",
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS,
        "Product.fee",
        ("a",),
        {
            "a": QUERY_PRODUCT
            + '{ id: ID! mass(in: [Int]): Int @external fee: Int @requires(fields: "mass(in: [1, $unit])") }',
            "b": 'type Product @key(fields: "id") { id: ID! mass(in: [Int]): Int }',
        },
        {
            "a": QUERY_PRODUCT
            + '{ id: ID! mass(in: [Int]): Int @external fee: Int @requires(fields: "mass(in: [1, 2])") }',
            "b": 'type Product @key(fields: "id") { id: ID! mass(in: [Int]): Int }',
        },
        "variable",
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS,
        "Product.fee",
        ("a",),
        {"a": _CHARGED_BY_MASS, "b": 'type Product @key(fields: "id") { id: ID! mass: Int }'},
        {"a": _CHARGED_BY_MASS, "b": 'type Product @key(fields: "id") { id: ID! mass(in: Int): Int }'},
        "argument_not_known_elsewhere",
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS,
        "Product.fee",
        ("a",),
        {
            "a": _CHARGED_BY_UNIT,
            "b": 'enum Unit { LB } type Product @key(fields: "id") { id: ID! mass(in: Unit): Int }',
        },
        {
            "a": _CHARGED_BY_UNIT,
            "b": 'enum Unit { KG LB } type Product @key(fields: "id") { id: ID! mass(in: Unit): Int }',
        },
        "value_not_known_elsewhere",
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS,
        "Book.fee",
        ("a",),
        {"a": _LENT, "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! mass: Int }'},
        {"a": _LENT, "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! mass(in: Int): Int }'},
        "argument_not_known_to_an_interface_object",
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS_TYPE,
        "Product.fee",
        ("a",),
        {"a": QUERY_PRODUCT + "{ id: ID! fee: Int @requires(fields: true) }"},
        {"a": QUERY_PRODUCT + "{ id: ID! fee: Int }"},
    ),
    RuleCase(
        ErrorCode.REQUIRES_INVALID_FIELDS_TYPE,
        "Product.fee",
        ("a",),
        {"a": QUERY_PRODUCT + "{ id: ID! fee: Int @requires(fields: null) }"},
        {"a": QUERY_PRODUCT + "{ id: ID! fee: Int }"},
        "null",
    ),
    RuleCase(
        ErrorCode.REQUIRES_FIELDS_MISSING_EXTERNAL,
        "Product.fee",
        ("a",),
        {"a": QUERY_PRODUCT + '{ id: ID! weight: Int fee: Int @requires(fields: "weight") }'},
        {
            "a": QUERY_PRODUCT + '{ id: ID! weight: Int @external fee: Int @requires(fields: "weight") }',
            "b": _WEIGHED,
        },
    ),
    RuleCase(
        ErrorCode.REQUIRES_UNSUPPORTED_ON_INTERFACE,
        "Node.fee",
        ("a",),
        {"a": QUERY + 'interface Node { id: ID! fee: Int @requires(fields: "id") }'},
        {"a": QUERY + "interface Node { id: ID! fee: Int }"},
    ),
)
