"""What a buyer does, through the public graph."""

from collections.abc import Mapping
from typing import Any

from cli.api_client import ApiClient
from kernel.ids import uuid7
from tests.factories.product import eventually

CART_CREATE = """mutation($input: CartCreateInput!) { cartCreate(input: $input) {
  cart { id total { amount currencyCode } } userErrors { field code message } } }"""
CHECKOUT = """mutation($cart: ID!, $input: CheckoutCompleteInput!, $key: String!) {
  checkoutComplete(cartId: $cart, input: $input, idempotencyKey: $key) {
    order { id number status } userErrors { field code message } } }"""
ORDER = """query($id: ID!) { order(id: $id) {
  number status paymentStatus returnStatus total { amount currencyCode } refundedTotal { amount }
  saga { state step } history { type }
  lines(first: 10) { nodes { id quantity returnedQuantity variant { sku product { name } } } }
  payments { status amount { amount } capturedAmount { amount } } } }"""
VARIANT = """query($sku: String!) { variantBySku(sku: $sku) {
  id sku price { amount } availability { onHand reserved available } } }"""


async def placed_order(
    api: ApiClient, sku: str, quantity: int = 1, *, token: str = "tok_approve", key: str | None = None
) -> str:
    """The id of a PENDING order."""
    created = await api.execute(CART_CREATE, {"input": cart_input(api, {"sku": sku, "quantity": quantity})})
    assert created["cartCreate"]["userErrors"] == []
    checkout = {
        "email": "buyer@example.test",
        "countryCode": "GB",
        "payment": {"method": "CARD", "token": token},
    }
    variables = {"cart": created["cartCreate"]["cart"]["id"], "input": checkout, "key": key or str(uuid7())}
    completed = await api.execute(CHECKOUT, variables)
    assert completed["checkoutComplete"]["userErrors"] == []
    return completed["checkoutComplete"]["order"]["id"]


def cart_input(api: ApiClient, *lines: Mapping[str, Any]) -> dict[str, Any]:
    currency = "GBP" if str(api.tenant_id).endswith("1") else "JPY"
    return {"currencyCode": currency, "lines": [dict(line) for line in lines]}


async def terminal_order(api: ApiClient, order_id: str, *, seconds: float = 60) -> dict[str, Any]:
    """The order once its saga has ended."""

    async def read() -> dict[str, Any]:
        return (await api.execute(ORDER, {"id": order_id}))["order"]

    def has_ended(order: dict[str, Any]) -> bool:
        return order["status"] != "PENDING" and order["saga"]["state"] not in {"RUNNING", "COMPENSATING"}

    return await eventually(read, has_ended, seconds=seconds)


async def variant(api: ApiClient, sku: str) -> dict[str, Any]:
    return (await api.execute(VARIANT, {"sku": sku}))["variantBySku"]


async def stocked_variant(api: ApiClient, units: int) -> str:
    """The SKU of a new product with `units` in stock, known to carts."""
    sku = f"T-{uuid7().hex[-12:]}"
    product = {
        "slug": sku.lower(),
        "name": f"Test {sku}",
        "variants": [{"sku": sku, "name": "One", "price": {"amount": "12.50", "currencyCode": "GBP"}}],
    }
    made = await api.execute(
        "mutation($input: ProductCreateInput!) { productCreate(input: $input) { userErrors { code message } } }",
        {"input": product},
    )
    assert made["productCreate"]["userErrors"] == []
    variant_id = (await variant(api, sku))["id"]
    locations = await api.execute("{ stockLocations(first: 1) { nodes { id } } }")
    line = {"variantId": variant_id, "locationId": locations["stockLocations"]["nodes"][0]["id"], "delta": units}
    adjust = """mutation($input: InventoryAdjustInput!, $key: String!) {
      inventoryAdjust(input: $input, idempotencyKey: $key) { userErrors { code message } } }"""
    stocking = {"input": {"reason": "RECEIVED", "lines": [line]}, "key": str(uuid7())}

    async def stocked() -> list[Any]:
        return (await api.execute(adjust, stocking))["inventoryAdjust"]["userErrors"]

    # inventory and orders learn of a new product by its event
    await eventually(stocked, lambda errors: errors == [])

    async def sellable() -> list[Any]:
        answer = await api.execute(CART_CREATE, {"input": cart_input(api, {"sku": sku, "quantity": 1})})
        return answer["cartCreate"]["userErrors"]

    await eventually(sellable, lambda errors: errors == [])
    return sku
