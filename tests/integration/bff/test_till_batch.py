"""A till's day over the real router and the real subgraphs: enrol, open, switch, sell, catalogue, batch."""

import asyncio
import gzip
from typing import Any

import orjson
import pytest

from bff.pos.batches import MOST_BYTES
from kernel.ids import uuid7
from tests.factories.bff import CASHIER, Answer, Browser
from tests.factories.catalogue import created, product
from tests.factories.till_graph import MANAGER, TillGraph

SET_PIN = "mutation($input: PinSetInput!) { pinSet(input: $input) { isAccepted userErrors { code } } }"
BY_SKU = "query($sku: String!) { variantBySku(sku: $sku) { sku name price { amount currencyCode } } }"
REVOKE = "mutation($id: ID!) { deviceRevoke(id: $id) { device { status } userErrors { code } } }"


@pytest.fixture
async def till(shop: TillGraph) -> Browser:
    """A new shop's till at which the cashier works."""
    shop.catalog = shop.catalog.for_tenant(uuid7())
    return await opened(shop, await shop.till(), CASHIER)


async def opened(shop: TillGraph, browser: Browser, username: str) -> Browser:
    browser.cookies.clear()
    await shop.signed_in_only(username, browser)
    assert (await shop.sent(browser, "/till/open")).status == 200
    return browser


def event(**fields: Any) -> dict[str, Any]:
    given = {"id": str(uuid7()), "kind": "till_event", "occurred_at": "2026-03-01T12:00:00Z"}
    return given | {"body": {"event": "DRAWER_OPENED"}} | fields


def envelope(*items: dict[str, Any]) -> dict[str, Any]:
    return {"batch_id": str(uuid7()), "items": list(items)}


async def posted(shop: TillGraph, till: Browser, body: bytes, replica: int = 0, **headers: str) -> Answer:
    sent = {**shop.world.own_headers(till, "POST", "/till/batch"), "content-type": "application/json", **headers}
    return await till.post(f"{shop.world.bffs[replica]}/till/batch", data=body, headers=sent)


def statuses(answer: Answer) -> list[tuple[str, str | None]]:
    assert answer.status == 200, answer.text
    return [(result["status"], result["code"]) for result in answer.json()["results"]]


async def test_a_tills_day(shop: TillGraph, till: Browser):
    lamp = await created(shop.catalog, product("Oak Lamp", "OAK-1"))
    assert await shop.asked(till, SET_PIN, {"input": {"pin": "7294"}}) == {"isAccepted": True, "userErrors": []}
    await opened(shop, till, MANAGER)
    cashier = shop.world.provider.realm.users[CASHIER].id

    switched = await shop.sent(till, "/till/switch", subject=cashier, pin="7294")
    found = await shop.asked(till, BY_SKU, {"sku": "OAK-1"})
    whole = await shop.catalogue(till, replica=1)
    taken = await posted(shop, till, orjson.dumps(envelope(event())), replica=1)

    assert (switched.status, switched.json()["subject"]) == (200, cashier)
    assert found == {"sku": "OAK-1", "name": "Oak Lamp", "price": {"amount": "12.50", "currencyCode": "GBP"}}
    assert [sold["id"] for sold in whole.json()["products"]] == [lamp["id"]]
    assert statuses(taken) == [("ACCEPTED", None)]
    assert (await shop.sent(till, "/till/lock")).status == 204
    assert (await posted(shop, till, orjson.dumps(envelope(event())))).code == "TILL_LOCKED"
    assert (await shop.catalogue(till)).status == 200


async def test_a_revoked_till_reads_and_writes_nothing_within_a_second(shop: TillGraph, till: Browser):
    assert till.till is not None
    body = orjson.dumps(envelope(event()))
    manager = await opened(shop, await shop.till(), MANAGER)
    revoked = await shop.asked(manager, REVOKE, {"id": till.till.device_id})
    assert revoked == {"device": {"status": "REVOKED"}, "userErrors": []}
    await asyncio.sleep(0.6)

    for replica in range(2):
        assert (await shop.catalogue(till, replica=replica)).code == "DEVICE_REVOKED"
        assert (await posted(shop, till, body, replica)).code == "DEVICE_REVOKED"


async def test_the_same_batch_on_both_replicas_at_once_is_taken_once(shop: TillGraph, till: Browser):
    body = orjson.dumps(envelope(event(), event(kind="sale"), event(body={"event": "?"})))

    at_once = await asyncio.gather(*(posted(shop, till, body, number % 2) for number in range(6)))
    later = await posted(shop, till, gzip.compress(body), **{"content-encoding": "gzip"})

    expected = [("ACCEPTED", None), ("REJECTED", "UNKNOWN_KIND"), ("REJECTED", "INVALID")]
    assert [statuses(answer) for answer in (*at_once, later)] == [expected] * 7
    assert len({answer.body for answer in (*at_once, later)}) == 1
    assert later.json()["results"][1]["reason"] == "there is no kind 'sale'"
    assert later.json()["results"][2]["field"] == "body.event"


