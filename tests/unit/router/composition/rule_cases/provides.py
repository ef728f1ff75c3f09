"""The rules on `@provides`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, RuleCase

_BRANDED = 'type Brand @key(fields: "id") { id: ID! name: String @shareable }'

_NAMED = (
    'interface Named { name: String } type Brand implements Named @key(fields: "id") { id: ID! name: String @external }'
)

PROVIDES_CASES = (
    RuleCase(
        ErrorCode.PROVIDES_INVALID_FIELDS,
        "Query.brand",
        ("a",),
        {
            "a": 'type Query { brand: Brand @provides(fields: "label") } type Brand @key(fields: "id") { id: ID! }',
            "b": _BRANDED,
        },
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": _BRANDED,
        },
    ),
    RuleCase(
        ErrorCode.PROVIDES_INVALID_FIELDS_TYPE,
        "Query.brand",
        ("a",),
        {"a": 'type Query { brand: Brand @provides(fields: 1) } type Brand @key(fields: "id") { id: ID! }'},
        {"a": 'type Query { brand: Brand } type Brand @key(fields: "id") { id: ID! }'},
    ),
    RuleCase(
        ErrorCode.PROVIDES_INVALID_FIELDS_TYPE,
        "Query.brand",
        ("a",),
        {"a": 'type Query { brand: Brand @provides(fields: null) } type Brand @key(fields: "id") { id: ID! }'},
        {"a": 'type Query { brand: Brand } type Brand @key(fields: "id") { id: ID! }'},
        "null",
    ),
    RuleCase(
        ErrorCode.PROVIDES_FIELDS_MISSING_EXTERNAL,
        "Query.brand",
        ("a",),
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @shareable }',
            "b": _BRANDED,
        },
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": _BRANDED,
        },
    ),
    RuleCase(
        ErrorCode.PROVIDES_FIELDS_MISSING_EXTERNAL,
        "Query.named",
        ("a",),
        {"a": 'type Query { named: Named @provides(fields: "name") } ' + _NAMED, "b": _BRANDED},
        {"a": 'type Query { named: Named @provides(fields: "... on Brand { name }") } ' + _NAMED, "b": _BRANDED},
        "of_an_interface",
    ),
    RuleCase(
        ErrorCode.PROVIDES_ON_NON_OBJECT_FIELD,
        "Query.name",
        ("a",),
        {"a": 'type Query { name: String @provides(fields: "id") }'},
        {"a": "type Query { name: String }"},
    ),
    RuleCase(
        ErrorCode.PROVIDES_FIELDS_HAS_ARGS,
        "Query.brand",
        ("a",),
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name(case: Int): String @external }',
            "b": 'type Brand @key(fields: "id") { id: ID! name(case: Int): String @shareable }',
        },
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": _BRANDED,
        },
    ),
    RuleCase(
        ErrorCode.PROVIDES_UNSUPPORTED_ON_INTERFACE,
        "Owner.brand",
        ("a",),
        {
            "a": QUERY + 'interface Owner { brand: Brand @provides(fields: "name") }'
            ' type Shop implements Owner { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": _BRANDED,
        },
        {
            "a": QUERY + "interface Owner { brand: Brand }"
            ' type Shop implements Owner { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": _BRANDED,
        },
    ),
)
