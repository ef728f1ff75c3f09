from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.ids import uuid7
from subgraphs.orders.graphql.schema import build_schema
from tests.factories.databases import ProvisionedDatabase
from tests.factories.orders import CANCEL, CONFIRM, OrdersTenant, money, uuid_of
from tests.factories.subgraphs import SubgraphClient, client_of


@pytest.fixture(scope="module")
async def orders(provisioned_database: ProvisionedDatabase) -> AsyncIterator[SubgraphClient]:
    database = provisioned_database.connect("orders_app", pool_size=8)
    yield client_of("orders", build_schema(), database)
    await database.close()


@pytest.fixture
def tenant(orders: SubgraphClient) -> OrdersTenant:
    return OrdersTenant(orders, uuid7())


VARIANTS = "SELECT sku, title, price, currency, is_active, product_version FROM variant ORDER BY sku"


def snapshot(product_id: str, version: int, *variants: dict[str, Any], **changes: Any) -> dict[str, Any]:
    values = {"productId": product_id, "slug": "mug", "name": "Mug", "status": "ACTIVE", "version": version}
    return {**values, "variants": list(variants), **changes}


def variant(sku: str, price_minor: int = 250, **changes: Any) -> dict[str, Any]:
    return {"variantId": str(uuid7()), "sku": sku, "name": sku, "priceMinor": price_minor, "currency": "GBP", **changes}


async def test_a_product_is_known_by_its_newest_snapshot(tenant: OrdersTenant):
    product_id, red, blue = str(uuid7()), variant("RED"), variant("BLUE", name="Mug")
    await tenant.receive("retail.product.created.v1", snapshot(product_id, 1, red, blue))

    await tenant.receive("retail.product.updated.v1", snapshot(product_id, 3, {**red, "priceMinor": 300}, name="Cup"))
    await tenant.receive("retail.product.updated.v1", snapshot(product_id, 2, {**red, "priceMinor": 1}, blue))

    assert await tenant.rows(VARIANTS) == [
        ("BLUE", "Mug", 250, "GBP", False, 3),
        ("RED", "Cup, RED", 300, "GBP", True, 3),
    ]


async def test_facts_may_come_twice_and_in_any_order(tenant: OrdersTenant):
    product_id, red = str(uuid7()), variant("RED")
    price = {"productId": product_id, "variantId": red["variantId"], "sku": "RED", "currency": "GBP"}
    facts = [
        ("retail.product.created.v1", snapshot(product_id, 1, red)),
        ("retail.product.price.changed.v1", {**price, "priceMinor": 300, "previousPriceMinor": 250, "version": 2}),
        ("retail.product.price.changed.v1", {**price, "priceMinor": 275, "previousPriceMinor": 300, "version": 3}),
        ("retail.product.deleted.v1", {"productId": product_id, "variantIds": [red["variantId"]], "version": 4}),
    ]
    states: list[Any] = []

    for subject, fact in facts:
        await tenant.receive(subject, fact)
        states.append((await tenant.rows(VARIANTS))[0][2:])
    for subject, fact in reversed(facts):
        await tenant.receive(subject, fact)

    assert states == [(250, "GBP", True, 1), (300, "GBP", True, 2), (275, "GBP", True, 3), (275, "GBP", False, 4)]
    assert [row[2:] for row in await tenant.rows(VARIANTS)] == [(275, "GBP", False, 4)]


async def test_a_sku_that_changed_hands_means_the_variant_that_is_sold(tenant: OrdersTenant):
    old, sold_now = variant("RED", 100), variant("RED", 200)
    product_id = str(uuid7())
    await tenant.receive("retail.product.created.v1", snapshot(product_id, 1, old))
    await tenant.receive("retail.product.deleted.v1", {"productId": product_id, "variantIds": [], "version": 2})
    await tenant.receive("retail.product.created.v1", snapshot(str(uuid7()), 1, sold_now))

    cart = await tenant.cart({"sku": "RED", "quantity": 1})

    assert cart["total"] == money("2.00")


async def test_a_completed_payment_is_noted_on_a_waiting_order_once(tenant: OrdersTenant):
    await tenant.sell("A")
    waiting, lost = [await tenant.order({"sku": "A", "quantity": 1}) for _ in range(2)]
    await tenant.data(
        CANCEL, {"order": lost["id"], "reason": "PAYMENT_DECLINED", "key": "k"}, role="tenant_owner checkout_saga"
    )

    for placed in (waiting, waiting, lost):
        fact = {
            "paymentId": str(uuid7()),
            "orderId": str(uuid_of(placed["id"], "Order")),
            "amountMinor": 250,
            "currency": "GBP",
        }
        await tenant.receive("retail.payment.completed.v1", fact)
    await tenant.data(CONFIRM, {"order": waiting["id"], "key": "k"}, role="tenant_owner checkout_saga")

    query = 'SELECT number, status, payment_status FROM "order" ORDER BY number'
    assert await tenant.rows(query) == [("1001", "CONFIRMED", "PAID"), ("1002", "CANCELLED", "FAILED")]
    history = "SELECT type FROM order_history WHERE order_id = :id ORDER BY at, id"
    assert await tenant.rows(history, id=uuid_of(waiting["id"], "Order")) == [
        ("CREATED",),
        ("PAYMENT_COMPLETED",),
        ("CONFIRMED",),
    ]


async def test_facts_about_unknown_orders_and_returns_are_harmless(tenant: OrdersTenant):
    before = await tenant.everything()
    ids = {"paymentId": str(uuid7()), "orderId": str(uuid7()), "amountMinor": 1, "currency": "GBP"}

    await tenant.receive("retail.payment.completed.v1", ids)
    await tenant.receive("retail.payment.refunded.v1", {**ids, "refundId": str(uuid7()), "returnId": str(uuid7())})

    assert await tenant.everything() == before
