"""Root fields of catalog."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import strawberry

from kernel.database import Page, PageArguments
from kernel.errors import BadUserInput
from kernel.graphql import Connection, connection_of, find
from kernel.graphql.execution import Batch, selected_columns
from subgraphs.catalog.graphql.loaders import (
    CatalogInfo,
    load_categories,
    load_products,
    load_products_by_slug,
    load_variants,
    load_variants_by_sku,
)
from subgraphs.catalog.graphql.types import (
    MOST_PRODUCTS,
    CatalogueFeedPage,
    Category,
    Product,
    ProductOrder,
    ProductVariant,
    ProductWhere,
)
from subgraphs.catalog.graphql.types.inputs import order_keys
from subgraphs.catalog.model.wording import words_of
from subgraphs.catalog.ports import SearchHits
from subgraphs.catalog.repository.reading import (
    ProductRow,
    categories_page,
    count_categories,
    count_products,
    products_page,
)

_READ: Final = [["catalog:read"]]
_LONGEST_QUERY: Final = 200
_MOST_WORDS: Final = 12


@strawberry.type
class Query:
    """What catalog answers."""

    product = find(Product, load_products, scope="catalog:read", description="A product. Scope: catalog:read.")
    product_by_slug = find(
        Product,
        load_products_by_slug,
        "slug",
        scope="catalog:read",
        description="The product with this slug. Scope: catalog:read.",
    )
    variant = find(ProductVariant, load_variants, scope="catalog:read", description="A variant. Scope: catalog:read.")
    variant_by_sku = find(
        ProductVariant,
        load_variants_by_sku,
        "sku",
        scope="catalog:read",
        description="The variant with this SKU. Scope: catalog:read.",
    )
    category = find(Category, load_categories, scope="catalog:read", description="A category. Scope: catalog:read.")

    @strawberry.federation.field(
        description="The tenant's products, oldest first unless ordered otherwise. Scope: catalog:read.",
        requires_scopes=_READ,
    )
    async def products(
        self,
        info: CatalogInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        where: ProductWhere | None = None,
        order_by: list[ProductOrder] | None = None,
    ) -> Connection[Product]:
        """One page: one statement, and one more when totalCount is selected."""
        context = info.context
        context.require("catalog:read")
        wanted = (where or ProductWhere()).to_filter()
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        order, columns = order_keys(order_by), selected_columns(info)
        page = await products_page(context.reader, columns, wanted, order=order, arguments=arguments)
        return connection_of(page, lambda row: Product(row=row), count=lambda: count_products(context.reader, wanted))

    @strawberry.federation.field(
        description="The tenant's categories, oldest first. Scope: catalog:read.", requires_scopes=_READ
    )
    async def categories(
        self,
        info: CatalogInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Category]:
        """One page: one statement, and one more when totalCount is selected."""
        context = info.context
        context.require("catalog:read")
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        page = await categories_page(context.reader, selected_columns(info), arguments)
        return connection_of(page, lambda row: Category(row=row), count=lambda: count_categories(context.reader))

    @strawberry.federation.field(
        description=(
            "Products on sale with all the words of the query, best first; each word may be the beginning of one, "
            "so it can be asked while typing. Scope: catalog:read."
        ),
        requires_scopes=_READ,
    )
    async def product_search(
        self,
        info: CatalogInfo,
        query: str,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Product]:
        """Answered by the search index; the products themselves come from the catalogue."""
        context = info.context
        context.require("catalog:read")
        words = _words(query)
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        search = context.search

        async def count() -> int:
            return await search.count(context.reader, words) if words else 0

        hits = await search.search(context.reader, words, arguments) if words else SearchHits([], [], False, False)
        return connection_of(await _found_products(info, hits), lambda row: Product(row=row), count=count)

    @strawberry.federation.field(
        description=(
            "The catalogue as tills keep it: without `after` all that is sold, then what changed since. Null when "
            "`after` is no place of this tenant's feed: load all anew. Scope: till:read."
        ),
        requires_scopes=[["till:read"]],
    )
    async def catalogue_feed(
        self, info: CatalogInfo, *, first: int = MOST_PRODUCTS, after: str | None = None
    ) -> CatalogueFeedPage | None:
        """One page: three statements."""
        info.context.require("till:read")
        if not 1 <= first <= MOST_PRODUCTS:
            raise BadUserInput(f"must be between 1 and {MOST_PRODUCTS}", field=("first",))
        return await CatalogueFeedPage.read(info.context.reader, after, first)


def _words(query: str) -> tuple[str, ...]:
    if not query.strip() or len(query) > _LONGEST_QUERY:
        raise BadUserInput(f"must have 1 to {_LONGEST_QUERY} characters", field=("query",))
    return words_of(query)[:_MOST_WORDS]


async def _found_products(info: CatalogInfo, hits: SearchHits) -> Page[ProductRow]:
    """The hits as products; one the index still knows and the catalogue does not is left out."""
    ids = hits.product_ids
    rows: Mapping[UUID, ProductRow] = {}
    if ids:
        rows = await load_products(Batch(info.context, selected_columns(info), None), ids)
    found = [(rows[key], cursor) for key, cursor in zip(ids, hits.cursors, strict=True) if key in rows]
    return Page(
        nodes=[row for row, _ in found],
        cursors=[cursor for _, cursor in found],
        has_next=hits.has_next,
        has_previous=hits.has_previous,
    )
