"""Batched reads: keys, each once, to the rows that the tenant has, with the columns that were selected."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import strawberry

from kernel.database import Database, Page, PageArguments
from kernel.graphql import RequestContext, lists_by, rows_by
from kernel.graphql.execution import Batch
from kernel.identity import Principal
from subgraphs.catalog.model import Category, Product, ProductVariant
from subgraphs.catalog.ports import SearchIndex
from subgraphs.catalog.repository.reading import CATEGORIES, PRODUCTS, VARIANTS, ProductRow, products_of_categories


class CatalogContext(RequestContext):
    """With the search engine that answers this operation."""

    def __init__(self, database: Database, principal: Principal | None, *, search: SearchIndex) -> None:
        super().__init__(database, principal)
        self.search = search


CatalogInfo: TypeAlias = strawberry.Info[CatalogContext, None]

load_products: Final = rows_by(PRODUCTS, Product.id)
load_products_by_slug: Final = rows_by(PRODUCTS, Product.slug)
load_variants: Final = rows_by(VARIANTS, ProductVariant.id)
load_variants_by_sku: Final = rows_by(VARIANTS, ProductVariant.sku)
load_variants_of_products: Final = lists_by(VARIANTS, ProductVariant.product_id)
load_categories: Final = rows_by(CATEGORIES, Category.id)


async def load_products_of_categories(
    batch: Batch[CatalogContext, PageArguments], ids: Sequence[UUID]
) -> Mapping[UUID, Page[ProductRow]]:
    """The same page of each category's products."""
    return await products_of_categories(batch.context.reader, ids, batch.columns, batch.arguments)
