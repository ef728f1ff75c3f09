"""The rules on `@inaccessible`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, RuleCase

ACCESSIBILITY_CASES = (
    RuleCase(
        ErrorCode.QUERY_ROOT_TYPE_INACCESSIBLE,
        "Query",
        (),
        {"a": "type Query @inaccessible { ping: Boolean }"},
        {"a": "type Query { ping: Boolean pong: Boolean @inaccessible }"},
    ),
    RuleCase(
        ErrorCode.ONLY_INACCESSIBLE_CHILDREN,
        "Mutation",
        (),
        {"a": QUERY + "type Mutation { reserve: Int @inaccessible }"},
        {"a": QUERY + "type Mutation @inaccessible { reserve: Int @inaccessible }"},
    ),
    RuleCase(
        ErrorCode.REFERENCED_INACCESSIBLE,
        "Query.secret",
        (),
        {"a": QUERY + "extend type Query { secret: Secret } type Secret @inaccessible { id: ID! }"},
        {"a": QUERY + "extend type Query { secret: Secret @inaccessible } type Secret @inaccessible { id: ID! }"},
    ),
    RuleCase(
        ErrorCode.REFERENCED_INACCESSIBLE,
        "@d(a:)",
        (),
        {"a": QUERY + "directive @d(a: Secret) on FIELD enum Secret @inaccessible { A }"},
        {"a": QUERY + "directive @d(a: Secret @inaccessible) on FIELD enum Secret @inaccessible { A }"},
        "by_a_directive",
    ),
    RuleCase(
        ErrorCode.DEFAULT_VALUE_USES_INACCESSIBLE,
        "Query.p(by:)",
        (),
        {"a": "type Query { p(by: Sort = COST): Int } enum Sort { NAME COST @inaccessible }"},
        {"a": "type Query { p(by: Sort = NAME): Int } enum Sort { NAME COST @inaccessible }"},
    ),
    RuleCase(
        ErrorCode.REQUIRED_INACCESSIBLE,
        "Query.p(by:)",
        (),
        {"a": "type Query { p(by: Int! @inaccessible): Int }"},
        {"a": "type Query { p(by: Int @inaccessible): Int }"},
    ),
    RuleCase(
        ErrorCode.IMPLEMENTED_BY_INACCESSIBLE,
        "Book.title",
        (),
        {
            "a": "type Query { m: Media } interface Media { id: ID! title: String }"
            " type Book implements Media { id: ID! title: String @inaccessible }"
        },
        {
            "a": "type Query { m: Media } interface Media { id: ID! title: String @inaccessible }"
            " type Book implements Media { id: ID! title: String @inaccessible }"
        },
    ),
    RuleCase(
        ErrorCode.IMPLEMENTED_BY_INACCESSIBLE,
        "Book.title(in:)",
        (),
        {
            "a": "type Query { m: Media } interface Media { title(in: String): String }"
            " type Book implements Media { title(in: String @inaccessible): String }"
        },
        {
            "a": "type Query { m: Media } interface Media { title(in: String @inaccessible): String }"
            " type Book implements Media { title(in: String @inaccessible): String }"
        },
        "argument",
    ),
)
