"""The rules on merging types of one name."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, RuleCase

_MEDIA_AND_BOOK = (
    QUERY + 'interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id") { id: ID! }'
)

_LABELLED = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{name: "@tag", as: "@label"}]) '
)


def _directive(arguments: str) -> str:
    return f"directive @d({arguments}) on FIELD | QUERY type Query {{ q: Int }}"


MERGING_CASES = (
    RuleCase(
        ErrorCode.TYPE_KIND_MISMATCH,
        "Money",
        ("a", "b"),
        {"a": "type Query { price: Money } scalar Money", "b": "type Money { amount: Int }"},
        {"a": "type Query { price: Money } scalar Money", "b": "scalar Money"},
    ),
    RuleCase(
        ErrorCode.EXTENSION_WITH_NO_BASE,
        "Product",
        ("a",),
        {"a": 'type Query { p: Product } extend type Product @key(fields: "id") { id: ID! @external }'},
        {
            "a": 'type Query { p: Product } extend type Product @key(fields: "id") { id: ID! @external }',
            "b": 'type Product @key(fields: "id") { id: ID! }',
        },
    ),
    *(
        RuleCase(
            ErrorCode.EXTENSION_WITH_NO_BASE,
            "Size",
            ("a",),
            {"a": f"{query} {extension}"},
            {"a": f"{query} {extension}", "b": extension.removeprefix("extend ") + " type Box { h: Int @shareable }"},
            kind,
        )
        for kind, query, extension in (
            ("union", "type Query { p: Size } type Box { h: Int @shareable }", "extend union Size = Box"),
            ("enum", "type Query { p: Size }", "extend enum Size { L }"),
            ("input", "type Query { p(by: Size): Int }", "extend input Size { h: Int }"),
        )
    ),
    RuleCase(
        ErrorCode.FIELD_TYPE_MISMATCH,
        "Query.total",
        ("a", "b"),
        {"a": "type Query { total: Int @shareable }", "b": "type Query { total: String @shareable }"},
        {"a": "type Query { total: Int @shareable }", "b": "type Query { total: Int! @shareable }"},
        "output",
    ),
    RuleCase(
        ErrorCode.FIELD_TYPE_MISMATCH,
        "Filter.size",
        ("a", "b"),
        {
            "a": "type Query { p(by: Filter): Int } input Filter { size: Int }",
            "b": "type Query { q(by: Filter): Int } input Filter { size: [Int] }",
        },
        {
            "a": "type Query { p(by: Filter): Int } input Filter { size: Int }",
            "b": "type Query { q(by: Filter): Int } input Filter { size: Int! }",
        },
        "input",
    ),
    RuleCase(
        ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
        "Query.total(of:)",
        ("a", "b"),
        {"a": "type Query { total(of: Int): Int @shareable }", "b": "type Query { total(of: ID): Int @shareable }"},
        {"a": "type Query { total(of: Int): Int @shareable }", "b": "type Query { total(of: Int!): Int @shareable }"},
    ),
    RuleCase(
        ErrorCode.FIELD_TYPE_MISMATCH,
        "Query.sizes",
        ("a", "b"),
        {"a": "type Query { sizes: [Int!] @shareable }", "b": "type Query { sizes: [Int]! @shareable }"},
        {"a": "type Query { sizes: [Int!] @shareable }", "b": "type Query { sizes: [Int!]! @shareable }"},
        "none_is_the_most_general",
    ),
    RuleCase(
        ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
        "Query.total(of:)",
        ("a", "b"),
        {
            "a": "type Query { total(of: [Int!]): Int @shareable }",
            "b": "type Query { total(of: [Int]!): Int @shareable }",
        },
        {
            "a": "type Query { total(of: [Int!]): Int @shareable }",
            "b": "type Query { total(of: [Int!]!): Int @shareable }",
        },
        "none_is_the_most_specific",
    ),
    *(
        RuleCase(
            code,
            "@d(a:)",
            ("a", "b"),
            {"a": f"directive @d({refused[0]}) on FIELD type Query {{ p: Int }}", "b": _directive(refused[1])},
            {"a": f"directive @d({accepted[0]}) on FIELD type Query {{ p: Int }}", "b": _directive(accepted[1])},
            "of_a_directive",
        )
        for code, refused, accepted in (
            (ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH, ("a: Int", "a: ID"), ("a: Int", "a: Int!")),
            (ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH, ("a: Int = 1", "a: Int = 2"), ("a: Int = 1", "a: Int")),
            (
                ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
                ("a: Int! b: Int", "b: Int"),
                ("a: Int b: Int", "b: Int"),
            ),
        )
    ),
    RuleCase(
        ErrorCode.LINK_IMPORT_NAME_MISMATCH,
        "@tag",
        ("a", "b"),
        {"a": _LABELLED + 'type Query { p: Int @label(name: "x") }', "b": 'type Query { q: Int @tag(name: "x") }'},
        {"a": _LABELLED + "type Query { p: Int }", "b": 'type Query { q: Int @tag(name: "x") }'},
    ),
    RuleCase(
        ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH,
        "Query.total(of:)",
        ("a", "b"),
        {
            "a": "type Query { total(of: Int = 1): Int @shareable }",
            "b": "type Query { total(of: Int = 2): Int @shareable }",
        },
        {
            "a": "type Query { total(of: Int = 1): Int @shareable }",
            "b": "type Query { total(of: Int = 1): Int @shareable }",
        },
    ),
    RuleCase(
        ErrorCode.INPUT_FIELD_DEFAULT_MISMATCH,
        "Filter.size",
        ("a", "b"),
        {
            "a": "type Query { p(by: Filter): Int } input Filter { size: Int = 1 }",
            "b": "type Query { q(by: Filter): Int } input Filter { size: Int = 2 }",
        },
        {
            "a": "type Query { p(by: Filter): Int } input Filter { size: Int = 1 }",
            "b": "type Query { q(by: Filter): Int } input Filter { size: Int = 1 }",
        },
    ),
    RuleCase(
        ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
        "Query.total(of:)",
        ("a", "b"),
        {"a": "type Query { total(of: Int!): Int @shareable }", "b": "type Query { total: Int @shareable }"},
        {"a": "type Query { total(of: Int! = 1): Int @shareable }", "b": "type Query { total: Int @shareable }"},
    ),
    RuleCase(
        ErrorCode.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
        "Filter.size",
        ("a", "b"),
        {
            "a": "type Query { p(by: Filter): Int } input Filter { size: Int! name: String }",
            "b": "type Query { q(by: Filter): Int } input Filter { name: String }",
        },
        {
            "a": "type Query { p(by: Filter): Int } input Filter { size: Int name: String }",
            "b": "type Query { q(by: Filter): Int } input Filter { name: String }",
        },
    ),
    RuleCase(
        ErrorCode.ENUM_VALUE_MISMATCH,
        "Size.L",
        ("b",),
        {
            "a": "type Query { s(of: Size): Size } enum Size { S L }",
            "b": "type Query { t: Size } enum Size { S }",
        },
        {"a": "type Query { s: Size } enum Size { S L }", "b": "type Query { t: Size } enum Size { S }"},
    ),
    RuleCase(
        ErrorCode.EMPTY_MERGED_ENUM_TYPE,
        "Size",
        ("a", "b"),
        {
            "a": "type Query { s(of: Size): Int } enum Size { L }",
            "b": "type Query { t(of: Size): Int } enum Size { S }",
        },
        {
            "a": "type Query { s(of: Size): Int } enum Size { L M }",
            "b": "type Query { t(of: Size): Int } enum Size { S M }",
        },
    ),
    RuleCase(
        ErrorCode.EMPTY_MERGED_INPUT_TYPE,
        "Filter",
        ("a", "b"),
        {
            "a": "type Query { s(by: Filter): Int } input Filter { l: Int }",
            "b": "type Query { t(by: Filter): Int } input Filter { s: Int }",
        },
        {
            "a": "type Query { s(by: Filter): Int } input Filter { l: Int m: Int }",
            "b": "type Query { t(by: Filter): Int } input Filter { s: Int m: Int }",
        },
    ),
    RuleCase(
        ErrorCode.INTERFACE_FIELD_NO_IMPLEM,
        "Book.title",
        (),
        {
            "a": "type Query { m: Media } interface Media { id: ID! title: String }"
            " type Film implements Media { id: ID! title: String }",
            "b": "type Query { n: Media } interface Media { id: ID! } type Book implements Media { id: ID! }",
        },
        {
            "a": "type Query { m: Media } interface Media { id: ID! title: String }"
            " type Film implements Media { id: ID! title: String }",
            "b": "type Query { n: Media } interface Media { id: ID! }"
            " type Book implements Media { id: ID! title: String }",
        },
    ),
    RuleCase(
        ErrorCode.NO_QUERIES,
        "Query",
        ("a",),
        {"a": "type Product { id: ID! }"},
        {"a": "type Query { p: Product } type Product { id: ID! }"},
    ),
    RuleCase(
        ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
        "Media",
        ("b",),
        {
            "a": QUERY,
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
        },
        {
            "a": QUERY + 'interface Media @key(fields: "id") { id: ID! }'
            ' type Book implements Media @key(fields: "id") { id: ID! }',
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
        },
    ),
    RuleCase(
        ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
        "Media",
        ("b",),
        {
            "a": _MEDIA_AND_BOOK,
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }'
            ' type Book @key(fields: "id") { id: ID! pages: Int }',
        },
        {
            "a": _MEDIA_AND_BOOK,
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
            "c": 'type Book @key(fields: "id") { id: ID! pages: Int }',
        },
        "beside_an_implementation",
    ),
    RuleCase(
        ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
        "Media",
        ("b",),
        {"a": _MEDIA_AND_BOOK, "b": "type Media @interfaceObject { id: ID! stars: Int }"},
        {"a": _MEDIA_AND_BOOK, "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }'},
        "without_a_key",
    ),
    RuleCase(
        ErrorCode.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE,
        "Media",
        ("a",),
        {
            "a": QUERY + 'interface Media @key(fields: "id") { id: ID! }'
            ' type Book implements Media @key(fields: "id") { id: ID! }',
            "b": 'interface Media { id: ID! } type Film implements Media @key(fields: "id") { id: ID! }',
        },
        {
            "a": QUERY + 'interface Media @key(fields: "id") { id: ID! }'
            ' type Book implements Media @key(fields: "id") { id: ID! }'
            ' type Film implements Media @key(fields: "id") { id: ID! }',
            "b": 'interface Media { id: ID! } type Film implements Media @key(fields: "id") { id: ID! }',
        },
    ),
)
