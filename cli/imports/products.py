"""Brings a product file into the shop, in batches, and says of every row what became of it."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cli.api_client import ApiError
from cli.imports import product_documents as documents
from cli.imports.graph_api import GraphApi
from cli.imports.opening_stock import OpeningStock, Pause, default_location, give_opening_stock, raise_refusal
from cli.imports.product_rows import CsvProduct, CsvVariant, ProductFile, RefusedRow, RowOutcome
from cli.sales.answers import node, nodes, optional_node, text
from kernel.errors import BadUserInput
from kernel.money import Money
from kernel.subgraph import JsonObject, JsonValue
from subgraphs.catalog.model.wording import slug_of

_MOST_PRODUCTS: Final = 100
# each variant is looked up in inventory for the answer, and a subgraph resolves at most 1000 entities at once
_MOST_VARIANTS: Final = 500
# of descriptions: the router takes requests of at most a megabyte
_MOST_BYTES: Final = 400_000
_OUTCOMES = {
    "CREATED": RowOutcome.CREATED,
    "UPDATED": RowOutcome.UPDATED,
    "UNCHANGED": RowOutcome.UNCHANGED,
}
#: what the file calls a field of the graph
_COLUMNS: Final = {
    "slug": "handle",
    "name": "title",
    "description": "body",
    "sku": "SKU",
    "price": "price",
    "barcode": "barcode",
    "options": "options",
}


@dataclass(slots=True)
class ImportReport:
    """What became of the file: rows and products by outcome, refusals by line, stock given."""

    rows: Counter[RowOutcome] = field(default_factory=Counter[RowOutcome])
    products: Counter[RowOutcome] = field(default_factory=Counter[RowOutcome])
    refused: list[RefusedRow] = field(default_factory=list[RefusedRow])
    stocked_variants: int = 0

    def refuse(self, refused: RefusedRow) -> None:
        """Count a row as refused."""
        self.rows[RowOutcome.REFUSED] += 1
        self.refused.append(refused)


@dataclass(frozen=True, slots=True)
class _Shop:
    currency: str
    location_id: str


async def import_products(
    api: GraphApi,
    file: ProductFile,
    *,
    advance: Callable[[int], None] = lambda _products: None,
    pause: Pause = asyncio.sleep,
) -> ImportReport:
    """Create or change the products of a file; the same file again changes nothing.

    Opening stock goes to variants that have no stock level yet, so a later run of a stopped import completes it and
    never overwrites what was sold or counted since.

    Raises:
        ApiError: the API fails or refuses something that is no row's fault.
    """
    report = ImportReport()
    report.rows[RowOutcome.IMAGE_ONLY] = file.image_only
    report.rows[RowOutcome.EMPTY] = file.empty
    for row in file.refused:
        report.refuse(row)
    shop = await _read_shop(api)
    categories = await _ensure_categories(api, file.products)
    products = [_acceptable(product, shop.currency, report) for product in file.products]
    batch = [product for product in products if product.variants]
    advance(len(products) - len(batch))
    for part in _batches(batch):
        await _import_batch(_Batch(part, categories, shop), api, report, pause)
        advance(len(part))
    report.refused.sort(key=lambda row: row.line)
    return report


@dataclass(frozen=True, slots=True)
class _Batch:
    products: Sequence[CsvProduct]
    categories: dict[str, str]
    shop: _Shop

    def items(self) -> list[JsonValue]:
        return [_item(product, self.categories.get(product.kind), self.shop.currency) for product in self.products]


def _batches(products: Sequence[CsvProduct]) -> Iterator[list[CsvProduct]]:
    batch: list[CsvProduct] = []
    variants = size = 0
    for product in products:
        variants += len(product.variants)
        size += len(product.description.encode())
        is_full = len(batch) == _MOST_PRODUCTS or variants > _MOST_VARIANTS or size > _MOST_BYTES
        if batch and is_full:
            yield batch
            batch, variants, size = [], len(product.variants), len(product.description.encode())
        batch.append(product)
    if batch:
        yield batch


async def _import_batch(batch: _Batch, api: GraphApi, report: ImportReport, pause: Pause) -> None:
    data = await api.execute(documents.UPSERT, {"items": batch.items()})
    results = nodes(data, "productBulkUpsert", "results")
    stock: list[OpeningStock] = []
    for product, result in zip(batch.products, results, strict=True):
        accepted = _count(product, result, report)
        stock.extend(_missing_stock(accepted, result, batch.shop.location_id))
    await give_opening_stock(api, stock, "product import", pause=pause)
    report.stocked_variants += len(stock)


def _count(product: CsvProduct, result: JsonObject, report: ImportReport) -> Sequence[CsvVariant]:
    """Count the product's rows; the variants that came in."""
    errors = nodes(result, "userErrors")
    outcome = _OUTCOMES.get(text(result, "outcome"), RowOutcome.REFUSED)
    report.products[outcome] += 1
    by_variant = {place: _reason(error) for error in errors if (place := _variant_place(error)) is not None}
    general = [_reason(error) for error in errors if _variant_place(error) is None]
    accepted: list[CsvVariant] = []
    for place, variant in enumerate(product.variants):
        reason = by_variant.get(place)
        if reason is None and outcome is RowOutcome.REFUSED:
            reason = general[0] if general else "a variant of the same product was refused"
        if reason is not None:
            report.refuse(RefusedRow(variant.line, product.handle, reason))
        else:
            report.rows[outcome] += 1
            accepted.append(variant)
    return accepted


