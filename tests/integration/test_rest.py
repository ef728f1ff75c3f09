"""The REST endpoints of the web BFF over the whole graph: domain.md §4.3, X-03."""

import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from cli.embedded.redis import RedisServer
from kernel.ids import encode_global_id, uuid7
from tests.factories.bff import CASHIER, ROOT, Answer
from tests.factories.databases import ProvisionedDatabase
from tests.factories.rest import RestShop, rest_shop

NOBODY = encode_global_id("Product", uuid7())


@pytest.fixture(scope="module")
async def shop(
    provisioned_database: ProvisionedDatabase, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RestShop]:
    async with rest_shop(provisioned_database, redis_server.url_of(2), tmp_path_factory.mktemp("rest")) as opened:
        yield opened


def key() -> dict[str, str]:
    return {"idempotency-key": uuid7().hex}


def problem(answer: Answer) -> tuple[int, str]:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status
    assert {"type", "title", "detail"} <= body.keys()
    return answer.status, body["code"]


async def test_the_profile_is_that_of_whoever_is_signed_in(shop: RestShop):
    profile = await shop.ask("GET", "/api/users/profile")

    assert profile.status == 200
    assert profile.json()["email"] == "owner@lumen.example"
    assert profile.json()["tenant"]["name"] == "Rest"


async def test_a_product_is_created_and_found_again(shop: RestShop):
    category = await shop.graph.data(
        shop.tenant,
        """mutation { categoryCreate(input: {name: "Mugs", slug: "mugs"}) {
          category { id } userErrors { code message } } }""",
    )
    category_id = category["categoryCreate"]["category"]["id"]
    body = {"name": "Blue mug", "category": category_id, "variants": [
        {"sku": "BLUE", "price": {"amount": "9.50", "currencyCode": "GBP"}, "options": [{"name": "Size", "value": "S"}]}
    ]}  # fmt: skip

    made = await shop.ask("POST", "/v1/products", json=body)
    found = await shop.ask("GET", made.headers["location"])
    listed = await shop.ask("GET", f"/api/products?category={category_id}")
    elsewhere = await shop.ask("GET", f"/v1/products?category={encode_global_id('Category', uuid7())}")

    assert made.status == 201, made.text
    assert made.headers["location"] == f"/api/products/{made.json()['id']}"
    assert found.json()["variants"][0]["options"] == [{"name": "Size", "value": "S"}]
    assert [node["slug"] for node in listed.json()["nodes"]] == ["blue-mug"]
    assert elsewhere.json()["nodes"] == []


async def test_pages_lead_to_each_other_until_the_last(shop: RestShop):
    for number in range(3):
        await shop.product(f"PAGE-{number}")
    path, seen = "/v1/products?first=2&status=ACTIVE", list[str]()

    while path:
        page = await shop.ask("GET", path)
        assert len(page.json()["nodes"]) <= 2
        seen += [node["id"] for node in page.json()["nodes"]]
        link = re.fullmatch(r'<(/v1/products\?[^>]+)>; rel="next"', page.headers.get("link", ""))
        assert (link is not None) == page.json()["pageInfo"]["hasNextPage"]
        path = link[1] if link else ""

    everything = await shop.ask("GET", "/api/products?first=100")
    assert seen == [node["id"] for node in everything.json()["nodes"]]
    assert len(seen) >= 3


async def test_a_search_answers_a_page(shop: RestShop):
    found = await shop.ask("GET", "/api/products/search?query=nothing-of-the-kind")

    assert (found.status, found.json()["nodes"]) == (200, [])


