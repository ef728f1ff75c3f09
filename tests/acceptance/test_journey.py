"""One buyer's journey through the real product, in both topologies."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.ids import uuid7
from tests.factories.product import SAKURA, RunningProduct, eventually
from tests.factories.product import running_product as started
from tests.factories.shopping import ORDER, placed_order, stocked_variant, terminal_order, variant

INVITE = "mutation($input: UserInviteInput!) { userInvite(input: $input) { user { id } userErrors { code } } }"
USER = "query($id: ID!) { user(id: $id) { accountState keycloakId } }"


@pytest.fixture(scope="module")
def separate_product() -> Iterator[RunningProduct]:
    state = Path(tempfile.mkdtemp(prefix="retailflow-separate-"))
    state.chmod(0o711)
    with started(state, "--separate") as product:
        yield product
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(params=["one process", "separate processes"])
def product(request: pytest.FixtureRequest) -> RunningProduct:
    name = "running_product" if request.param == "one process" else "separate_product"
    return request.getfixturevalue(name)


async def test_a_sale_is_confirmed_paid_taken_from_stock_mailed_and_returned(product: RunningProduct):
    async with product.api() as api:
        sku = await stocked_variant(api, units=5)

        order_id = await placed_order(api, sku, quantity=2)
        order = await terminal_order(api, order_id)

        assert (order["status"], order["saga"]["state"]) == ("CONFIRMED", "COMPLETED")
        assert order["total"] == {"amount": "25.00", "currencyCode": "GBP"}
        assert [line["variant"]["sku"] for line in order["lines"]["nodes"]] == [sku]
        assert [payment["status"] for payment in order["payments"]] == ["COMPLETED"]
        assert order["payments"][0]["capturedAmount"] == {"amount": "25.00"}
        assert (await variant(api, sku))["availability"] == {"onHand": 3, "reserved": 0, "available": 3}
        await _mail_arrives(product, order["number"])
        await _one_comes_back(product, order_id, order["lines"]["nodes"][0]["id"])
        assert (await variant(api, sku))["availability"]["onHand"] == 4


async def test_an_invited_person_gets_an_account_and_a_mail(product: RunningProduct):
    email = f"ada-{uuid7().hex[-12:]}@lumen.example"
    given = {"email": email, "displayName": "Ada Lovelace", "roles": ["marketer"]}
    async with product.setup_api() as api:
        invited = (await api.execute(INVITE, {"input": given}))["userInvite"]
        assert invited["userErrors"] == []

        async def user() -> dict[str, object]:
            return (await api.execute(USER, {"id": invited["user"]["id"]}))["user"]

        in_step = await eventually(user, lambda found: found["accountState"] == "IN_STEP")

    assert in_step["keycloakId"] is not None
    await _mail_arrives(product, email)


async def _mail_arrives(product: RunningProduct, mark: str) -> None:
    async def mails() -> str:
        return product.command("mail").stdout

    await eventually(mails, lambda listed: str(mark) in listed)


async def _one_comes_back(product: RunningProduct, order_id: str, line_id: str) -> None:
    document = """mutation($input: ReturnCreateInput!, $key: String!) {
      returnCreate(input: $input, idempotencyKey: $key) { userErrors { code message } } }"""
    line = {
        "orderLineId": line_id,
        "quantity": 1,
        "unitAmount": {"amount": "12.50", "currencyCode": "GBP"},
        "restock": True,
    }
    values = {"orderId": order_id, "currencyCode": "GBP", "lines": [line], "reason": "does not fit"}
    async with product.api() as api:
        made = await api.execute(document, {"input": values, "key": f"return-{order_id}"})
        assert made["returnCreate"]["userErrors"] == []

        async def read() -> dict[str, object]:
            return (await api.execute(ORDER, {"id": order_id}))["order"]

        order = await eventually(read, lambda found: found["refundedTotal"] == {"amount": "12.50"})
        assert order["payments"][0]["status"] == "PARTIALLY_REFUNDED"


async def test_a_declined_card_cancels_the_order_and_releases_the_stock(product: RunningProduct):
    async with product.api() as api:
        sku = await stocked_variant(api, units=5)

        order = await terminal_order(api, await placed_order(api, sku, token="tok_decline"))

        assert order["status"] == "CANCELLED"
        assert [payment["status"] for payment in order["payments"]] == ["FAILED"]
        assert (await variant(api, sku))["availability"] == {"onHand": 5, "reserved": 0, "available": 5}


async def test_a_shortage_cancels_the_order_and_charges_nothing(product: RunningProduct):
    async with product.api() as api:
        sku = await stocked_variant(api, units=1)

        order = await terminal_order(api, await placed_order(api, sku, quantity=2))

        assert order["status"] == "CANCELLED"
        assert order["payments"] == []
        assert (await variant(api, sku))["availability"] == {"onHand": 1, "reserved": 0, "available": 1}


async def test_another_tenant_sees_neither_the_order_nor_the_product(product: RunningProduct):
    async with product.api() as api, product.api(SAKURA) as stranger:
        sku = await stocked_variant(api, units=1)
        order_id = await placed_order(api, sku)

        assert (await stranger.execute("query($id: ID!) { order(id: $id) { number } }", {"id": order_id})) == {
            "order": None
        }
        assert await variant(stranger, sku) is None
        await terminal_order(api, order_id)
