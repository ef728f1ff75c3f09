"""Tills and scanners: who may enrol and revoke them, and who sees them."""

from collections.abc import AsyncIterator

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import text

from kernel.database import count_statements
from kernel.ids import encode_global_id, uuid7
from tests.factories.databases import ProvisionedDatabase, behind_the_api
from tests.factories.tills import ENROLL, REVOKE, TillShop, public_key, store_id

DEVICES = """query($store: ID, $first: Int) { devices(storeId: $store, first: $first) {
  nodes { id name status } totalCount } }"""
DEVICE = "query($id: ID!) { device(id: $id) { name status thumbprint } }"


@pytest.fixture
async def shop(provisioned_database: ProvisionedDatabase) -> AsyncIterator[TillShop]:
    database = provisioned_database.connect("identity_app")
    yield TillShop.over(database)
    await database.close()


async def subjects_of(shop: TillShop) -> list[str]:
    async with behind_the_api(shop.subgraph.database, shop.tenant_id) as session:
        return list(await session.scalars(text("SELECT subject FROM outbox ORDER BY seq")))


async def test_a_manager_enrols_a_till_of_the_own_store(shop: TillShop):
    key = ECKey.generate_key("P-256")

    with count_statements() as count:
        enrolled = await shop.enroll(publicKey=public_key(key), name=" Till 3 ")

    assert enrolled["userErrors"] == []
    assert enrolled["device"] | {"id": ""} == {
        "id": "",
        "storeId": store_id(shop.store),
        "name": "Till 3",
        "status": "ENROLLED",
        "thumbprint": key.thumbprint(),
        "publicKey": {"kty": "EC", "crv": "P-256", **public_key(key)},
        "enrolledBy": "marcus",
        "lastSeenAt": None,
    }
    assert await subjects_of(shop) == ["retail.device.enrolled.v1"]
    # fence, key, device, outbox; fence, device
    assert count.total == 6


async def test_a_repeated_enrolment_is_one(shop: TillShop):
    key = public_key()

    first, second = [await shop.enroll(publicKey=key) for _ in range(2)]

    assert first == second
    assert await subjects_of(shop) == ["retail.device.enrolled.v1"]


async def test_a_manager_of_other_stores_enrols_and_revokes_nothing_here(shop: TillShop):
    device_id = await shop.till()

    elsewhere = await shop.enroll(storeId=store_id(shop.other_store))
    stranger = shop.manager.__class__("max", "store_manager", (str(shop.other_store),))
    revoked = await shop.ask(stranger, REVOKE, {"id": device_id})

    assert [error["code"] for error in elsewhere["userErrors"]] == ["NOT_YOUR_STORE"]
    assert [error["code"] for error in revoked["userErrors"]] == ["NOT_YOUR_STORE"]
    assert (await shop.ask(shop.owner, DEVICE, {"id": device_id}))["status"] == "ENROLLED"
    assert await subjects_of(shop) == ["retail.device.enrolled.v1"]


async def test_the_owner_enrols_in_every_store(shop: TillShop):
    enrolled = await shop.enroll(shop.owner, storeId=store_id(uuid7()))

    assert enrolled["userErrors"] == []


@pytest.mark.parametrize("role", ["cashier", "stock_clerk", "accountant", "customer"])
async def test_nobody_else_enrols_revokes_or_sees_devices(shop: TillShop, role: str):
    device_id = await shop.till()
    person = shop.manager.__class__("someone", role, (str(shop.store),))
    given = {"storeId": store_id(shop.store), "name": "Mine", "publicKey": public_key()}

    answers = [
        await shop.answer(person, ENROLL, {"input": given}),
        await shop.answer(person, REVOKE, {"id": device_id}),
        await shop.answer(person, DEVICE, {"id": device_id}),
        await shop.answer(person, DEVICES, {"first": 5}),
    ]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["FORBIDDEN"] * 4
    assert await subjects_of(shop) == ["retail.device.enrolled.v1"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "INVALID"),
        ({"name": "x" * 81}, "INVALID"),
        ({"publicKey": {"x": "A" * 43, "y": "A" * 43}}, "INVALID"),
        ({"publicKey": {"x": "", "y": ""}}, "INVALID"),
        ({"publicKey": {"x": "!" * 43, "y": "!" * 43}}, "INVALID"),
    ],
)
async def test_a_device_needs_a_name_and_a_key_on_the_curve(shop: TillShop, changes: dict[str, object], code: str):
    refused = await shop.enroll(**changes)

    assert refused["device"] is None
    assert [error["code"] for error in refused["userErrors"]] == [code]
    assert await subjects_of(shop) == []


async def test_a_revoked_device_stays_revoked_and_its_key_does_not_come_back(shop: TillShop):
    key = public_key()
    device_id = (await shop.enroll(publicKey=key))["device"]["id"]

    revoked = [await shop.ask(shop.manager, REVOKE, {"id": device_id}) for _ in range(2)]
    again = await shop.enroll(publicKey=key)

    assert revoked == [{"device": {"status": "REVOKED", "revokedBy": "marcus"}, "userErrors": []}] * 2
    assert [error["code"] for error in again["userErrors"]] == ["KEY_TAKEN"]
    assert await subjects_of(shop) == ["retail.device.enrolled.v1", "retail.device.revoked.v1"]


async def test_devices_are_listed_by_store_in_a_fixed_number_of_statements(shop: TillShop):
    for number in range(3):
        await shop.enroll(shop.manager_of_both, name=f"Till {number}")
    await shop.enroll(shop.manager_of_both, name="Elsewhere", storeId=store_id(shop.other_store))

    with count_statements() as count:
        here = await shop.ask(shop.owner, DEVICES, {"store": store_id(shop.store), "first": 2})
    everywhere = await shop.ask(shop.owner, DEVICES, {"first": 10})

    assert [node["name"] for node in here["nodes"]] == ["Till 0", "Till 1"]
    assert (here["totalCount"], everywhere["totalCount"]) == (3, 4)
    assert count.total == 3  # fence, page, total


async def test_another_tenants_device_is_like_none(shop: TillShop):
    device_id = await shop.till()
    other = shop.beside()

    seen = await other.ask(other.owner, DEVICE, {"id": device_id})
    revoked = await other.ask(other.owner, REVOKE, {"id": device_id})
    unknown = await other.ask(other.owner, REVOKE, {"id": encode_global_id("Device", uuid7())})

    assert seen is None
    assert revoked == unknown
    assert [error["code"] for error in revoked["userErrors"]] == ["NO_SUCH_DEVICE"]
    assert (await shop.ask(shop.owner, DEVICE, {"id": device_id}))["status"] == "ENROLLED"
