"""Every REST endpoint. Its operation's variables are its parameters, and what they are called here is all that is said.

A variable is taken from the path, if the path names it; `idempotencyKey` from the header Idempotency-Key; what
`if_match` names from If-Match; each other one from the query string (GET) or a member of the JSON body (POST, PUT).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

IDEMPOTENCY_VARIABLE: Final = "idempotencyKey"
MOST_ITEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one resource.

    Attributes:
        operation: the file of `schema/operations/rest`; OpenAPI's operationId.
        paths: where it is; what follows the first is the same by another name.
        answer: the way from `data` to what the body is; nothing there is 404.
        location: where what was created is found, with members of the body.
        if_match: the variable that holds the quantity of If-Match.
        etag: the member of the body that an ETag is made of.
    """

    method: str
    paths: tuple[str, ...]
    operation: str
    answer: tuple[str | int, ...]
    summary: str
    status: int = 200
    location: str | None = None
    if_match: str | None = None
    etag: str | None = None

    @property
    def is_page(self) -> bool:
        """Whether it answers part of a list."""
        return self.operation in {"product_list", "product_find", "order_list"}

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"


ENDPOINTS: Final = (
    Endpoint("GET", ("/api/users/profile",), "profile", ("me",), "Who is signed in"),
    Endpoint("GET", ("/api/products", "/v1/products"), "product_list", ("products",), "Products, oldest first"),
    Endpoint("POST", ("/api/products", "/v1/products"), "product_create", ("productCreate", "product"),
             "Add a product", status=201, location="/api/products/{id}"),
    Endpoint("GET", ("/api/products/search", "/v1/products/search"), "product_find", ("productSearch",),
             "Find products on sale"),
    Endpoint("GET", ("/api/products/{id}", "/v1/products/{id}"), "product_details", ("product",), "A product"),
    Endpoint("POST", ("/api/carts", "/v1/carts"), "cart_create", ("cartCreate", "cart"), "Open a cart", status=201),
    Endpoint("GET", ("/api/orders", "/v1/orders"), "order_list", ("orders",), "Orders, newest first"),
    Endpoint("POST", ("/api/orders", "/v1/orders"), "order_create", ("checkoutComplete", "order"),
             "Order what is in a cart", status=201, location="/api/orders/{id}"),
    Endpoint("GET", ("/api/orders/{id}", "/v1/orders/{id}"), "order_details", ("order",), "An order"),
    Endpoint("GET", ("/api/inventory/{variantId}", "/v1/inventory/{variantId}"), "stock_of_variant", ("variant",),
             "Stock of a variant"),
    Endpoint("PUT", ("/api/inventory/{variantId}", "/v1/inventory/{variantId}"), "stock_set",
             ("inventorySet", "levels", 0), "Set the counted quantity at a location"),
    Endpoint("GET", ("/api/inventory/{variantId}/locations/{locationId}",), "stock_at_location",
             ("stockLevels", "nodes", 0), "Stock of a variant at a location", etag="onHand"),
    Endpoint("PUT", ("/api/inventory/{variantId}/locations/{locationId}",), "stock_set", ("inventorySet", "levels", 0),
             "Set the counted quantity at a location, if it is still what was read", if_match="changeFromQuantity",
             etag="onHand"),
)  # fmt: skip


def operation_id(endpoint: Endpoint) -> str:
    """The name of an endpoint in the description; two endpoints may share an operation."""
    return endpoint.operation if endpoint.if_match is None else f"{endpoint.operation}_if_match"


HEADER_OF: Final[Mapping[str, str]] = {IDEMPOTENCY_VARIABLE: "Idempotency-Key"}


def place_of(endpoint: Endpoint, variable: str) -> tuple[str, str]:
    """Where a variable comes from (path, header, query or body), and its name there."""
    if f"{{{variable}}}" in endpoint.paths[0]:
        return "path", variable
    if variable == endpoint.if_match:
        return "header", "If-Match"
    if variable in HEADER_OF:
        return "header", HEADER_OF[variable]
    return ("query" if endpoint.is_read else "body"), variable