async def test_how_a_body_is_written_makes_no_other_item_of_it(shop: TillGraph, till: Browser):
    given = envelope(event(body={"event": "DRAWER_OPENED", "note": "change"}))
    await posted(shop, till, orjson.dumps(given))

    given["items"][0]["body"] = {"note": "change", "event": "DRAWER_OPENED"}
    same = await posted(shop, till, orjson.dumps(given, option=orjson.OPT_INDENT_2))
    given["items"][0]["body"] = {"note": "changed", "event": "DRAWER_OPENED"}
    other = await posted(shop, till, orjson.dumps(given))

    assert statuses(same) == [("ACCEPTED", None)]
    assert statuses(other) == [("REJECTED", "IDEMPOTENCY_KEY_REUSED")]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1" * 30])
async def test_an_item_that_json_cannot_hold_is_rejected_alone(shop: TillGraph, till: Browser, number: bytes):
    given = orjson.dumps(envelope(event(), event(body={"event": "DRAWER_OPENED", "count": "NUMBER"}), event()))

    answer = await posted(shop, till, given.replace(b'"NUMBER"', number))

    assert statuses(answer) == [("ACCEPTED", None), ("REJECTED", "INVALID"), ("ACCEPTED", None)]
    assert [one["id"] for one in answer.json()["results"]] == [one["id"] for one in orjson.loads(given)["items"]]


PACKED, PLAIN = {"content-encoding": "gzip"}, {"content-encoding": "identity"}
BOMB = gzip.compress(b" " * 50_000_000)
FULL = orjson.dumps(envelope(*(event() for _ in range(201))))


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (BOMB, PACKED, 413),
        (b" " * (MOST_BYTES + 1), PLAIN, 413),
        (FULL, PLAIN, 413),
        (b"{}", PACKED, 400),
        (gzip.compress(b"{}")[:-4], PACKED, 400),
        (gzip.compress(b"{}") + b"more", PACKED, 400),
        (b"{}", PLAIN, 400),
        (b"[", PLAIN, 400),
        (orjson.dumps(envelope()), PLAIN, 400),
        (orjson.dumps(envelope(event(id="1"))), PLAIN, 400),
        (orjson.dumps(envelope(event(occurred_at="2026-03-01T12:00:00"))), PLAIN, 400),
        (orjson.dumps(envelope(event(body=[]))), PLAIN, 400),
        (b"{}", {"content-encoding": "br"}, 415),
    ],
)
async def test_what_is_no_batch_never_reaches_the_graph(  # noqa: PLR0917 - fixtures and a row of the table
    shop: TillGraph, till: Browser, body: bytes, status: int, headers: dict[str, str]
):
    shop.upstream.asked.clear()

    answer = await posted(shop, till, body, **headers)

    assert answer.status == status
    assert [asked for asked in shop.upstream.asked if "tillItemsTake" in asked["query"]] == []


async def test_the_most_that_a_batch_may_hold_is_taken(shop: TillGraph, till: Browser):
    note = '"' * 180
    items = [event(body={"event": "DRAWER_OPENED", "note": note}) for _ in range(200)]

    answer = await posted(shop, till, orjson.dumps(envelope(*items)))

    assert statuses(answer) == [("ACCEPTED", None)] * 200


async def test_only_who_is_at_work_at_this_till_sends_a_batch(shop: TillGraph, till: Browser):
    body = orjson.dumps(envelope(event()))
    other = await shop.till(shop.catalog.tenant_id)
    other.cookies = dict(till.cookies)
    nobody = shop.world.browser()
    nobody.till = till.till
    path, url = "/till/batch", f"{shop.world.bff}/till/batch"
    own = {**shop.world.own_headers(till, "POST", path), "content-type": "application/json"}

    assert (await posted(shop, other, body)).status == 401
    assert (await posted(shop, nobody, body)).status == 401
    without_csrf = {name: value for name, value in own.items() if name != "x-retail-csrf"}
    assert (await till.post(url, data=body, headers=without_csrf)).code == "CSRF_HEADER_REQUIRED"
    assert (await till.post(url, data=body, headers={**own, "content-type": "text/plain"})).status == 415


async def test_while_the_graph_is_down_the_till_keeps_its_batch(shop: TillGraph, till: Browser):
    body = orjson.dumps(envelope(event()))
    await posted(shop, till, orjson.dumps(envelope(event())))
    shop.upstream.answers_left = 0
    down = await posted(shop, till, body)
    shop.upstream.answers_left = None
    await asyncio.sleep(0.6)
    up = await posted(shop, till, body)

    assert (down.status, down.code) == (503, "UNAVAILABLE")
    assert statuses(up) == [("ACCEPTED", None)]