def _variant_place(error: JsonObject) -> int | None:
    """The variant a user error is about, from its path `items.3.variants.2.price`."""
    path = error.get("field")
    if isinstance(path, list) and len(path) > 3 and path[2] == "variants":  # noqa: PLR2004 - see the path above
        return int(str(path[3]))
    return None


def _reason(error: JsonObject) -> str:
    """The message, behind the last word of the path that a reader of the file knows."""
    path = error.get("field")
    words = (
        [_COLUMNS[step] for step in path if isinstance(step, str) and step in _COLUMNS]
        if isinstance(path, list)
        else []
    )
    return f"{words[-1]}: {text(error, 'message')}" if words else text(error, "message")


def _missing_stock(variants: Sequence[CsvVariant], result: JsonObject, location_id: str) -> list[OpeningStock]:
    product = optional_node(result, "product")
    known = nodes(product, "variants") if product is not None else []
    without_stock = {text(variant, "sku"): text(variant, "id") for variant in known if not variant.get("stockLevels")}
    return [
        OpeningStock(without_stock[variant.sku], location_id, variant.quantity)
        for variant in variants
        if variant.quantity and variant.sku in without_stock
    ]


async def _read_shop(api: GraphApi) -> _Shop:
    data = await api.execute(documents.SHOP)
    tenant = optional_node(data, "tenant")
    if tenant is None:
        raise ApiError("NOT_FOUND", "there is no such tenant")
    location_id = await default_location(api, nodes(data, "stockLocations", "nodes"))
    return _Shop(text(tenant, "currencyCode"), location_id)


async def _ensure_categories(api: GraphApi, products: Sequence[CsvProduct]) -> dict[str, str]:
    """The slug of the category for each kind of product; missing categories are made."""
    slugs = {product.kind: _category_slug(product.kind) for product in products if product.kind}
    if not slugs:
        return {}
    known = await _category_slugs(api)
    names = {slug: name for name, slug in reversed(slugs.items())}
    for slug in dict.fromkeys(slugs.values()):
        if slug not in known:
            data = await api.execute(documents.CREATE_CATEGORY, {"input": {"name": names[slug], "slug": slug}})
            raise_refusal(node(data, "categoryCreate"))
    return slugs


async def _category_slugs(api: GraphApi) -> set[str]:
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = node(await api.execute(documents.CATEGORIES, {"after": cursor}), "categories")
        found |= {text(category, "slug") for category in nodes(page, "nodes")}
        position = node(page, "pageInfo")
        if not position.get("hasNextPage"):
            return found
        cursor = text(position, "endCursor")


def _category_slug(kind: str) -> str:
    return slug_of(kind) or f"category-{hashlib.sha256(kind.encode()).hexdigest()[:8]}"


def _acceptable(product: CsvProduct, currency: str, report: ImportReport) -> CsvProduct:
    """The product without the variants whose price is no amount of the shop's currency."""
    accepted: list[CsvVariant] = []
    for variant in product.variants:
        try:
            Money.parse(variant.price, currency)
        except BadUserInput as error:
            report.refuse(RefusedRow(variant.line, product.handle, f"price: {error.message}"))
        else:
            accepted.append(variant)
    if not accepted:
        report.products[RowOutcome.REFUSED] += 1
    return CsvProduct(
        product.handle, product.title, product.description, product.kind, product.is_active, tuple(accepted)
    )


def _item(product: CsvProduct, category_slug: str | None, currency: str) -> JsonObject:
    statuses = {None: None, True: "ACTIVE", False: "ARCHIVED"}
    return {
        "slug": product.handle,
        "name": product.title,
        "description": product.description,
        "status": statuses[product.is_active],
        "categorySlug": category_slug,
        "variants": [_variant_item(variant, currency) for variant in product.variants],
    }


def _variant_item(variant: CsvVariant, currency: str) -> JsonObject:
    return {
        "sku": variant.sku,
        "price": {"amount": variant.price, "currencyCode": currency},
        "options": [{"name": name, "value": value} for name, value in variant.options],
        "barcode": variant.barcode or None,
    }
