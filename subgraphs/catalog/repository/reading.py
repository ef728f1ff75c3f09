"""What the graph shows of the catalogue: rows with the columns that were selected, and no others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import bindparam

from kernel.database import Listing, Page, PageArguments, Reader, Row, SortKey, one_of
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


CATEGORIES: Final = Listing(CategoryRow, Category, one_of(Category.id))
PRODUCTS: Final = Listing(
    ProductRow,
    Product,
    one_of(Product.id),
    one_of(Product.slug),
    Product.category_id == bindparam("category_id"),
    Product.status == bindparam("status"),
)
VARIANTS: Final = Listing(
    VariantRow,
    ProductVariant,
    one_of(ProductVariant.id),
    one_of(ProductVariant.sku),
    one_of(ProductVariant.product_id),
    order_by=(ProductVariant.position,),
)


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products a list shows; None does not narrow it."""

    category_id: UUID | None = None
    status: ProductStatus | None = None


async def products_page(
    reader: Reader, columns: Columns, wanted: ProductFilter, *, order: Sequence[SortKey], arguments: PageArguments
) -> Page[ProductRow]:
    """One page of the tenant's products; `order` ends with the id."""
    return await reader.page(PRODUCTS, columns, order, arguments, category_id=wanted.category_id, status=wanted.status)


async def count_products(reader: Reader, wanted: ProductFilter) -> int:
    """How many products the list has."""
    return await reader.count(PRODUCTS, category_id=wanted.category_id, status=wanted.status)


async def products_of_categories(
    reader: Reader, category_ids: Sequence[UUID], columns: Columns, arguments: PageArguments
) -> Mapping[UUID, Page[ProductRow]]:
    """The same page of each category's products, oldest first."""
    return await reader.pages(PRODUCTS, columns, OLDEST_FIRST, arguments, parent="category_id", parents=category_ids)


async def categories_page(reader: Reader, columns: Columns, arguments: PageArguments) -> Page[CategoryRow]:
    """Categories, oldest first."""
    return await reader.page(CATEGORIES, columns, _CATEGORY_ORDER, arguments)


async def count_categories(reader: Reader) -> int:
    """How many categories the tenant has."""
    return await reader.count(CATEGORIES)
