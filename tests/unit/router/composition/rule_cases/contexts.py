"""The rules on `@context` and `@fromContext`."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import RuleCase


def _shop(argument: str, shop: str = '@context(name: "shop")', currency: str = "currency: String") -> str:
    return (
        f'type Query {{ shop: Shop }} type Shop @key(fields: "id") {shop} {{ id: ID! p: Product {currency} }}'
        f' type Product @key(fields: "id") {{ id: ID! price({argument}, digits: Int): Int @shareable }}'
    )


_ACCEPTED = {"a": _shop('in: String @fromContext(field: "$shop { currency }")')}


def _case(code: ErrorCode, refused: str, coordinate: str = "Product.price(in:)", name: str = "") -> RuleCase:
    return RuleCase(code, coordinate, ("a",), {"a": refused}, _ACCEPTED, name)


_TWO_SHOPS = (
    'type Query {{ a: Shop b: Stall }} type Shop @context(name: "shop") {{ id: ID! p: Product currency: String }}'
    ' type Stall @context(name: "shop") {{ p: Product money: String }} type Product @key(fields: "id")'
    ' {{ id: ID! price(in: String @fromContext(field: "$shop {selection}")): Int }}'
)


def _gathered(argument: str) -> dict[str, str]:
    """The prices of all shops of a city, as an argument of that type."""
    return {
        "a": 'type Query { city: City } type City @context(name: "city") { shops: [Shop] product: Product }'
        ' type Shop { fee: Int! } type Product @key(fields: "id") { id: ID!'
        f' price(in: {argument} @fromContext(field: "$city {{ shops {{ fee }} }}")): Int }}'
    }


def _media(kind: str, selection: str) -> dict[str, str]:
    """A shelf and its media both set the context, the media as a type of that kind."""
    return {
        "a": "type Query { shelf: Shelf }"
        ' type Shelf @context(name: "shelf") { media: Media code: String product: Product }'
        f' type Media @key(fields: "id") {kind} {{ id: ID! code: String product: Product }} type Product'
        f' @key(fields: "id") {{ id: ID! price(in: String @fromContext(field: "$shelf {selection}")): Int }}',
        "b": 'interface Media @key(fields: "id") { id: ID! } type Film implements Media @key(fields: "id") { id: ID! }',
    }


CONTEXTS_CASES = (
    RuleCase(
        ErrorCode.CONTEXT_INVALID_SELECTION,
        "Product.price(in:)",
        ("a",),
        _media('@interfaceObject @context(name: "shelf")', "{ code }"),
        _media("@interfaceObject", "{ code }"),
        "interface_object_that_sets_it",
    ),
    RuleCase(
        ErrorCode.CONTEXT_INVALID_SELECTION,
        "Product.price(in:)",
        ("a",),
        _media("@interfaceObject", "{ media { code } }"),
        _media("@interfaceObject", "{ code }"),
        "interface_object_on_the_way",
    ),
    RuleCase(
        ErrorCode.CONTEXT_INVALID_SELECTION,
        "Product.price(in:)",
        ("a",),
        _gathered("[Int!]"),
        _gathered("[Int]"),
        "items_that_may_be_missing",
    ),
    RuleCase(
        ErrorCode.CONTEXT_NAME_INVALID,
        "Shop",
        ("a",),
        {"a": _shop("in: String", '@context(name: "the_shop")')},
        {"a": _shop("in: String", '@context(name: "theShop2")')},
    ),
    _case(ErrorCode.CONTEXT_NOT_SET, _shop('in: String @fromContext(field: "$stall { currency }")')),
    _case(
        ErrorCode.CONTEXT_NOT_SET,
        _shop('in: String = "EUR" @fromContext(field: "$shop { currency }")'),
        name="default",
    ),
    RuleCase(
        ErrorCode.CONTEXT_NOT_SET,
        "Product.price(in:)",
        ("a",),
        {
            "a": _shop('in: String @fromContext(field: "$shop { currency }")').replace(
                "type Product",
                "interface Priced { price(in: String, digits: Int): Int } type Product implements Priced",
            )
        },
        {
            "a": _shop('in: String @fromContext(field: "$shop { currency }")').replace(
                "type Product", "interface Priced { id: ID! } type Product implements Priced"
            )
        },
        "interface",
    ),
    _case(ErrorCode.NO_CONTEXT_IN_SELECTION, _shop('in: String @fromContext(field: "{ currency }")')),
    _case(ErrorCode.NO_CONTEXT_IN_SELECTION, _shop('in: String @fromContext(field: "$shop")'), name="no_selection"),
    *(
        _case(ErrorCode.CONTEXT_INVALID_SELECTION, _shop(argument), name=name)
        for name, argument in {
            "unknown_field": 'in: String @fromContext(field: "$shop { money }")',
            "two_fields": 'in: String @fromContext(field: "$shop { currency id }")',
            "type": 'in: Int @fromContext(field: "$shop { currency }")',
            "non_null": 'in: String! @fromContext(field: "$shop { currency }")',
            "alias": 'in: String @fromContext(field: "$shop { in: currency }")',
            "directive": 'in: String @fromContext(field: "$shop { currency @skip(if: false) }")',
            "object": 'in: String @fromContext(field: "$shop { p }")',
            "other_type": 'in: String @fromContext(field: "$shop ...on Shop { currency } ...on Product { id }")',
        }.items()
    ),
    _case(
        ErrorCode.CONTEXT_INVALID_SELECTION,
        _shop('in: String @fromContext(field: "$shop { currency }")', currency="currency(on: Int!): String"),
        name="argument",
    ),
    RuleCase(
        ErrorCode.CONTEXT_INVALID_SELECTION,
        "Product.price(in:)",
        ("a",),
        {"a": _shop('in: Int @fromContext(field: "$shop currency")')},
        {"a": _shop('in: String @fromContext(field: "$shop currency")')},
        "without_braces",
    ),
    RuleCase(
        ErrorCode.CONTEXT_INVALID_SELECTION,
        "Product.price(in:)",
        ("a",),
        {"a": _TWO_SHOPS.format(selection="... on Shop { currency }")},
        {"a": _TWO_SHOPS.format(selection="... on Shop { currency } ... on Stall { money }")},
        "fragments",
    ),
    _case(
        ErrorCode.CONTEXT_NO_RESOLVABLE_KEY,
        _shop('in: String @fromContext(field: "$shop { currency }")').replace(
            'type Product @key(fields: "id")', 'type Product @key(fields: "id", resolvable: false)'
        ),
        "Product",
    ),
    RuleCase(
        ErrorCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
        "Product.price(in:)",
        ("b",),
        {
            **_ACCEPTED,
            "b": 'type Product @key(fields: "id") { id: ID! price(in: String!, digits: Int): Int @shareable }',
        },
        {
            **_ACCEPTED,
            "b": 'type Product @key(fields: "id") { id: ID! price(in: String, digits: Int): Int @shareable }',
        },
    ),
)
