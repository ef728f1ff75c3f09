"""Batched reads of one operation, and the search engine that answers it."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from kernel.database import Page, PageArguments
from kernel.graphql import RequestContext
from subgraphs.catalog.model import Category, Product, ProductVariant
from subgraphs.catalog.ports import SearchIndex
from subgraphs.catalog.repository import (
    categories_by_id,
    products_by_id,
    products_by_slug,
    products_of_categories,
    variants_by_id,
    variants_by_sku,
    variants_of_products,
)

KeyT = TypeVar("KeyT", bound=Hashable)
RowT = TypeVar("RowT")


class CatalogLoaders:
    """Products, variants and categories by each of their keys; None where the tenant has no such row."""

    def __init__(self, context: "RequestContext[CatalogLoaders]", *, search: SearchIndex) -> None:
        self._context = context
        self.search = search
        self.product: DataLoader[UUID, Product | None] = DataLoader(self._products)
        self.product_by_slug: DataLoader[str, Product | None] = DataLoader(self._products_by_slug)
        self.variant: DataLoader[UUID, ProductVariant | None] = DataLoader(self._variants)
        self.variant_by_sku: DataLoader[str, ProductVariant | None] = DataLoader(self._variants_by_sku)
        self.variants_of_product: DataLoader[UUID, list[ProductVariant]] = DataLoader(self._variants_of_products)
        self.category: DataLoader[UUID, Category | None] = DataLoader(self._categories)
        self._category_pages: dict[PageArguments, DataLoader[UUID, Page[Product]]] = {}

    def products_of_category(self, arguments: PageArguments) -> DataLoader[UUID, Page[Product]]:
        """Loads the page `arguments` of each category's products."""

        async def load(ids: Sequence[UUID]) -> list[Page[Product]]:
            async with self._context.reading() as session:
                pages = await products_of_categories(session, ids, arguments)
            return [pages[category_id] for category_id in ids]

        return self._category_pages.setdefault(arguments, DataLoader(load))

    async def _products(self, ids: Sequence[UUID]) -> list[Product | None]:
        async with self._context.reading() as session:
            return _in_order(ids, {product.id: product for product in await products_by_id(session, ids)})

    async def _products_by_slug(self, slugs: Sequence[str]) -> list[Product | None]:
        async with self._context.reading() as session:
            return _in_order(slugs, {product.slug: product for product in await products_by_slug(session, slugs)})

    async def _variants(self, ids: Sequence[UUID]) -> list[ProductVariant | None]:
        async with self._context.reading() as session:
            return _in_order(ids, {variant.id: variant for variant in await variants_by_id(session, ids)})

    async def _variants_by_sku(self, skus: Sequence[str]) -> list[ProductVariant | None]:
        async with self._context.reading() as session:
            return _in_order(skus, {variant.sku: variant for variant in await variants_by_sku(session, skus)})

    async def _variants_of_products(self, ids: Sequence[UUID]) -> list[list[ProductVariant]]:
        by_product: dict[UUID, list[ProductVariant]] = {product_id: [] for product_id in ids}
        async with self._context.reading() as session:
            for variant in await variants_of_products(session, ids):
                by_product[variant.product_id].append(variant)
        return [by_product[product_id] for product_id in ids]

    async def _categories(self, ids: Sequence[UUID]) -> list[Category | None]:
        async with self._context.reading() as session:
            return _in_order(ids, {category.id: category for category in await categories_by_id(session, ids)})


def _in_order(keys: Sequence[KeyT], found: Mapping[KeyT, RowT]) -> list[RowT | None]:
    return [found.get(key) for key in keys]
