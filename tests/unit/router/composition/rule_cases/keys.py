"""The rules on `@key`."""

from router.composition import ErrorCode
from tests.unit.router.composition.documents import linked
from tests.unit.router.composition.rule_cases.rule_case import QUERY, RuleCase

_PRODUCT = 'type Query { product: Product } type Product @key(fields: "id") { id: ID! } '

_PRICED = (
    'type Query {{ shop: Shop }} type Shop @context(name: "shop") {{ currency: String p: Product }} type Product'
    ' @key(fields: "{key}") {{ id: ID! price(in: String @fromContext(field: "$shop {{ currency }}")): Int }}'
)

KEYS_CASES = (
    RuleCase(
        ErrorCode.KEY_INVALID_FIELDS,
        "Product",
        ("a",),
        {"a": 'type Query { product: Product } type Product @key(fields: "sku") { id: ID! }'},
        {"a": 'type Query { product: Product } type Product @key(fields: "sku") { sku: ID! }'},
        "unknown_field",
    ),
    RuleCase(
        ErrorCode.KEY_INVALID_FIELDS,
        "Product",
        ("a",),
        {"a": 'type Query { product: Product } type Product @key(fields: "id(a: 1)") { id: ID! }'},
        {"a": _PRODUCT},
        "unknown_argument",
    ),
    RuleCase(
        ErrorCode.KEY_INVALID_FIELDS,
        "Product",
        ("a",),
        {"a": 'type Query { product: Product } type Product @key(fields: "id {") { id: ID! }'},
        {"a": _PRODUCT},
        "syntax",
    ),
    RuleCase(
        ErrorCode.KEY_INVALID_FIELDS,
        "Product",
        ("a",),
        {"a": 'type Query { p: Product } type Product @key(fields: "shop") { shop: Shop! } type Shop { id: ID! }'},
        {
            "a": "type Query { p: Product } type Shop { id: ID! }"
            ' type Product @key(fields: "shop { id }") { shop: Shop! }'
        },
        "selection",
    ),
    RuleCase(
        ErrorCode.KEY_INVALID_FIELDS_TYPE,
        "Product",
        ("a",),
        {"a": "type Query { product: Product } type Product @key(fields: 1) { id: ID! }"},
        {"a": _PRODUCT},
    ),
    RuleCase(
        ErrorCode.KEY_INVALID_FIELDS_TYPE,
        "Product",
        ("a",),
        {"a": "type Query { product: Product } type Product @key(fields: null) { id: ID! }"},
        {"a": _PRODUCT},
        "null",
    ),
    RuleCase(
        ErrorCode.KEY_FIELDS_HAS_ARGS,
        "Product",
        ("a",),
        {"a": 'type Query { product: Product } type Product @key(fields: "id") { id(case: Int): ID! }'},
        {"a": 'type Query { product: Product } type Product @key(fields: "id") { id: ID! name(case: Int): ID }'},
    ),
    RuleCase(
        ErrorCode.KEY_FIELDS_HAS_ARGS,
        "Product",
        ("a",),
        {"a": _PRICED.format(key="price")},
        {"a": _PRICED.format(key="id")},
        "context",
    ),
    RuleCase(
        ErrorCode.KEY_FIELDS_SELECT_INVALID_TYPE,
        "Product",
        ("a",),
        {
            "a": 'type Query { p: Product } type Product @key(fields: "owner { id }") { owner: Owner! }'
            " interface Owner { id: ID! } type Shop implements Owner { id: ID! }"
        },
        {
            "a": "type Query { p: Product } type Shop { id: ID! }"
            ' type Product @key(fields: "owner { id }") { owner: Shop! }'
        },
    ),
    RuleCase(
        ErrorCode.KEY_UNSUPPORTED_ON_INTERFACE,
        "Node",
        ("a",),
        {"a": linked(QUERY + 'interface Node @key(fields: "id") { id: ID! }', 2)},
        {"a": linked(QUERY + 'interface Node @key(fields: "id") { id: ID! }', 3)},
    ),
    RuleCase(
        ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION,
        "Book",
        ("a",),
        {"a": QUERY + 'interface Node @key(fields: "id") { id: ID! } type Book implements Node { id: ID! }'},
        {
            "a": QUERY
            + 'interface Node @key(fields: "id") { id: ID! } type Book implements Node @key(fields: "id") { id: ID! }'
        },
    ),
    RuleCase(
        ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION,
        "Book",
        ("a",),
        {
            "a": QUERY + 'interface Node @key(fields: "id") { id: ID! }'
            ' type Book implements Node @key(fields: "id", resolvable: false) { id: ID! }'
        },
        {
            "a": QUERY + 'interface Node @key(fields: "id", resolvable: false) { id: ID! }'
            ' type Book implements Node @key(fields: "id", resolvable: false) { id: ID! }'
        },
        "not_resolvable",
    ),
    RuleCase(
        ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION,
        "Book",
        ("a",),
        {
            "a": QUERY + 'interface Node @key(fields: "shop id") { shop: ID! id: ID! }'
            ' type Book implements Node @key(fields: "id") { shop: ID! id: ID! }'
        },
        {
            "a": QUERY + 'interface Node @key(fields: "shop id") { shop: ID! id: ID! }'
            ' type Book implements Node @key(fields: "id shop") { shop: ID! id: ID! }'
        },
        "in_another_order",
    ),
)
