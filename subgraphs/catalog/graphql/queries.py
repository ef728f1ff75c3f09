"""Root fields of catalog."""

from typing import Final

import strawberry

from kernel.database import Page, PageArguments
from kernel.errors import BadUserInput
from kernel.graphql import Connection, connection_of, read_connection
from kernel.ids import GlobalId
from subgraphs.catalog import model
from subgraphs.catalog.graphql.types import CatalogInfo, Category, Product, ProductOrder, ProductVariant, ProductWhere
from subgraphs.catalog.graphql.types.inputs import order_keys
from subgraphs.catalog.model.wording import words_of
from subgraphs.catalog.ports import SearchHits, SearchReader
from subgraphs.catalog.repository import categories_page, count_categories, count_products, products_page

_READ: Final = [["catalog:read"]]
_LONGEST_QUERY: Final = 200
_MOST_WORDS: Final = 12


@strawberry.type
class Query:
    """What catalog answers."""

    @strawberry.federation.field(description="A product. Scope: catalog:read.", requires_scopes=_READ)
    async def product(self, info: CatalogInfo, id: strawberry.ID) -> Product | None:  # noqa: A002
        """By global id."""
        info.context.require("catalog:read")
        return await Product.resolve_reference(info, id=id)

    @strawberry.federation.field(description="The product with this slug. Scope: catalog:read.", requires_scopes=_READ)
    async def product_by_slug(self, info: CatalogInfo, slug: str) -> Product | None:
        """By natural key."""
        info.context.require("catalog:read")
        return await Product.resolve_reference(info, slug=slug)

    @strawberry.federation.field(description="A variant. Scope: catalog:read.", requires_scopes=_READ)
    async def variant(self, info: CatalogInfo, id: strawberry.ID) -> ProductVariant | None:  # noqa: A002
        """By global id."""
        info.context.require("catalog:read")
        return await ProductVariant.resolve_reference(info, id=id)

    @strawberry.federation.field(description="The variant with this SKU. Scope: catalog:read.", requires_scopes=_READ)
    async def variant_by_sku(self, info: CatalogInfo, sku: str) -> ProductVariant | None:
        """By natural key."""
        info.context.require("catalog:read")
        return await ProductVariant.resolve_reference(info, sku=sku)

    @strawberry.federation.field(description="A category. Scope: catalog:read.", requires_scopes=_READ)
    async def category(self, info: CatalogInfo, id: strawberry.ID) -> Category | None:  # noqa: A002
        """By global id."""
        info.context.require("catalog:read")
        return await Category.load(info, GlobalId.decode(id, expected_type="Category").uuid)

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
        return await read_connection(
            context,
            lambda session: products_page(session, wanted, order_keys(order_by), arguments),
            Product.of,
            count=lambda session: count_products(session, wanted),
        )

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
        return await read_connection(
            context,
            lambda session: categories_page(session, arguments),
            Category.of,
            count=count_categories,
        )

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
        search, tenant_id = context.loaders.search, context.tenant_id

        async def count() -> int:
            async with context.reading() as session:
                return await search.count(SearchReader(tenant_id, session), words) if words else 0

        async with context.reading() as session:
            reader = SearchReader(tenant_id, session)
            hits = await search.search(reader, words, arguments) if words else SearchHits([], [], False, False)
        return connection_of(await _found_products(info, hits), Product.of, count=count)


def _words(query: str) -> tuple[str, ...]:
    if not query.strip() or len(query) > _LONGEST_QUERY:
        raise BadUserInput(f"must have 1 to {_LONGEST_QUERY} characters", field=("query",))
    return words_of(query)[:_MOST_WORDS]


async def _found_products(info: CatalogInfo, hits: SearchHits) -> Page[model.Product]:
    """The hits as products; one the index still knows and the catalogue does not is left out."""
    rows = await info.context.loaders.product.load_many(hits.product_ids)
    found = [(row, cursor) for row, cursor in zip(rows, hits.cursors, strict=True) if row is not None]
    return Page(
        nodes=[row for row, _ in found],
        cursors=[cursor for _, cursor in found],
        has_next=hits.has_next,
        has_previous=hits.has_previous,
    )
