"""What the public graph says to bad input, and that nothing changes: every case goes through the router over HTTP."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from cli.commands.compose import compose as compose_command
from cli.errors import CommandError
from cli.imports.product_rows import read_product_file
from cli.imports.products import import_products
from kernel.ids import GlobalId, uuid7
from kernel.subgraph import JsonObject
from router.composition import SubgraphSource
from tests.factories.databases import ProvisionedDatabase
from tests.factories.whole_graph import PROVIDER, WholeGraph

OURS, THEIRS = uuid7(), uuid7()
TENANT = """mutation($input: TenantCreateInput!) { tenantCreate(input: $input) { userErrors { code } } }"""
USER = """mutation($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { code } } }"""
DEACTIVATE = "mutation($id: ID!) { userDeactivate(id: $id) { user { id } userErrors { field code } } }"
PRODUCT = """mutation($input: ProductCreateInput!) { productCreate(input: $input) {
  product { id variants { id } } userErrors { field code } } }"""
RENAME = """mutation($id: ID!) { productUpdate(id: $id, input: {name: "Taken"}, expectedVersion: 1) {
  product { id } userErrors { field code } } }"""
PRICE = """mutation($id: ID!, $price: MoneyInput!, $key: String!) {
  variantPriceSet(id: $id, price: $price, idempotencyKey: $key) { variant { id } userErrors { field code } } }"""
LOCATION = """mutation($input: StockLocationCreateInput!) { stockLocationCreate(input: $input) {
  location { id } userErrors { code } } }"""
ADJUST = """mutation($input: InventoryAdjustInput!, $key: String!) {
  inventoryAdjust(input: $input, idempotencyKey: $key) { levels { id } userErrors { field code } } }"""
SET = """mutation($input: InventorySetInput!, $key: String!) {
  inventorySet(input: $input, idempotencyKey: $key) { levels { id } userErrors { field code } } }"""
CART = """mutation($input: CartCreateInput!, $key: String) { cartCreate(input: $input, idempotencyKey: $key) {
  cart { id lines { id } } userErrors { field code } } }"""
ADD = """mutation($cart: ID!, $lines: [CartLineInput!]!, $key: String) {
  cartLinesAdd(cartId: $cart, lines: $lines, idempotencyKey: $key) { cart { id } userErrors { field code } } }"""
UPDATE = """mutation($cart: ID!, $lines: [CartLineUpdateInput!]!) {
  cartLinesUpdate(cartId: $cart, lines: $lines) { cart { id } userErrors { field code } } }"""
REMOVE = """mutation($cart: ID!, $ids: [ID!]!) {
  cartLinesRemove(cartId: $cart, lineIds: $ids) { cart { id } userErrors { field code } } }"""
CHECKOUT = """mutation($cart: ID!, $input: CheckoutCompleteInput!, $key: String!) {
  checkoutComplete(cartId: $cart, input: $input, idempotencyKey: $key) { order { id } userErrors { field code } } }"""
RETURN = """mutation($input: ReturnCreateInput!, $key: String!) {
  returnCreate(input: $input, idempotencyKey: $key) { return { id } userErrors { field code } } }"""


@dataclass(frozen=True, slots=True)
class Known:
    """Ids of one tenant's things."""

    user: str
    product: str
    variant: str
    location: str
    cart: str
    line: str
    order: str


@dataclass(frozen=True, slots=True)
class Street:
    """Two tenants with the same kind of shop; ours also has an expired cart."""

    graph: WholeGraph
    ours: Known
    theirs: Known
    expired_cart: str


def gbp(amount: str = "9.50") -> dict[str, str]:
    return {"amount": amount, "currencyCode": "GBP"}


def product(slug: str, currency: str = "GBP") -> dict[str, Any]:
    price = {"amount": "9.50" if currency == "GBP" else "950", "currencyCode": currency}
    return {"slug": slug, "name": "Mug", "variants": [{"sku": slug.upper(), "name": "One", "price": price}]}


