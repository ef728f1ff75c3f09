"""The rules on directives inside field sets, and on the defaults of external arguments."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY_PRODUCT, RuleCase

_KEYED = 'type Query {{ p: Product }} type Product @key(fields: "{}") {{ id: ID! }}'
_PROVIDING = (
    'type Query {{ p: Product @provides(fields: "{}") }}'
    ' type Product @key(fields: "id") {{ id: ID! name: String @external }}'
)
_REQUIRING = QUERY_PRODUCT.replace("{", "{{").replace("}", "}}") + (
    '{{ id: ID! name: String @external slug: String @requires(fields: "{}") }}'
)
_NAMED = 'type Product @key(fields: "id") { id: ID! name: String @shareable }'
_DIRECTED = "name @include(if: true)"


def _external(default: str) -> dict[str, str]:
    return {
        "a": QUERY_PRODUCT
        + f'{{ id: ID! name(of: Int = {default}): String @external slug: String @requires(fields: "name") }}',
        "b": 'type Product @key(fields: "id") { id: ID! name(of: Int = 1): String }',
    }


FIELD_SET_DIRECTIVES_CASES = (
    RuleCase(
        ErrorCode.KEY_DIRECTIVE_IN_FIELDS_ARG,
        "Product",
        ("a",),
        {"a": _KEYED.format("id @include(if: true)")},
        {"a": _KEYED.format("id")},
    ),
    RuleCase(
        ErrorCode.PROVIDES_DIRECTIVE_IN_FIELDS_ARG,
        "Query.p",
        ("a",),
        {"a": _PROVIDING.format(_DIRECTED), "b": _NAMED},
        {"a": _PROVIDING.format("name"), "b": _NAMED},
    ),
    RuleCase(
        ErrorCode.REQUIRES_DIRECTIVE_IN_FIELDS_ARG,
        "Product.slug",
        ("a",),
        {"a": _REQUIRING.format(_DIRECTED), "b": _NAMED},
        {"a": _REQUIRING.format("name"), "b": _NAMED},
    ),
    RuleCase(ErrorCode.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH, "Product.name(of:)", ("a",), _external("2"), _external("1")),
)
