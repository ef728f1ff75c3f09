"""What the graph shows of the catalogue: rows with the columns that were selected, and no others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import bindparam

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
from kernel.money import Money
from subgraphs.catalog.model import Category, Product, ProductStatus, ProductVariant

Columns: TypeAlias = frozenset[str]
OLDEST_FIRST: Final = (SortKey(Product.created_at), SortKey(Product.id))
_CATEGORY_ORDER: Final = (SortKey(Category.created_at), SortKey(Category.id))


class CategoryRow(Row):
    """A category."""

    id: UUID
    slug: str
    name: str
    parent_id: UUID | None
    created_at: datetime


class ProductRow(Row):
    """A product without its variants."""

    id: UUID
    slug: str
    name: str
    description: str
    status: ProductStatus
    category_id: UUID | None
    external_reference: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class VariantRow(Row):
    """A variant; its options are `{"name": …, "value": …}`."""

    id: UUID
    product_id: UUID
    sku: str
    name: str
    options: list[dict[str, str]]
    price_minor: int
    currency: str
    barcode: str | None
    external_reference: str | None
    version: int

    @property
    def price(self) -> Money:
        """The price in force."""
        return Money(self.price_minor, self.currency)


_CATEGORIES: Final = Listing(CategoryRow, Category, one_of(Category.id, "ids"))
_PRODUCTS: Final = Listing(
    ProductRow,
    Product,
    one_of(Product.id, "ids"),
    one_of(Product.slug, "slugs"),
    Product.category_id == bindparam("category_id"),
    Product.status == bindparam("status"),
)
_VARIANTS: Final = Listing(
    VariantRow,
    ProductVariant,
    one_of(ProductVariant.id, "ids"),
    one_of(ProductVariant.sku, "skus"),
    one_of(ProductVariant.product_id, "product_ids"),
    order_by=(ProductVariant.position,),
)


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a list shows; None does not narrow it."""

    category_id: UUID | None = None
    status: ProductStatus | None = None


async def products_by_id(reader: Reader, ids: Sequence[UUID], columns: Columns) -> Mapping[UUID, ProductRow]:
    """Products that exist."""
    return {row.id: row for row in await reader.rows(_PRODUCTS, columns | {"id"}, ids=ids)}


async def products_by_slug(reader: Reader, slugs: Sequence[str], columns: Columns) -> Mapping[str, ProductRow]:
    """Products that exist."""
    return {row.slug: row for row in await reader.rows(_PRODUCTS, columns | {"slug"}, slugs=slugs)}


async def variants_by_id(reader: Reader, ids: Sequence[UUID], columns: Columns) -> Mapping[UUID, VariantRow]:
    """Variants that exist."""
    return {row.id: row for row in await reader.rows(_VARIANTS, columns | {"id"}, ids=ids)}


async def variants_by_sku(reader: Reader, skus: Sequence[str], columns: Columns) -> Mapping[str, VariantRow]:
    """Variants that exist."""
    return {row.sku: row for row in await reader.rows(_VARIANTS, columns | {"sku"}, skus=skus)}


async def variants_of_products(
    reader: Reader, product_ids: Sequence[UUID], columns: Columns
) -> Mapping[UUID, list[VariantRow]]:
    """The variants of those products, each product's in its order."""
    variants: dict[UUID, list[VariantRow]] = {}
    for row in await reader.rows(_VARIANTS, columns | {"product_id"}, product_ids=product_ids):
        variants.setdefault(row.product_id, []).append(row)
    return variants


async def categories_by_id(reader: Reader, ids: Sequence[UUID], columns: Columns) -> Mapping[UUID, CategoryRow]:
    """Categories that exist."""
    return {row.id: row for row in await reader.rows(_CATEGORIES, columns | {"id"}, ids=ids)}


async def products_page(
    reader: Reader, columns: Columns, wanted: ProductFilter, *, order: Sequence[SortKey], arguments: PageArguments
) -> Page[ProductRow]:
    """One page of the tenant's products; `order` ends with the id."""
    return await reader.page(_PRODUCTS, columns, order, arguments, category_id=wanted.category_id, status=wanted.status)


async def count_products(reader: Reader, wanted: ProductFilter) -> int:
    """How many products the list has."""
    return await reader.count(_PRODUCTS, category_id=wanted.category_id, status=wanted.status)


async def products_of_categories(
    reader: Reader, category_ids: Sequence[UUID], columns: Columns, arguments: PageArguments
) -> Mapping[UUID, Page[ProductRow]]:
    """The same page of each category's products, oldest first."""
    return await reader.pages(_PRODUCTS, columns, OLDEST_FIRST, arguments, parent="category_id", parents=category_ids)


async def categories_page(reader: Reader, columns: Columns, arguments: PageArguments) -> Page[CategoryRow]:
    """Categories, oldest first."""
    return await reader.page(_CATEGORIES, columns, _CATEGORY_ORDER, arguments)


async def count_categories(reader: Reader) -> int:
    """How many categories the tenant has."""
    return await reader.count(_CATEGORIES)