def cart(*lines: Mapping[str, Any], currency: str = "GBP") -> dict[str, Any]:
    return {"currencyCode": currency, "lines": list(lines)}


def goods(quantity: int = 1, **changes: Any) -> dict[str, Any]:
    return {"sku": "MUG", "quantity": quantity, **changes}


def checkout(**changes: Any) -> dict[str, Any]:
    return {"countryCode": "GB", "payment": {"token": "tok_approve"}, **changes}


def stock(known: Known, delta: int, **changes: Any) -> dict[str, Any]:
    line = {"variantId": known.variant, "locationId": known.location, "delta": delta, **changes}
    return {"reason": "RECEIVED", "lines": [line]}


def counted(known: Known, quantity: int) -> dict[str, Any]:
    line = {"variantId": known.variant, "locationId": known.location, "quantity": quantity}
    return {"reason": "CORRECTION", "lines": [line]}


def unmatched_return(quantity: int = 1, *, sku: str = "MUG", currency: str = "GBP", **changes: Any) -> dict[str, Any]:
    line = {"sku": sku, "quantity": quantity, "unitAmount": gbp(), "restock": True}
    return {"currencyCode": currency, "lines": [line], **changes}


@dataclass(frozen=True, slots=True)
class TenantApi:
    """Our tenant's client, as imports use it."""

    graph: WholeGraph

    async def execute(self, document: str, variables: Mapping[str, Any] | None = None) -> JsonObject:
        return await self.graph.data(OURS, document, variables)


async def open_shop(graph: WholeGraph, tenant: UUID) -> Known:
    slug = f"bad-input-{tenant.hex[-12:]}"
    await graph.data(
        tenant, TENANT, {"input": {"slug": slug, "name": "Shop", "currencyCode": "GBP"}}, role="demo_setup"
    )
    await graph.relay(tenant)
    person = {"keycloakId": str(uuid4()), "email": "ada@shop.test", "displayName": "Ada", "roles": ["cashier"]}
    user = (await graph.data(tenant, USER, {"input": person}))["userCreate"]["user"]
    made = (await graph.data(tenant, PRODUCT, {"input": product("mug")}))["productCreate"]["product"]
    await graph.relay(tenant)
    place = {"code": "MAIN", "name": "Warehouse", "kind": "WAREHOUSE"}
    location = (await graph.data(tenant, LOCATION, {"input": place}))["stockLocationCreate"]["location"]
    known = Known(user["id"], made["id"], made["variants"][0]["id"], location["id"], "", "", "")
    await graph.data(tenant, ADJUST, {"input": stock(known, 10), "key": "stocked"})
    ordered = await open_cart(graph, tenant)
    order = (await graph.data(tenant, CHECKOUT, {"cart": ordered["id"], "input": checkout(), "key": "placed"}))[
        "checkoutComplete"
    ]["order"]
    basket = await open_cart(graph, tenant, "opened")
    return Known(
        known.user, known.product, known.variant, known.location, basket["id"], basket["lines"][0]["id"], order["id"]
    )


async def open_cart(graph: WholeGraph, tenant: UUID, key: str | None = None) -> dict[str, Any]:
    return (await graph.data(tenant, CART, {"input": cart(goods()), "key": key}))["cartCreate"]["cart"]


