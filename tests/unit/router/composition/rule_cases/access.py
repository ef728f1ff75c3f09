"""The rules on access directives, and on where directives stand that reach the supergraph."""

from router.composition import ErrorCode
from tests.unit.router.composition.rule_cases.rule_case import QUERY, QUERY_PRODUCT, RuleCase

_MEDIA = 'type Query { m: Media } interface Media @key(fields: "id") { id: ID! }'
_BOOK = ' type Book implements Media @key(fields: "id") { id: ID! }'
_GUARDED_BOOK = ' type Book implements Media @authenticated @key(fields: "id") { id: ID! name: String }'
_GUARDED_NAME = ' type Book implements Media {} @key(fields: "id") {{ id: ID! name: String {} }}'
_STARRED = (
    'type Media @interfaceObject @key(fields: "id")'
    ' { id: ID! name: String @external stars: Int @requires(fields: "name") }'
)
_COMPUTED = 'type Product @key(fields: "id") { id: ID! net: Int @external price: Int @requires(fields: "net") '


def _computed(net: str, price: str, *, product: str = "") -> dict[str, str]:
    """`a` resolves `net` with these directives, `b` computes `price` from it with those."""
    return {
        "a": QUERY_PRODUCT + f"{product} {{ id: ID! net: Int {net} }}",
        "b": f"{_COMPUTED} {price} }}",
    }


def _priced(shop: str, currency: str, price: str) -> dict[str, str]:
    """A price takes the currency of the shop it is seen in."""
    return {
        "a": f'type Query {{ shop: Shop }} type Shop @key(fields: "id") @context(name: "shop") {shop}'
        f" {{ id: ID! currency: String {currency} p: Product }}"
        ' type Product @key(fields: "id") { id: ID!'
        f' price(in: String @fromContext(field: "$shop {{ currency }}")): Int {price} }}'
    }


def _packed(box: str = "", bag: str = "") -> str:
    """A product comes in a box or a bag, guarded by these directives."""
    return (
        QUERY_PRODUCT + "{ id: ID! in: Packing } union Packing = Box | Bag"
        f" type Box @shareable {box} {{ fee: Int }} type Bag @shareable {bag} {{ size: Int }}"
    )


_PRICED_BY_BOX = (
    'type Product @key(fields: "id") { id: ID! in: Packing @external price: Int @requires(fields: "in { ... on Box'
    ' { fee } }") } union Packing = Box | Bag type Box @shareable { fee: Int } type Bag @shareable { size: Int }'
)

ACCESS_CASES = (
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("b",),
        _computed('@requiresScopes(scopes: [["costs"]])', "@requiresScopes(scopes: [])"),
        _computed("@requiresScopes(scopes: [])", '@requiresScopes(scopes: [["costs"]])'),
        "no_scopes",
    ),
    RuleCase(
        ErrorCode.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
        "Node",
        ("a",),
        {"a": QUERY + "interface Node @authenticated { id: ID! }"},
        {"a": QUERY + "interface Node { id: ID! } type A implements Node @authenticated { id: ID! }"},
    ),
    RuleCase(
        ErrorCode.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
        "Node.id",
        ("a",),
        {"a": QUERY + 'interface Node { id: ID! @policy(policies: [["p"]]) }'},
        {"a": QUERY + 'interface Node { id: ID! } type A implements Node { id: ID! @policy(policies: [["p"]]) }'},
        "field",
    ),
    RuleCase(
        ErrorCode.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
        "Media",
        ("b",),
        {
            "a": _MEDIA + _BOOK,
            "b": 'type Media @interfaceObject @authenticated @key(fields: "id") { id: ID! stars: Int }',
        },
        {
            "a": _MEDIA + _BOOK,
            "b": 'type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int @authenticated }',
        },
        "interface_object",
    ),
    *(
        RuleCase(
            ErrorCode.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL,
            "Product.net",
            ("b",),
            {
                "a": QUERY_PRODUCT + "{ id: ID! net: Int }",
                "b": _COMPUTED.replace("@external", f"@external {directive}") + "}",
            },
            _computed(directive, "@authenticated" if directive == "@authenticated" else ""),
            directive.strip("@").split("(")[0],
        )
        for directive in ('@tag(name: "t")', "@inaccessible", "@deprecated", "@cost(weight: 2)", "@authenticated")
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("b",),
        _computed("@authenticated", ""),
        _computed("@authenticated", "@authenticated"),
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("b",),
        _computed('@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a"], ["b"]])'),
        _computed('@requiresScopes(scopes: [["a"], ["b"]])', '@requiresScopes(scopes: [["a", "c"]])'),
        "alternatives",
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("b",),
        _computed("@authenticated", '@policy(policies: [["p"]])'),
        _computed("@authenticated", "", product="@authenticated"),
        "of_the_type",
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Media.stars",
        ("b",),
        {
            "a": _MEDIA.removesuffix("}") + "name: String } " + _BOOK.replace("}", "name: String @authenticated }"),
            "b": _STARRED,
        },
        {
            "a": _MEDIA.removesuffix("}") + "name: String } " + _GUARDED_BOOK,
            "b": _STARRED,
        },
        "of_an_implementation",
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Media.stars",
        ("b",),
        {
            "a": _MEDIA.removesuffix("}") + "name: String } " + _GUARDED_NAME.format("", "@authenticated"),
            "b": _STARRED,
        },
        {
            "a": _MEDIA.removesuffix("}")
            + "name: String } "
            + _GUARDED_NAME.format("@authenticated", "@authenticated"),
            "b": _STARRED,
        },
        "of_an_implementation_that_demands_it_itself",
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("a",),
        _priced("", "@authenticated", ""),
        _priced("", "@authenticated", "@authenticated"),
        "from_a_context",
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("a",),
        _priced("@authenticated", "", ""),
        _priced("@authenticated", "", "@authenticated"),
        "from_a_type_that_sets_a_context",
    ),
    RuleCase(
        ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
        "Product.price",
        ("b",),
        {"a": _packed(box="@authenticated"), "b": _PRICED_BY_BOX},
        {"a": _packed(bag="@authenticated"), "b": _PRICED_BY_BOX},
        "of_a_member_that_is_read",
    ),
)
