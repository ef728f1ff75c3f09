"""GET /till/catalogue over the real router and the real catalogue."""

import asyncio
import gzip
from typing import Any

import aiohttp
import orjson
import pytest

from kernel.ids import uuid7
from tests.factories.bff import CSRF, Browser
from tests.factories.catalogue import ARCHIVE, UPSERT, created, product, variant
from tests.factories.catalogue_feed import take_over
from tests.factories.till_graph import TillGraph


@pytest.fixture
async def till(shop: TillGraph) -> Browser:
    """A new shop with three products, and its till."""
    shop.catalog = shop.catalog.for_tenant(uuid7())
    for number in range(3):
        await created(shop.catalog, product(f"Lamp {number}", f"L-{number}"))
    found = await shop.till()
    shop.upstream.asked.clear()
    return found


async def renamed(shop: TillGraph, number: int, name: str) -> None:
    item = {"slug": f"lamp-{number}", "name": name, "variants": [variant(f"L-{number}", "7.00")]}
    await shop.catalog.data(UPSERT, {"items": [item]})


async def followed(shop: TillGraph, till: Browser, kept: dict[str, Any], place: str) -> str:
    """Take over what changed, from the other replica than the one that gave the whole."""
    answer = await shop.catalogue(till, place, replica=1)
    assert answer.status == 200, answer.text
    take_over(kept, answer.json()["products"])
    assert answer.json()["has_more"] is False
    return answer.json()["next"]


async def test_a_till_loads_all_and_follows_on_any_replica_though_nobody_is_at_work(shop: TillGraph, till: Browser):
    whole = await shop.catalogue(till)
    kept: dict[str, Any] = {}
    take_over(kept, whole.json()["products"])

    await renamed(shop, 1, "Renamed")
    first = next(iter(kept))
    await shop.catalog.data(ARCHIVE, {"id": first})
    place = await followed(shop, till, kept, whole.json()["next"])

    assert (whole.status, whole.headers["content-type"], whole.json()["has_more"]) == (200, "application/json", False)
    assert [found["name"] for found in kept.values()] == ["Renamed", "Lamp 2"]
    assert kept[next(iter(kept))]["variants"][0]["price_minor"] == 700
    assert await followed(shop, till, kept, place) == place


async def test_it_comes_packed_or_plain_and_not_again_to_who_has_it(shop: TillGraph, till: Browser):
    headers = {**shop.world.own_headers(till, "GET", "/till/catalogue"), "accept-encoding": "gzip"}
    url = f"{shop.world.bff}/till/catalogue"
    async with aiohttp.ClientSession(auto_decompress=False) as http, http.get(url, headers=headers) as answer:
        packed, encoding = await answer.read(), answer.headers["content-encoding"]
    plain = await shop.catalogue(till, accept_encoding="gzip;q=0, identity")
    known = await shop.catalogue(till, if_none_match=plain.headers["etag"])
    other = await shop.catalogue(till, if_none_match='W/"other"')

    assert encoding == "gzip"
    assert gzip.decompress(packed) == plain.body
    assert "content-encoding" not in plain.headers
    assert len(plain.json()["products"]) == 3
    assert (known.status, known.body) == (304, b"")
    assert (other.status, other.body) == (200, plain.body)


async def test_fifty_tills_cost_one_load_per_replica(shop: TillGraph, till: Browser):
    answers = await asyncio.gather(*(shop.catalogue(till, replica=number % 2) for number in range(50)))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert shop.upstream.count("CatalogueFeed") == 2


async def test_what_was_packed_before_a_change_is_still_right_with_what_changed_since(shop: TillGraph, till: Browser):
    before = await shop.catalogue(till)
    await renamed(shop, 0, "Later")

    packed = await shop.catalogue(till)
    kept: dict[str, Any] = {}
    take_over(kept, packed.json()["products"])
    await followed(shop, till, kept, packed.json()["next"])

    assert packed.body == before.body
    assert sorted(found["name"] for found in kept.values()) == ["Lamp 1", "Lamp 2", "Later"]


async def test_n15_a_till_reads_its_own_shops_catalogue_alone(shop: TillGraph, till: Browser):
    """N15: another tenant's place is no place of this one."""
    other = await shop.till(uuid7())
    own = await shop.catalogue(till)

    theirs = await shop.catalogue(other)
    crossed = await shop.catalogue(other, own.json()["next"])

    assert theirs.json()["products"] == []
    assert (crossed.status, crossed.code) == (410, "CATALOGUE_GONE")
    assert (await shop.catalogue(till, "x" * 3000)).code == "CATALOGUE_GONE"


async def test_only_an_enrolled_device_with_a_proof_and_our_own_page_gets_it(shop: TillGraph, till: Browser):
    assert till.till is not None
    url = f"{shop.world.bff}/till/catalogue"
    no_proof = {**CSRF, "authorization": f"DPoP {till.till.token}"}
    no_token = {**CSRF, "dpop": till.till.proof("GET", "/till/catalogue")}

    assert (await till.get(url, headers=no_proof)).code == "INVALID_DPOP_PROOF"
    assert (await till.get(url, headers=no_token)).code == "DEVICE_TOKEN_REQUIRED"
    assert (await till.get(url, headers=till.till.headers("GET", "/till/catalogue"))).code == "CSRF_HEADER_REQUIRED"
    assert shop.upstream.count("CatalogueFeed") == 0


async def test_a_load_that_broke_off_is_begun_anew_by_the_next_till(
    shop: TillGraph, till: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bff.pos.catalogue._PAGE", 1)
    await shop.catalogue(till, "none")
    shop.upstream.answers_left = 2
    broken = await shop.catalogue(till)
    shop.upstream.answers_left = None
    loaded = await shop.catalogue(till)

    assert (broken.status, broken.code) == (503, "UNAVAILABLE")
    assert [found["name"] for found in loaded.json()["products"]] == ["Lamp 0", "Lamp 1", "Lamp 2"]


async def test_a_till_that_follows_from_far_behind_comes_page_by_page(
    shop: TillGraph, till: Browser, monkeypatch: pytest.MonkeyPatch
):
    place = (await shop.catalogue(till)).json()["next"]
    monkeypatch.setattr("bff.pos.catalogue._PAGE", 2)
    for number in range(3):
        await renamed(shop, number, f"Again {number}")

    first = await shop.catalogue(till, place)
    second = await shop.catalogue(till, first.json()["next"])

    assert [len(answer.json()["products"]) for answer in (first, second)] == [2, 1]
    assert [answer.json()["has_more"] for answer in (first, second)] == [True, False]


@pytest.mark.usefixtures("till")
async def test_who_goes_away_while_it_is_loaded_ends_it_for_nobody(shop: TillGraph):
    parts = shop.world.apps[0].state.parts
    leaving = asyncio.create_task(parts.catalogues.whole(shop.catalog.tenant_id))
    await asyncio.sleep(0)
    staying = asyncio.create_task(parts.catalogues.whole(shop.catalog.tenant_id))

    leaving.cancel()
    found = await staying

    assert len(orjson.loads(gzip.decompress(found.packed))["products"]) == 3
    assert shop.upstream.count("CatalogueFeed") == 1


async def test_no_more_is_kept_than_there_is_room_for(shop: TillGraph, till: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bff.pos.catalogue._MOST_KEPT_BYTES", 100)

    sizes = [len((await shop.catalogue(till)).body) for _ in range(2)]

    assert min(sizes) > 100
    assert shop.upstream.count("CatalogueFeed") == 2
