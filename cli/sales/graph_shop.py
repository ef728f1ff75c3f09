"""The shop behind the public GraphQL API: what an import asks, as operations of `documents`."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from cli.api_client import ApiError
from cli.imports.graph_api import GraphApi
from cli.sales import documents
from cli.sales.answers import UnexpectedAnswer, minor, node, nodes, number, optional_node, text
from cli.sales.catalogue import Article
from cli.sales.classification import CURRENCY, SERVICE_CODES, ClassifiedLine
from cli.sales.matching import LotKey
from cli.sales.plan import OrderJob
from cli.sales.shop import NoteLine, OrderStatus, PlacedOrder, ReturnNote, ShopRefused, SoldLine, StockEntry
from kernel.money import Money
from kernel.subgraph import JsonObject, JsonValue

_MOST_PRODUCTS: Final = 100
_MOST_LINES: Final = 250
# the same request arrived before; which answer it got is read back
_ENTERED_BEFORE: Final = frozenset({"DUPLICATE_REFERENCE", "IDEMPOTENCY_KEY_REUSED"})
_UNKNOWN_SKU: Final = "UNKNOWN_SKU"
_LOCATION: Final[JsonObject] = {"code": "MAIN", "name": "Main warehouse", "kind": "WAREHOUSE"}
_PAYMENT: Final[JsonObject] = {"method": "CARD", "token": "tok_approve"}


class GraphShop:
    """`SalesShop` over the public graph."""

    def __init__(self, api: GraphApi) -> None:
        self._api = api
        self._location_id: str | None = None

    async def upsert(self, articles: Sequence[Article]) -> Mapping[str, str]:
        """Create or revise products; variant ids by SKU."""
        ids: dict[str, str] = {}
        for start in range(0, len(articles), _MOST_PRODUCTS):
            items: list[JsonValue] = [_product(article) for article in articles[start : start + _MOST_PRODUCTS]]
            data = await self._api.execute(documents.UPSERT, {"items": items})
            for result in nodes(data, "productBulkUpsert", "results"):
                _check(result)
                ids |= {text(variant, "sku"): text(variant, "id") for variant in nodes(result, "product", "variants")}
        return ids

    async def sells(self, skus: Sequence[str]) -> bool:
        """Asked with a cart that nobody will check out: it expires by itself."""
        lines: list[JsonValue] = [{"sku": sku, "quantity": 1} for sku in skus]
        try:
            await self._cart_request(documents.CART_CREATE, {"input": {"currencyCode": CURRENCY, "lines": lines}})
        except ShopRefused as refusal:
            if refusal.code != _UNKNOWN_SKU:
                raise
            return False
        return True

    async def adjust(self, entry: StockEntry) -> None:
        """Change stock, once per key."""
        location_id = await self._location()
        lines: list[JsonValue] = [
            {"variantId": variant_id, "locationId": location_id, "delta": delta} for variant_id, delta in entry.deltas
        ]
        given: JsonObject = {
            "reason": entry.reason,
            "reference": entry.key,
            "occurredAt": _instant(entry.occurred_at),
            "lines": lines,
        }
        data = await self._api.execute(documents.ADJUST, {"input": given, "key": entry.key})
        _check(node(data, "inventoryAdjust"))

    async def place(self, job: OrderJob) -> PlacedOrder:
        """Order an invoice; if it was ordered before, that order."""
        try:
            return await self._check_out(job, await self._cart_of(job))
        except ShopRefused as refusal:
            entered = await self.order(job.invoice.number) if refusal.code in _ENTERED_BEFORE else None
            if entered is None:
                raise
            return entered

    async def order(self, reference: str) -> PlacedOrder | None:
        """The order of an invoice, with the reason of its cancellation."""
        data = await self._api.execute(documents.ORDER, {"reference": reference})
        found = optional_node(data, "order")
        return _placed(found) if found is not None else None

    async def statuses(self, order_ids: Sequence[str]) -> Mapping[str, PlacedOrder]:
        """Orders by id, in one request."""
        variables: JsonObject = {f"id{place}": order_id for place, order_id in enumerate(order_ids)}
        data = await self._api.execute(documents.statuses_document(len(order_ids)), variables)
        found = [optional_node(data, name) for name in data]
        orders = [_placed(order) for order in found if order is not None]
        return {order.id: order for order in orders}

    async def sold_lines(self, order_id: str, invoice: str) -> Sequence[SoldLine]:
        """All lines of an order in their order."""
        return [_sold_line(line, invoice) async for line in self.order_lines(order_id)]

    async def order_lines(self, order_id: str, after: str | None = None) -> AsyncIterator[JsonObject]:
        """The lines of an order as the graph shows them, those behind the cursor `after`."""
        has_more = True
        while has_more:
            data = await self._api.execute(documents.ORDER_LINES, {"id": order_id, "after": after})
            lines = node(data, "order", "lines")
            for line in nodes(lines, "nodes"):
                yield line
            after = next_cursor(lines)
            has_more = after is not None

    async def give_back(self, note: ReturnNote) -> None:
        """Enter a return, once per key."""
        given: JsonObject = {
            "orderId": note.order_id,
            "currencyCode": CURRENCY,
            "externalReference": note.reference,
            "customerReference": note.customer,
            "countryCode": note.country_code,
            "occurredAt": _instant(note.occurred_at),
            "lines": [_return_line(line) for line in note.lines],
        }
        data = await self._api.execute(documents.RETURN_CREATE, {"input": given, "key": note.key})
        try:
            _check(node(data, "returnCreate"))
        except ShopRefused as refusal:
            if refusal.code != "DUPLICATE_REFERENCE":
                raise

    async def orders_since(self, moment: datetime) -> AsyncIterator[PlacedOrder]:
        """Every order with a reference placed at `moment` or later."""
        where: JsonObject = {"placedAt": {"gte": _instant(moment)}}
        async for order in self.pages(documents.ORDERS, "orders", {"where": where}):
            if order.get("externalReference") is not None:
                yield _placed(order)

    async def return_references_since(self, moment: datetime) -> AsyncIterator[str]:
        """The reference of every return that happened at `moment` or later."""
        where: JsonObject = {"occurredAt": {"gte": _instant(moment)}}
        async for found in self.pages(documents.RETURN_REFERENCES, "returns", {"where": where}):
            if found.get("externalReference") is not None:
                yield text(found, "externalReference")

    async def movement_references(self, reasons: Iterable[str]) -> AsyncIterator[str]:
        """The reference of every stock movement for one of `reasons`."""
        for reason in reasons:
            async for movement in self.pages(documents.MOVEMENTS, "stockMovements", {"reason": reason}):
                if movement.get("reference") is not None:
                    yield text(movement, "reference")

    async def pages(self, document: str, field: str, variables: Mapping[str, JsonValue]) -> AsyncIterator[JsonObject]:
        """Every node of a root connection, page after page."""
        after: str | None = None
        has_more = True
        while has_more:
            data = await self._api.execute(document, {**variables, "after": after})
            connection = node(data, field)
            for item in nodes(connection, "nodes"):
                yield item
            after = next_cursor(connection)
            has_more = after is not None

    async def _location(self) -> str:
        """The oldest warehouse: orders take from warehouses first. A tenant without one gets one."""
        if self._location_id is None:
            found = nodes(await self._api.execute(documents.LOCATIONS), "stockLocations", "nodes")
            warehouses = [text(location, "id") for location in found if location.get("kind") == "WAREHOUSE"]
            self._location_id = warehouses[0] if warehouses else await self._open_location()
        return self._location_id

    async def _open_location(self) -> str:
        data = await self._api.execute(documents.LOCATION_CREATE, {"input": _LOCATION})
        payload = node(data, "stockLocationCreate")
        _check(payload)
        return text(node(payload, "location"), "id")

    async def _cart_of(self, job: OrderJob) -> str:
        """A cart with everything on the invoice."""
        goods: list[JsonValue] = [_cart_line(line) for line in job.goods]
        charges: list[JsonValue] = [_charge(line) for line in job.charges]
        first: JsonObject = {
            "currencyCode": CURRENCY,
            "lines": goods[:_MOST_LINES],
            "charges": charges,
            "customerReference": job.invoice.customer,
        }
        cart = await self._cart_request(documents.CART_CREATE, {"input": first})
        cart_id = text(cart, "id")
        for start in range(_MOST_LINES, len(goods), _MOST_LINES):
            lines = goods[start : start + _MOST_LINES]
            # the cart is new at every attempt: its id makes the key one of this attempt
            variables: JsonObject = {"cart": cart_id, "lines": lines, "key": f"{cart_id}:{start}"}
            cart = await self._cart_request(documents.CART_LINES_ADD, variables)
        if minor(cart, "total") != job.total_minor:
            raise ShopRefused("WRONG_TOTAL", f"the cart costs {minor(cart, 'total')}, not {job.total_minor}")
        return cart_id

    async def _cart_request(self, document: str, variables: JsonObject) -> JsonObject:
        data = await self._api.execute(document, variables)
        payload = node(data, next(iter(data)))
        _check(payload)
        return node(payload, "cart")

    async def _check_out(self, job: OrderJob, cart_id: str) -> PlacedOrder:
        given: JsonObject = {
            "countryCode": job.invoice.country_code,
            "payment": _PAYMENT,
            "externalReference": job.invoice.number,
            "placedAt": _instant(job.invoice.invoiced_at),
        }
        variables: JsonObject = {"cart": cart_id, "input": given, "key": f"sales:{job.invoice.number}"}
        try:
            data = await self._api.execute(documents.CHECKOUT, variables)
        except ApiError as error:
            if error.code not in _ENTERED_BEFORE:
                raise
            raise ShopRefused(error.code, error.message) from error
        payload = node(data, "checkoutComplete")
        _check(payload)
        return _placed(node(payload, "order"))


def next_cursor(connection: JsonObject) -> str | None:
    """Where the next page begins; None after the last."""
    info = node(connection, "pageInfo")
    return text(info, "endCursor") if info.get("hasNextPage") else None


def _check(payload: JsonObject) -> None:
    """Raise the first user error."""
    for error in nodes(payload, "userErrors"):
        raise ShopRefused(text(error, "code"), text(error, "message"))


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _money(minor_units: int) -> JsonObject:
    return {"amount": Money(minor_units, CURRENCY).amount, "currencyCode": CURRENCY}


def _product(article: Article) -> JsonObject:
    variant: JsonObject = {"sku": article.sku, "name": article.name, "price": _money(article.price_minor)}
    return {
        "slug": article.slug,
        "name": article.name,
        "externalReference": article.sku,
        "variants": [variant],
    }


def _cart_line(line: ClassifiedLine) -> JsonObject:
    return {"sku": line.sku, "quantity": line.units, "unitPrice": _money(line.unit_minor)}


def _charge(line: ClassifiedLine) -> JsonObject:
    title = line.line.description or SERVICE_CODES[line.sku]
    return {"code": line.sku, "title": title, "quantity": line.units, "unitPrice": _money(line.unit_minor)}


def _return_line(line: NoteLine) -> JsonObject:
    given: JsonObject = {
        "quantity": line.quantity,
        "unitAmount": _money(line.unit_minor),
        "restock": not line.is_service,
    }
    if line.order_line_id is not None:
        return {**given, "orderLineId": line.order_line_id}
    if line.is_service:
        return {**given, "charge": {"code": line.code, "title": line.title}}
    return {**given, "sku": line.code}


def _placed(order: JsonObject) -> PlacedOrder:
    history = nodes(order, "history") if "history" in order else []
    reasons = [text(entry, "message") for entry in history if entry.get("type") == "CANCELLED"]
    reference = order.get("externalReference")
    if not isinstance(reference, str):
        raise UnexpectedAnswer("an order of the import has no externalReference")
    return PlacedOrder(
        id=text(order, "id"),
        reference=reference,
        status=OrderStatus(text(order, "status")),
        total_minor=minor(order, "total"),
        cancel_reason=reasons[0] if reasons else None,
    )


def _sold_line(line: JsonObject, invoice: str) -> SoldLine:
    lot = LotKey(invoice, text(line, "kind") == "CHARGE", text(line, "sku"), minor(line, "unitPrice"))
    return SoldLine(text(line, "id"), lot, number(line, "quantity"))
