"""Batched reads: keys, each once, to the rows that the tenant has, with the columns that were selected."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

import strawberry

from kernel.database import Database, Page, PageArguments
from kernel.graphql import RequestContext
from kernel.graphql.execution import Batch
from kernel.identity import Principal
from subgraphs.catalog.ports import SearchIndex
from subgraphs.catalog.repository.reading import (
    CategoryRow,
    ProductRow,
    VariantRow,
    categories_by_id,
    products_by_id,
    products_by_slug,
    products_of_categories,
    variants_by_id,
    variants_by_sku,
    variants_of_products,
)


class CatalogContext(RequestContext):
    """With the search engine that answers this operation."""

    def __init__(self, database: Database, principal: Principal | None, *, search: SearchIndex) -> None:
        super().__init__(database, principal)
        self.search = search


CatalogInfo: TypeAlias = strawberry.Info[CatalogContext, None]
CatalogBatch: TypeAlias = Batch[CatalogContext, None]


async def load_products(batch: CatalogBatch, ids: Sequence[UUID]) -> Mapping[UUID, ProductRow]:
    """By id."""
    return await products_by_id(batch.context.reader, ids, batch.columns)


async def load_products_by_slug(batch: CatalogBatch, slugs: Sequence[str]) -> Mapping[str, ProductRow]:
    """By natural key."""
    return await products_by_slug(batch.context.reader, slugs, batch.columns)


async def load_variants(batch: CatalogBatch, ids: Sequence[UUID]) -> Mapping[UUID, VariantRow]:
    """By id."""
    return await variants_by_id(batch.context.reader, ids, batch.columns)


async def load_variants_by_sku(batch: CatalogBatch, skus: Sequence[str]) -> Mapping[str, VariantRow]:
    """By natural key."""
    return await variants_by_sku(batch.context.reader, skus, batch.columns)


async def load_variants_of_products(batch: CatalogBatch, ids: Sequence[UUID]) -> Mapping[UUID, list[VariantRow]]:
    """Each product's in its order."""
    return await variants_of_products(batch.context.reader, ids, batch.columns)


async def load_categories(batch: CatalogBatch, ids: Sequence[UUID]) -> Mapping[UUID, CategoryRow]:
    """By id."""
    return await categories_by_id(batch.context.reader, ids, batch.columns)


async def load_products_of_categories(
    batch: Batch[CatalogContext, PageArguments], ids: Sequence[UUID]
) -> Mapping[UUID, Page[ProductRow]]:
    """The same page of each category's products."""
    return await products_of_categories(batch.context.reader, ids, batch.columns, batch.arguments)
