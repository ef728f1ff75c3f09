"""The rules on `@shareable`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, QUERY_PRODUCT, RuleCase

_BRANDED = 'type Brand @key(fields: "id") { id: ID! name: String @shareable }'
_MEDIA_AND_ITEM = (
    QUERY + 'interface Media @key(fields: "id") { id: ID! } interface Item @key(fields: "id") { id: ID! }'
    ' type Book implements Media & Item @key(fields: "id") { id: ID! }'
)

SHARING_CASES = (
    RuleCase(
        ErrorCode.INVALID_FIELD_SHARING,
        "Money.currency",
        ("a", "b"),
        {
            "a": QUERY + "type Money @shareable { amount: Int } extend type Money { currency: String }",
            "b": "type Money @shareable { amount: Int currency: String }",
        },
        {
            "a": QUERY + "type Money @shareable { amount: Int } extend type Money @shareable { currency: String }",
            "b": "type Money @shareable { amount: Int currency: String }",
        },
        "another_declaration_of_the_type",
    ),
    *(
        RuleCase(
            ErrorCode.INVALID_SHAREABLE_USAGE,
            coordinate,
            ("a",),
            {"a": f"{QUERY} {repeated}"},
            {"a": f"{QUERY} {repeated.replace('@shareable @shareable', '@shareable')}"},
            f"twice_on_{coordinate}",
        )
        for coordinate, repeated in (
            ("Money", "type Money @shareable @shareable { amount: Int }"),
            ("Money", "type Money { amount: Int } extend type Money @shareable @shareable { currency: Int }"),
            ("Money.amount", "type Money { amount: Int @shareable @shareable }"),
        )
    ),
    RuleCase(
        ErrorCode.INVALID_FIELD_SHARING,
        "Product.name",
        ("a", "b"),
        {
            "a": QUERY_PRODUCT + "{ id: ID! name: String @shareable }",
            "b": 'type Product @key(fields: "id") { id: ID! name: String }',
        },
        {
            "a": QUERY_PRODUCT + "{ id: ID! name: String @shareable }",
            "b": 'type Product @key(fields: "id") @shareable { id: ID! name: String }',
        },
        "object",
    ),
    RuleCase(
        ErrorCode.INVALID_FIELD_SHARING,
        "Subscription.ticks",
        ("a", "b"),
        {
            "a": QUERY + "type Subscription { ticks: Int @shareable }",
            "b": "type Subscription { ticks: Int @shareable }",
        },
        {"a": QUERY + "type Subscription { ticks: Int }", "b": "type Subscription { tocks: Int }"},
        "subscription",
    ),
    RuleCase(
        ErrorCode.INVALID_SHAREABLE_USAGE,
        "Node.id",
        ("a",),
        {"a": QUERY + "interface Node { id: ID! @shareable }"},
        {"a": QUERY + "interface Node { id: ID! } type Shop implements Node { id: ID! @shareable }"},
    ),
    RuleCase(
        ErrorCode.INVALID_FIELD_SHARING,
        "Brand.name",
        ("a", "b"),
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": 'type Brand @key(fields: "id") { id: ID! name: String }',
        },
        {
            "a": 'type Query { brand: Brand @provides(fields: "name") }'
            ' type Brand @key(fields: "id") { id: ID! name: String @external }',
            "b": _BRANDED,
        },
        "provided",
    ),
    RuleCase(
        ErrorCode.INVALID_FIELD_SHARING,
        "Book.stars",
        ("a", "b"),
        {
            "a": QUERY + 'interface Media @key(fields: "id") { id: ID! stars: Int }'
            ' type Book implements Media @key(fields: "id") { id: ID! stars: Int }',
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
        },
        {
            "a": QUERY + 'interface Media @key(fields: "id") { id: ID! stars: Int }'
            ' type Book implements Media @key(fields: "id") { id: ID! stars: Int @shareable }',
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int @shareable }',
        },
        "interface_object",
    ),
    RuleCase(
        ErrorCode.INVALID_FIELD_SHARING,
        "Book.stars",
        ("b", "c"),
        {
            "a": _MEDIA_AND_ITEM,
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
            "c": 'type Item @interfaceObject @key(fields: "id") { id: ID! stars: Int @shareable }',
        },
        {
            "a": _MEDIA_AND_ITEM,
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int @shareable }',
            "c": 'type Item @interfaceObject @key(fields: "id") { id: ID! stars: Int @shareable }',
        },
        "interface_objects_of_two_interfaces",
    ),
)