@pytest.fixture(scope="module")
async def street(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Street]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PROVIDER.items():
            patch.setenv(name, value)
        graph = WholeGraph.over(provisioned_database)
    ours, theirs = await open_shop(graph, OURS), await open_shop(graph, THEIRS)
    expired = (await open_cart(graph, OURS))["id"]
    past = "UPDATE cart SET expires_at = now() - interval '1 second' WHERE id = :id"
    await graph.execute_sql(OURS, "orders", past, id=GlobalId.decode(expired, expected_type="Cart").uuid)
    # what the tests need to be remembered: a key that was used
    await graph.data(OURS, PRICE, {"id": ours.variant, "price": gbp(), "key": "priced"})
    await graph.data(OURS, RETURN, {"input": unmatched_return(), "key": "returned"})
    yield Street(graph, ours, theirs, expired)
    await graph.close()


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the code of its user error; `field` is the path the error names."""

    name: str
    document: str
    variables: Callable[[Street], dict[str, Any]]
    code: str
    field: str


REFUSED = (
    # unknown SKU
    Case("cart with an unknown SKU", CART, lambda _: {"input": cart(goods(), goods(sku="NOPE"))},
         "UNKNOWN_SKU", "input.lines.1"),
    Case("line with an unknown SKU", ADD, lambda s: {"cart": s.ours.cart, "lines": [goods(sku="NOPE")]},
         "UNKNOWN_SKU", "lines.0"),
    Case("return of an unknown SKU", RETURN, lambda _: {"key": "r1", "input": unmatched_return(sku="NOPE")},
         "UNKNOWN_SKU", "input.lines.0.sku"),
    # zero and negative quantities
    Case("cart with nothing of a SKU", CART, lambda _: {"input": cart(goods(0))},
         "INVALID_QUANTITY", "input.lines.0.quantity"),
    Case("cart with a negative quantity", CART, lambda _: {"input": cart(goods(), goods(-1))},
         "INVALID_QUANTITY", "input.lines.1.quantity"),
    Case("line with no pieces", ADD, lambda s: {"cart": s.ours.cart, "lines": [goods(0)]},
         "INVALID_QUANTITY", "lines.0.quantity"),
    Case("line changed to a negative quantity", UPDATE,
         lambda s: {"cart": s.ours.cart, "lines": [{"lineId": s.ours.line, "quantity": -2}]},
         "INVALID_QUANTITY", "lines.0.quantity"),
    Case("return of no pieces", RETURN, lambda _: {"key": "r2", "input": unmatched_return(quantity=0)},
         "INVALID_QUANTITY", "input.lines.0.quantity"),
    Case("adjustment by nothing", ADJUST, lambda s: {"key": "a1", "input": stock(s.ours, 0)},
         "INVALID_QUANTITY", "input.lines.0.delta"),
    Case("counting less than nothing", SET, lambda s: {"key": "a2", "input": counted(s.ours, -1)},
         "INVALID_QUANTITY", "input.lines.0.quantity"),
    Case("taking more than is there", ADJUST, lambda s: {"key": "a3", "input": stock(s.ours, -11)},
         "INSUFFICIENT_STOCK", "input.lines.0.delta"),
    # another tenant's ids look like missing ones
    Case("another tenant's user", DEACTIVATE, lambda s: {"id": s.theirs.user}, "NO_SUCH_USER", "id"),
    Case("another tenant's product", RENAME, lambda s: {"id": s.theirs.product}, "NO_SUCH_PRODUCT", "id"),
    Case("another tenant's variant priced", PRICE, lambda s: {"id": s.theirs.variant, "price": gbp(), "key": "p1"},
         "NO_SUCH_VARIANT", "id"),
    Case("another tenant's variant in stock", ADJUST,
         lambda s: {"key": "a4", "input": stock(s.ours, 1, variantId=s.theirs.variant)},
         "UNKNOWN_VARIANT", "input.lines.0.variantId"),
    Case("another tenant's location", ADJUST,
         lambda s: {"key": "a5", "input": stock(s.ours, 1, locationId=s.theirs.location)},
         "UNKNOWN_LOCATION", "input.lines.0.locationId"),
    Case("another tenant's variant in a cart", CART,
         lambda s: {"input": cart({"variantId": s.theirs.variant, "quantity": 1})}, "UNKNOWN_SKU", "input.lines.0"),
    Case("another tenant's cart filled", ADD, lambda s: {"cart": s.theirs.cart, "lines": [goods()]},
         "NO_SUCH_CART", "cartId"),
    Case("another tenant's cart emptied", REMOVE, lambda s: {"cart": s.theirs.cart, "ids": [s.theirs.line]},
         "NO_SUCH_CART", "cartId"),
    Case("another tenant's line in our cart", UPDATE,
         lambda s: {"cart": s.ours.cart, "lines": [{"lineId": s.theirs.line, "quantity": 2}]},
         "NO_SUCH_LINE", "lines.0.lineId"),
    Case("another tenant's cart checked out", CHECKOUT,
         lambda s: {"cart": s.theirs.cart, "input": checkout(), "key": "c1"}, "NO_SUCH_CART", "cartId"),
    Case("another tenant's order returned", RETURN,
         lambda s: {"key": "r3", "input": unmatched_return(orderId=s.theirs.order)},
         "NO_SUCH_ORDER", "input.orderId"),
    # an expired cart
    Case("expired cart filled", ADD, lambda s: {"cart": s.expired_cart, "lines": [goods()]},
         "CART_EXPIRED", "cartId"),
    Case("expired cart checked out", CHECKOUT,
         lambda s: {"cart": s.expired_cart, "input": checkout(), "key": "c2"}, "CART_EXPIRED", "cartId"),
    # the wrong currency
    Case("cart of yen with goods in pounds", CART, lambda _: {"input": cart(goods(), currency="JPY")},
         "WRONG_CURRENCY", "input.lines.0"),
    Case("line priced in yen", ADD,
         lambda s: {"cart": s.ours.cart, "lines": [goods(unitPrice={"amount": "950", "currencyCode": "JPY"})]},
         "WRONG_CURRENCY", "lines.0.unitPrice"),
    Case("product priced in yen", PRODUCT, lambda _: {"input": product("kettle", "JPY")},
         "WRONG_CURRENCY", "input.variants.0.price.currencyCode"),
    Case("variant priced in yen", PRICE,
         lambda s: {"id": s.ours.variant, "price": {"amount": "950", "currencyCode": "JPY"}, "key": "p2"},
         "WRONG_CURRENCY", "price.currencyCode"),
    Case("return in yen", RETURN,
         lambda s: {"key": "r4", "input": unmatched_return(currency="JPY", orderId=s.ours.order)},
         "WRONG_CURRENCY", "input.currencyCode"),
)  # fmt: skip

#: a key of the fixture with another body
REUSED = (
    ("cartCreate", CART, lambda _: {"input": cart(goods(2)), "key": "opened"}),
    ("checkoutComplete", CHECKOUT, lambda s: {"cart": s.ours.cart, "input": checkout(), "key": "placed"}),
    ("returnCreate", RETURN, lambda _: {"input": unmatched_return(quantity=2), "key": "returned"}),
    ("inventoryAdjust", ADJUST, lambda s: {"input": stock(s.ours, 11), "key": "stocked"}),
    ("variantPriceSet", PRICE, lambda s: {"id": s.ours.variant, "price": gbp("1.00"), "key": "priced"}),
)

#: answered before or while the request is read: body, HTTP status, code
UNREADABLE = {
    "malformed JSON": (b'{"query": "{ tenant { id } }"', 400, "BAD_USER_INPUT"),
    "no object": (b'"{ tenant { id } }"', 400, "BAD_USER_INPUT"),
    "a batch": (b'[{"query": "{ tenant { id } }"}]', 400, "BAD_USER_INPUT"),
    "no query": (b"{}", 400, "BAD_USER_INPUT"),
    "variables that are no object": (b'{"query": "{ tenant { id } }", "variables": [1]}', 400, "BAD_USER_INPUT"),
    "malformed GraphQL": (b'{"query": "mutation { cartCreate("}', 400, "BAD_USER_INPUT"),
    "an unknown field": (b'{"query": "{ tenant { secrets } }"}', 400, "BAD_USER_INPUT"),
    "an internal mutation": (
        b'{"query": "mutation { stockRelease(orderId: \\"x\\", idempotencyKey: \\"x\\") { __typename } }"}',
        400,
        "BAD_USER_INPUT",
    ),
    "a missing variable": (
        b'{"query": "mutation($id: ID!) { productArchive(id: $id) { product { id } } }"}',
        400,
        "BAD_USER_INPUT",
    ),
    "an oversize body": (b'{"query": "' + b" " * 1_048_576 + b'{ tenant { id } }"}', 413, "PAYLOAD_TOO_LARGE"),
}


async def test_what_does_change_shows_in_the_rows_we_compare(street: Street):
    before = await street.graph.rows(OURS, THEIRS)

    await street.graph.data(OURS, PRICE, {"id": street.ours.variant, "price": gbp("9.75"), "key": "shown"})
    after = await street.graph.rows(OURS, THEIRS)

    changed = {name.removeprefix(f"{OURS} catalog.") for name, held in after.items() if held != before[name]}
    assert changed == {"product", "variant", "price_history", "feed", "product_change", "outbox", "idempotency"}
    assert after.keys() == before.keys()


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
async def test_a_refusal_is_coded_names_the_field_and_changes_nothing(case: Case, street: Street):
    before = await street.graph.rows(OURS, THEIRS)

    answer: Any = await street.graph.answer(OURS, case.document, case.variables(street))

    (payload,) = answer["data"].values()
    assert payload["userErrors"] == [{"field": case.field.split("."), "code": case.code}]
    assert [value for name, value in payload.items() if name != "userErrors"] == [None]
    assert "errors" not in answer
    assert await street.graph.rows(OURS, THEIRS) == before


@pytest.mark.parametrize(("mutation", "document", "variables"), REUSED, ids=[name for name, *_ in REUSED])
async def test_a_used_key_with_another_body_changes_nothing(
    mutation: str, document: str, variables: Callable[[Street], dict[str, Any]], street: Street
):
    before = await street.graph.rows(OURS)

    answer: Any = await street.graph.answer(OURS, document, variables(street))

    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"], error["path"]) == (
        "IDEMPOTENCY_KEY_REUSED",
        ["idempotencyKey"],
        [mutation],
    )
    assert answer["data"] is None
    assert await street.graph.rows(OURS) == before


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_request_that_cannot_be_read_is_refused_as_a_whole(name: str, street: Street):
    body, status, code = UNREADABLE[name]
    before = await street.graph.rows(OURS)

    answer = await street.graph.post(OURS, body)

    assert (answer.status, [error["extensions"]["code"] for error in answer.json()["errors"]]) == (status, [code])
    assert "data" not in answer.json()
    assert await street.graph.rows(OURS) == before


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("query($id: ID!) { product(id: $id) { id } }", "product"),
        ("query($id: ID!) { variant(id: $id) { id } }", "variant"),
        ("query($id: ID!) { user(id: $id) { id } }", "user"),
        ("query($id: ID!) { cart(id: $id) { id } }", "cart"),
        ("query($id: ID!) { order(id: $id) { id payments { id } } }", "order"),
    ],
)
async def test_another_tenants_things_read_like_missing_ones(document: str, field: str, street: Street):
    theirs: Any = await street.graph.answer(THEIRS, document, {"id": getattr(street.theirs, field)})

    ours: Any = await street.graph.answer(OURS, document, {"id": getattr(street.theirs, field)})

    assert theirs["data"][field]["id"] == getattr(street.theirs, field)
    assert ours == {"data": {field: None}}


@pytest.mark.parametrize("text", ["", "not an id", "GBP"])
async def test_an_id_of_no_or_another_type_is_bad_input(text: str, street: Street):
    document = "mutation($id: ID!) { productArchive(id: $id) { product { id } userErrors { code } } }"
    before = await street.graph.rows(OURS)

    answers: list[Any] = [await street.graph.answer(OURS, document, {"id": id_}) for id_ in (text, street.ours.cart)]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["BAD_USER_INPUT", "BAD_USER_INPUT"]
    assert await street.graph.rows(OURS) == before


@pytest.mark.parametrize(
    "text", ["", "x", "2026", "2026-01-31T12:00:00", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-23:00"]
)
async def test_what_is_no_instant_is_bad_input_wherever_it_stands(text: str, street: Street):
    """A variable inside an input is coerced by the subgraph: what a scalar raised was a failure of ours once."""
    ways: list[tuple[str, dict[str, Any]]] = [
        ("query($at: DateTime) { orders(first: 1, where: {placedAt: {gte: $at}}) { nodes { id } } }", {"at": text}),
        (
            "query($in: OrderWhere) { orders(first: 1, where: $in) { nodes { id } } }",
            {"in": {"placedAt": {"lt": text}}},
        ),
        (f'{{ orders(first: 1, where: {{placedAt: {{gte: "{text}"}}}}) {{ nodes {{ id }} }} }}', {}),
    ]

    answers: list[Any] = [await street.graph.answer(OURS, document, given) for document, given in ways]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["BAD_USER_INPUT"] * 3


@pytest.mark.parametrize("amount", ["", "x", "1,5", "--1"])
async def test_what_is_no_decimal_is_bad_input_wherever_it_stands(amount: str, street: Street):
    document = """mutation($id: ID!, $amount: Decimal!) { variantPriceSet(id: $id, idempotencyKey: "decimal",
      price: {amount: $amount, currencyCode: "GBP"}) { userErrors { code } } }"""
    before = await street.graph.rows(OURS)

    answer: Any = await street.graph.answer(OURS, document, {"id": street.ours.variant, "amount": amount})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await street.graph.rows(OURS) == before


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (CART, lambda _: {"input": {"currencyCode": "GBP", "customerReference": "a\0b"}}),
        (CART, lambda _: {"input": {"currencyCode": "GBP"}, "key": "a\0b"}),
        (
            CHECKOUT,
            lambda street: {
                "cart": street.ours.cart,
                "input": {"countryCode": "GB", "externalReference": "\0", "payment": {"token": "tok_approve"}},
                "key": "nul",
            },
        ),
        ("query($text: String!) { order(number: $text) { id } }", lambda _: {"text": "\0"}),
        ("query($text: String!) { variantBySku(sku: $text) { id } }", lambda _: {"text": "\0"}),
        ("query($text: String!) { productBySlug(slug: $text) { id } }", lambda _: {"text": "\0"}),
    ],
)
async def test_a_text_that_cannot_be_stored_is_no_failure_of_ours(
    document: str, variables: Callable[[Street], dict[str, Any]], street: Street
):
    before = await street.graph.rows(OURS)

    answer: Any = await street.graph.answer(OURS, document, variables(street))

    assert [error["extensions"]["code"] for error in answer.get("errors", ())] == ["BAD_USER_INPUT"]
    assert await street.graph.rows(OURS) == before


async def test_a_product_file_with_broken_rows_names_them_and_changes_nothing_by_them(street: Street, tmp_path: Path):
    file = tmp_path / "products.csv"
    rows = (
        "Handle,Title,Variant SKU,Variant Price",
        "pot,Clay Pot,POT,cheap",
        ",No Handle,SOFA,5.00",
        "jug,Jug,JUG,-1",
    )
    file.write_text("\n".join([*rows, ""]))
    before = await street.graph.rows(OURS)

    report = await import_products(TenantApi(street.graph), read_product_file(file))

    assert [(row.line, row.handle, row.reason) for row in report.refused] == [
        (2, "pot", "price: 'cheap' is not a decimal number"),
        (3, "", "has no handle"),
        (4, "jug", "price: must not be negative"),
    ]
    assert await street.graph.rows(OURS) == before


def test_a_graph_that_does_not_compose_is_refused_by_rule_and_place_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("cli.schema_files.subgraph_sources", _clashing_sources)

    with pytest.raises(CommandError) as refused:
        compose_command(folder=tmp_path)

    assert "FIELD_TYPE_MISMATCH Product.name" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def _clashing_sources(_urls: Mapping[str, str]) -> list[SubgraphSource]:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n'
    product = 'type Product @key(fields: "id") {{ id: ID! name: {} @shareable }}'
    return [
        SubgraphSource(
            "left", "http://left.test", f"{link}type Query {{ product: Product }} {product.format('String')}"
        ),
        SubgraphSource("right", "http://right.test", link + product.format("Int")),
    ]