async def test_an_order_is_made_of_a_cart_once(shop: RestShop):
    await shop.product("ORDERED")
    cart = await shop.ask(
        "POST",
        "/api/carts",
        json={"currencyCode": "GBP", "lines": [{"sku": "ORDERED", "quantity": 2}]},
        headers=key(),
    )
    assert cart.status == 201, cart.text
    body = {"cartId": cart.json()["id"], "countryCode": "GB", "payment": {"token": "tok_approve"}}
    once = key()

    made = await shop.ask("POST", "/v1/orders", json=body, headers=once)
    again = await shop.ask("POST", "/api/orders", json=body, headers=once)
    reused = await shop.ask("POST", "/api/orders", json={**body, "countryCode": "IE"}, headers=once)
    closed = await shop.ask("POST", "/api/orders", json=body, headers=key())
    read = await shop.ask("GET", made.headers["location"])
    listed = await shop.ask("GET", "/api/orders?status=PENDING")

    assert (made.status, made.json()["status"]) == (201, "PENDING")
    assert made.json()["total"] == {"amount": "19.00", "currencyCode": "GBP"}
    assert again.json() == made.json()
    assert problem(reused) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert problem(closed) == (409, "CART_CLOSED")
    assert read.json()["lines"]["nodes"][0]["sku"] == "ORDERED"
    assert made.json()["id"] in [node["id"] for node in listed.json()["nodes"]]


async def test_stock_is_set_only_from_what_was_read(shop: RestShop):
    variant = (await shop.product("COUNTED"))["variants"][0]["id"]
    whole, level = f"/api/inventory/{variant}", f"/api/inventory/{variant}/locations/{shop.location_id}"

    unknown = await shop.ask("GET", level)
    first = await shop.ask("PUT", whole, json={"locationId": shop.location_id, "quantity": 5}, headers=key())
    read = await shop.ask("GET", level)
    moved = await shop.ask("PUT", level, json={"quantity": 7}, headers={**key(), "if-match": read.headers["etag"]})
    stale = await shop.ask("PUT", level, json={"quantity": 9}, headers={**key(), "if-match": read.headers["etag"]})
    alien = await shop.ask("PUT", level, json={"quantity": 9}, headers={**key(), "if-match": 'W/"7"'})
    compared = {"locationId": shop.location_id, "quantity": 9, "changeFromQuantity": 5}
    conflict = await shop.ask("PUT", whole, json=compared, headers=key())
    unjudged = await shop.ask("PUT", whole, json=compared, headers={**key(), "if-match": '"7"'})
    now = await shop.ask("GET", f"/v1/inventory/{variant}")

    assert problem(unknown) == (404, "NOT_FOUND")
    assert (first.status, first.json()["onHand"], read.headers["etag"]) == (200, 5, '"5"')
    assert (moved.status, moved.json()["onHand"], moved.headers["etag"]) == (200, 7, '"7"')
    assert problem(stale) == (412, "STALE_QUANTITY")
    assert problem(alien) == (412, "PRECONDITION_FAILED")
    assert problem(unjudged) == (400, "BAD_USER_INPUT")
    assert problem(conflict) == (409, "STALE_QUANTITY")
    assert now.json()["availability"] == {"available": 7, "isInStock": True, "onHand": 7, "reserved": 0}


async def test_a_rule_of_the_business_says_what_is_wrong_and_where(shop: RestShop):
    await shop.product("TAKEN")
    price = {"amount": "1.00", "currencyCode": "EUR"}

    taken = await shop.ask("POST", "/api/products", json={"name": "Other", "variants": [
        {"sku": "TAKEN", "price": {"amount": "1.00", "currencyCode": "GBP"}}]})  # fmt: skip
    foreign = await shop.ask("POST", "/api/products", json={"name": "E", "variants": [{"sku": "E", "price": price}]})

    assert problem(taken) == (409, "SKU_TAKEN")
    assert problem(foreign) == (422, "WRONG_CURRENCY")
    assert foreign.json()["errors"][0]["field"][0] == "input"


