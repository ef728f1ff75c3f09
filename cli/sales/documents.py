"""The GraphQL operations of import and reconciliation, all of them public."""

from typing import Final

LOCATIONS: Final = """query SalesLocations { stockLocations(first: 100) { nodes { id kind } } }"""

LOCATION_CREATE: Final = """mutation SalesLocationCreate($input: StockLocationCreateInput!) {
  stockLocationCreate(input: $input) { location { id } userErrors { code message } }
}"""

UPSERT: Final = """mutation SalesUpsert($items: [ProductUpsertInput!]!) {
  productBulkUpsert(items: $items, errorPolicy: REJECT_EVERYTHING) {
    results { product { variants { id sku } } userErrors { code message } }
  }
}"""

ADJUST: Final = """mutation SalesAdjust($input: InventoryAdjustInput!, $key: String!) {
  inventoryAdjust(input: $input, idempotencyKey: $key) { userErrors { code message } }
}"""

CART_CREATE: Final = """mutation SalesCart($input: CartCreateInput!) {
  cartCreate(input: $input) { cart { id total { amount currencyCode } } userErrors { code message } }
}"""

CART_LINES_ADD: Final = """mutation SalesCartLines($cart: ID!, $lines: [CartLineInput!]!, $key: String!) {
  cartLinesAdd(cartId: $cart, lines: $lines, idempotencyKey: $key) {
    cart { id total { amount currencyCode } } userErrors { code message }
  }
}"""

CHECKOUT: Final = """mutation SalesCheckout($cart: ID!, $input: CheckoutCompleteInput!, $key: String!) {
  checkoutComplete(cartId: $cart, input: $input, idempotencyKey: $key) {
    order { id status externalReference total { amount currencyCode } } userErrors { code message }
  }
}"""

_ORDER_HEAD: Final = "id status externalReference total { amount currencyCode }"

ORDER: Final = f"""query SalesOrder($reference: String!) {{
  order(externalReference: $reference) {{ {_ORDER_HEAD} history {{ type message }} }}
}}"""

ORDER_LINES: Final = """query SalesOrderLines($id: ID!, $after: String) {
  order(id: $id) {
    lines(first: 100, after: $after) {
      nodes { id kind sku quantity unitPrice { amount currencyCode } }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""

RETURN_CREATE: Final = """mutation SalesReturn($input: ReturnCreateInput!, $key: String!) {
  returnCreate(input: $input, idempotencyKey: $key) { userErrors { code message } }
}"""

ORDERS: Final = """query SalesOrders($where: OrderWhere!, $after: String) {
  orders(first: 100, after: $after, where: $where) {
    nodes { id status externalReference total { amount currencyCode } }
    pageInfo { hasNextPage endCursor }
  }
}"""

ORDERS_IN_FULL: Final = """query SalesOrdersInFull($where: OrderWhere!, $after: String) {
  orders(first: 50, after: $after, where: $where) {
    nodes {
      id status externalReference placedAt countryCode total { amount currencyCode }
      lines(first: 100) {
        nodes { id kind sku quantity unitPrice { amount currencyCode } }
        pageInfo { hasNextPage endCursor }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

RETURNS: Final = """query SalesReturns($where: ReturnWhere!, $after: String) {
  returns(first: 100, after: $after, where: $where) {
    nodes {
      externalReference occurredAt countryCode refundTotal { amount currencyCode }
      lines { kind sku quantity }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

RETURN_REFERENCES: Final = """query SalesReturnReferences($where: ReturnWhere!, $after: String) {
  returns(first: 100, after: $after, where: $where) {
    nodes { externalReference }
    pageInfo { hasNextPage endCursor }
  }
}"""

MOVEMENTS: Final = """query SalesMovements($reason: StockMovementReason!, $after: String) {
  stockMovements(first: 100, after: $after, where: {reason: $reason}) {
    nodes { delta reason reference occurredAt }
    pageInfo { hasNextPage endCursor }
  }
}"""


def statuses_document(count: int) -> str:
    """One operation that asks for `count` orders by id."""
    arguments = ", ".join(f"$id{place}: ID!" for place in range(count))
    fields = " ".join(f"o{place}: order(id: $id{place}) {{ ...Head }}" for place in range(count))
    return f"query SalesStatuses({arguments}) {{ {fields} }} fragment Head on Order {{ {_ORDER_HEAD} }}"
