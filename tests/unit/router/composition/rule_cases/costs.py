"""The rules on `@cost` and `@listSize`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import RuleCase


def _case(code: ErrorCode, refused: str, accepted: str, name: str = "") -> RuleCase:
    coordinate = "I.x" if code is ErrorCode.COST_APPLIED_TO_INTERFACE_FIELD else "Query.a"
    return RuleCase(code, coordinate, ("a",), {"a": refused}, {"a": accepted}, name)


_SIZED = (
    'type Query {{ a: Page @listSize(assumedSize: 3, sizedFields: ["{}"]) }} type Page {{ items: [Int] total: Int }}'
)
_SLICED = 'type Query {{ a(first: {}): [Int] @listSize(slicingArguments: ["first"]) }}'
_SHARED_SLICE = 'type Query { a(first: Int): [Int] @listSize(slicingArguments: ["first"]) @shareable }'

COSTS_CASES = (
    _case(
        ErrorCode.COST_APPLIED_TO_INTERFACE_FIELD,
        "type Query { i: I } interface I { x: Int @cost(weight: 3) } type T implements I { x: Int }",
        "type Query { i: I } interface I { x: Int } type T implements I { x: Int @cost(weight: 3) }",
    ),
    _case(
        ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST,
        "type Query { a: Int @listSize(assumedSize: 3) }",
        "type Query { a: [Int!]! @listSize(assumedSize: 3) }",
    ),
    _case(ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST, _SIZED.format("total"), _SIZED.format("items"), "sized_field"),
    _case(
        ErrorCode.LIST_SIZE_INVALID_ASSUMED_SIZE,
        "type Query { a: [Int] @listSize(assumedSize: -1) }",
        "type Query { a: [Int] @listSize(assumedSize: 0) }",
    ),
    _case(ErrorCode.LIST_SIZE_INVALID_SIZED_FIELD, _SIZED.format("rows"), _SIZED.format("items")),
    _case(ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT, _SLICED.format("String"), _SLICED.format("Int!")),
    _case(
        ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT,
        'type Query { a(first: Int): [Int] @listSize(slicingArguments: ["last"]) }',
        _SLICED.format("Int"),
        "unknown",
    ),
    RuleCase(
        ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT,
        "Query.a",
        (),
        {"a": _SHARED_SLICE, "b": "type Query { a: [Int] @shareable }"},
        {"a": _SHARED_SLICE, "b": "type Query { a(first: Int): [Int] @shareable }"},
        "lost",
    ),
)
