"""Who works at stores changes stock only there; whoever else holds the scope, everywhere in the tenant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from kernel.ids import encode_global_id, uuid7
from kernel.subgraph import GraphQLRequest
from subgraphs.inventory.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.inventory import ADJUST, CREATE_LOCATION, SET, Warehouse
from tests.factories.subgraphs import client_of

ASSIGN = """mutation($id: ID!, $store: ID) { stockLocationAssign(id: $id, storeId: $store) {
  location { storeId } userErrors { field code } } }"""
LEVELS = "{ stockLevels(first: 10) { nodes { onHand location { id storeId } } } }"
BRISTOL, YORK = uuid7(), uuid7()


@dataclass(frozen=True, slots=True)
class Chain:
    """A tenant with a store in Bristol, one in York, and a warehouse of neither."""

    warehouse: Warehouse
    variant: str
    places: dict[str, str]

    async def answer(self, document: str, variables: Any, *roles: str, stores: tuple[UUID, ...] = ()) -> Any:
        client = self.warehouse.client
        token = client.tokens.access_token(client.tenant_id, *roles, store_ids=[str(store) for store in stores])
        return await client.subgraph.execute(GraphQLRequest(document, variables), {"authorization": f"Bearer {token}"})

    async def adjust(self, place: str, *roles: str, stores: tuple[UUID, ...] = (), also: str | None = None) -> Any:
        places = [place, *([also] if also is not None else [])]
        lines = [{"variantId": self.variant, "locationId": self.places[name], "delta": 1} for name in places]
        given = {"input": {"reason": "RECEIVED", "lines": lines}, "key": str(uuid7())}
        return await self.answer(ADJUST, given, *roles, stores=stores)

    async def on_hand(self) -> dict[str, int]:
        nodes = (await self.warehouse.client.data(LEVELS))["stockLevels"]["nodes"]
        names = {location: name for name, location in self.places.items()}
        return {names[node["location"]["id"]]: node["onHand"] for node in nodes if node["location"]["id"] in names}


@pytest.fixture
async def chain(provisioned_database: ProvisionedDatabase) -> AsyncIterator[Chain]:
    database = provisioned_database.connect("inventory_app")
    warehouse = Warehouse(client_of("inventory", build_schema(), database))
    [variant] = await warehouse.stocked_variants(1, 5)
    places: dict[str, str] = {}
    for name, store in (("bristol", BRISTOL), ("york", YORK), ("reading", None)):
        store_id = encode_global_id("Store", store) if store is not None else None
        given = {"code": name, "name": name, "kind": "STORE" if store else "WAREHOUSE", "storeId": store_id}
        made = await warehouse.client.data(CREATE_LOCATION, {"input": given})
        places[name] = made["stockLocationCreate"]["location"]["id"]
    yield Chain(warehouse, variant, places)
    await database.close()


def refusal(answer: Any) -> tuple[str, list[str]] | None:
    """The code and the field of the only error."""
    if "errors" not in answer:
        assert [payload["userErrors"] for payload in answer["data"].values()] == [[]], answer
        return None
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["extensions"].get("field", [])


ELSEWHERE = ("FORBIDDEN", ["input", "lines", "0", "locationId"])


@pytest.mark.parametrize(
    ("roles", "stores", "place", "expected"),
    [
        (("stock_clerk",), (BRISTOL,), "bristol", None),
        (("store_manager",), (BRISTOL, YORK), "york", None),
        (("stock_clerk",), (BRISTOL,), "york", ELSEWHERE),
        (("stock_clerk",), (BRISTOL,), "reading", ELSEWHERE),
        (("stock_clerk",), (), "bristol", ELSEWHERE),
        (("stock_clerk",), (), "reading", ELSEWHERE),
        (("store_manager", "stock_clerk", "cashier"), (YORK,), "bristol", ELSEWHERE),
        (("stock_clerk", "buyer"), (BRISTOL,), "york", ELSEWHERE),
        (("cashier",), (BRISTOL,), "bristol", ("FORBIDDEN", [])),
        (("tenant_owner",), (), "york", None),
        (("tenant_owner", "stock_clerk"), (BRISTOL,), "reading", None),
        (("shop_import",), (), "reading", None),
    ],
    ids=str,
)
async def test_who_works_at_stores_changes_stock_only_there(
    chain: Chain,
    *,
    roles: tuple[str, ...],
    stores: tuple[UUID, ...],
    place: str,
    expected: tuple[str, list[str]] | None,
):
    found = refusal(await chain.adjust(place, *roles, stores=stores))

    assert found == expected
    assert await chain.on_hand() == ({place: 1} if expected is None else {})


async def test_one_line_elsewhere_refuses_them_all(chain: Chain):
    found = refusal(await chain.adjust("bristol", "stock_clerk", stores=(BRISTOL,), also="york"))

    assert found == ("FORBIDDEN", ["input", "lines", "1", "locationId"])
    assert await chain.on_hand() == {}


async def test_counting_is_limited_as_adjusting_is(chain: Chain):
    line = {"variantId": chain.variant, "locationId": chain.places["york"], "quantity": 7}
    given = {"input": {"reason": "CORRECTION", "lines": [line]}, "key": "count"}

    refused = await chain.answer(SET, given, "store_manager", stores=(BRISTOL,))
    counted = await chain.answer(SET, given, "store_manager", stores=(YORK,))

    assert (refusal(refused), refusal(counted), await chain.on_hand()) == (ELSEWHERE, None, {"york": 7})


async def test_what_the_token_calls_a_store_has_one_spelling(chain: Chain):
    client, place = chain.warehouse.client, chain.places["bristol"]
    line = {"variantId": chain.variant, "locationId": place, "delta": 1}
    for claim in (
        [str(BRISTOL).upper()],
        [f"{{{BRISTOL}}}"],
        str(BRISTOL),
        [[str(BRISTOL)]],
        {str(BRISTOL): True},
        None,
    ):
        token = client.tokens.access_token(client.tenant_id, "stock_clerk", store_ids=claim)
        given = {"input": {"reason": "RECEIVED", "lines": [line]}, "key": str(uuid7())}
        answer = await client.subgraph.execute(GraphQLRequest(ADJUST, given), {"authorization": f"Bearer {token}"})
        assert refusal(answer) == ELSEWHERE, claim
    assert await chain.on_hand() == {}


async def test_a_manager_opens_locations_at_the_own_stores_only(chain: Chain):
    outcomes = [
        refusal(await chain.answer(CREATE_LOCATION, {"input": {"code": code, "name": "New", "kind": "STORE", **given}},
                                   "store_manager", stores=(BRISTOL,)))
        for code, given in (
            ("own", {"storeId": encode_global_id("Store", BRISTOL)}),
            ("other", {"storeId": encode_global_id("Store", YORK)}),
            ("none", {}),
        )
    ]  # fmt: skip

    shown = await chain.warehouse.client.data("{ stockLocations(first: 9) { nodes { code } } }")
    codes = [node["code"] for node in shown["stockLocations"]["nodes"]]
    assert outcomes == [None, ("FORBIDDEN", ["input", "storeId"]), ("FORBIDDEN", ["input", "storeId"])]
    assert ("own" in codes, "other" in codes, "none" in codes) == (True, False, False)


@pytest.mark.parametrize(
    ("place", "target", "expected"),
    [
        ("bristol", BRISTOL, None),
        ("york", BRISTOL, ("FORBIDDEN", ["id"])),
        ("reading", BRISTOL, ("FORBIDDEN", ["id"])),
        ("bristol", YORK, ("FORBIDDEN", ["storeId"])),
        ("bristol", None, ("FORBIDDEN", ["storeId"])),
    ],
)
async def test_a_manager_takes_no_location_from_others_and_gives_none_away(
    chain: Chain, place: str, target: UUID | None, expected: tuple[str, list[str]] | None
):
    before = await chain.warehouse.client.data("{ stockLocations(first: 9) { nodes { id storeId } } }")
    store = encode_global_id("Store", target) if target is not None else None

    found = refusal(
        await chain.answer(ASSIGN, {"id": chain.places[place], "store": store}, "store_manager", stores=(BRISTOL,))
    )

    assert found == expected
    assert (await chain.warehouse.client.data("{ stockLocations(first: 9) { nodes { id storeId } } }")) == before


async def test_the_owner_assigns_a_location_and_its_staff_may_work_there(chain: Chain):
    store = encode_global_id("Store", YORK)

    assigned = await chain.warehouse.client.data(ASSIGN, {"id": chain.places["reading"], "store": store})

    assert assigned["stockLocationAssign"] == {"location": {"storeId": store}, "userErrors": []}
    assert refusal(await chain.adjust("reading", "stock_clerk", stores=(YORK,))) is None
    nobody = await chain.warehouse.client.data(ASSIGN, {"id": chain.places["reading"], "store": None})
    assert nobody["stockLocationAssign"]["location"] == {"storeId": None}
    assert refusal(await chain.adjust("reading", "stock_clerk", stores=(YORK,))) == ELSEWHERE


async def test_a_location_that_is_nowhere_is_told_before_any_store(chain: Chain):
    nowhere = encode_global_id("StockLocation", uuid7())

    answer = await chain.answer(ASSIGN, {"id": nowhere, "store": None}, "store_manager", stores=(BRISTOL,))

    assert answer["data"]["stockLocationAssign"] == {
        "location": None,
        "userErrors": [{"field": ["id"], "code": "UNKNOWN_LOCATION"}],
    }