@pytest.mark.parametrize(
    ("method", "path", "options", "expected"),
    [
        ("GET", f"/api/products/{NOBODY}", {}, (404, "NOT_FOUND")),
        ("GET", "/api/products/x", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?first=0", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?first=101", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?first=many", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?first=1&first=2", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?after=x", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?status=SOLD", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products?colour=blue", {}, (400, "BAD_USER_INPUT")),
        ("GET", "/api/products/search", {}, (400, "BAD_USER_INPUT")),
        ("POST", "/api/products", {"json": {"name": "No variants"}}, (400, "BAD_USER_INPUT")),
        ("POST", "/api/products", {"json": {"name": "", "variants": [], "role": "admin"}}, (400, "BAD_USER_INPUT")),
        ("POST", "/api/products", {"json": []}, (400, "BAD_USER_INPUT")),
        ("POST", "/api/products", {"data": "{"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        ("POST", "/api/products", {"data": {"name": "A form"}}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        ("POST", "/api/orders", {"json": {"cartId": NOBODY, "countryCode": "GB"}}, (400, "BAD_USER_INPUT")),
        ("DELETE", "/api/products", {}, (405, "METHOD_NOT_ALLOWED")),
    ],
)
async def test_what_is_malformed_is_a_problem_of_the_client(
    shop: RestShop, method: str, path: str, options: dict[str, Any], *, expected: tuple[int, str]
):
    assert problem(await shop.ask(method, path, **options)) == expected


async def test_the_methods_of_a_path_are_told(shop: RestShop):
    answer = await shop.ask("PATCH", "/v1/products")

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_customer_without_scopes_is_refused_and_nothing_changes(shop: RestShop):
    cashier = await shop.signed_in(CASHIER)
    before = await shop.graph.rows(shop.tenant)
    body = {"name": "Not mine", "variants": [{"sku": "NOT-MINE", "price": {"amount": "1", "currencyCode": "GBP"}}]}

    made = await shop.ask("POST", "/api/products", json=body, browser=cashier)
    read = await shop.ask("GET", "/api/products", browser=cashier)

    assert problem(made) == (403, "FORBIDDEN")
    assert read.status == 200
    assert await shop.graph.rows(shop.tenant) == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/products"), ("POST", "/v1/orders")])
async def test_n18_without_the_header_or_from_another_site_nothing_is_served(shop: RestShop, method: str, path: str):
    before = await shop.graph.rows(shop.tenant)

    plain = await shop.owner.request(method, f"{shop.world.bff}{path}")
    foreign = await shop.ask(method, path, headers={"origin": "https://evil.example"})
    marked = await shop.ask(method, path, headers={"sec-fetch-site": "cross-site"})

    assert [problem(answer) for answer in (plain, foreign, marked)] == [
        (403, "CSRF_HEADER_REQUIRED"),
        (403, "CROSS_SITE_REQUEST"),
        (403, "CROSS_SITE_REQUEST"),
    ]
    assert await shop.graph.rows(shop.tenant) == before


async def test_without_a_session_or_with_a_token_of_ones_own_nobody_is_anybody(shop: RestShop):
    session = await shop.world.session_of(shop.owner)

    stranger = await shop.ask("GET", "/api/products", browser=shop.world.browser())
    bearer = await shop.ask(
        "GET",
        "/api/products",
        browser=shop.world.browser(),
        headers={"authorization": f"Bearer {session.access_token}"},
    )

    assert problem(stranger) == problem(bearer) == (401, "UNAUTHENTICATED")


async def test_another_tenants_things_are_not_there(shop: RestShop):
    mine = await shop.product("MINE")
    other = await shop.world.signed_in("owner@sakura.example")

    product = await shop.ask("GET", f"/api/products/{mine['id']}", browser=other)
    stock = await shop.ask("GET", f"/api/inventory/{mine['variants'][0]['id']}", browser=other)

    assert problem(product) == problem(stock) == (404, "NOT_FOUND")


async def test_the_published_description_is_served_to_everybody(shop: RestShop):
    answer = await shop.world.browser().get(f"{shop.world.bff}/api/openapi.json")

    assert answer.json() == orjson.loads((ROOT / "schema" / "openapi.json").read_bytes())
