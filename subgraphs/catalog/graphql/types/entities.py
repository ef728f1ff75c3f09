"""The entities catalog owns, as the graph shows them."""

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kernel.database import PageArguments
from kernel.graphql import Connection, Info, MoneyType, connection_of
from kernel.ids import GlobalId, encode_global_id
from subgraphs.catalog import model
from subgraphs.catalog.graphql.loaders import CatalogLoaders
from subgraphs.catalog.model import ProductStatus

CatalogInfo: TypeAlias = Info[CatalogLoaders]

strawberry.enum(
    ProductStatus, description="Whether a product is sold: ACTIVE, or ARCHIVED, which keeps it for old orders."
)


@strawberry.federation.type(keys=["id"], description="A shelf of the shop; categories form a tree.")
class Category:
    """`Category` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    slug: str = strawberry.field(description="Short name for URLs, unique among the tenant's categories.")
    name: str = strawberry.field(description="Name for people.")
    created_at: datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[model.Category]

    @classmethod
    def of(cls, row: model.Category) -> "Category":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("Category", row.id)),
            slug=row.slug,
            name=row.name,
            created_at=row.created_at,
            row=row,
        )

    @classmethod
    async def load(cls, info: CatalogInfo, category_id: UUID | None) -> "Category | None":
        """From the operation's batch."""
        row = await info.context.loaders.category.load(category_id) if category_id is not None else None
        return cls.of(row) if row is not None else None

    @classmethod
    async def resolve_reference(cls, info: CatalogInfo, id: strawberry.ID) -> "Category | None":  # noqa: A002
        """By id; None when the tenant has no such category."""
        return await cls.load(info, GlobalId.decode(id, expected_type="Category").uuid)

    @strawberry.field(description="The category it belongs under; null at the top.")
    async def parent(self, info: CatalogInfo) -> "Category | None":
        """One batch for all categories of the operation."""
        return await Category.load(info, self.row.parent_id)

    @strawberry.field(description="Its products, oldest first; those of categories below are not among them.")
    async def products(
        self,
        info: CatalogInfo,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Annotated["Product", strawberry.lazy("subgraphs.catalog.graphql.types.entities")]]:
        """One statement for all categories of the operation."""
        arguments = PageArguments.of(first=first, after=after, last=last, before=before)
        page = await info.context.loaders.products_of_category(arguments).load(self.row.id)
        return connection_of(page, Product.of)


@strawberry.type(description="What makes a variant different from its sisters.")
class VariantOption:
    """`{name: "Size", value: "Large"}`."""

    name: str = strawberry.field(description="Like Size.")
    value: str = strawberry.field(description="Like Large.")


@strawberry.federation.type(keys=["id", "sku"], description="What is bought: a SKU with a price.")
class ProductVariant:
    """`ProductVariant` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    sku: str = strawberry.field(description="Stock keeping unit, unique in the tenant, exactly as the shop writes it.")
    name: str = strawberry.field(description="Name for people, next to the product's.")
    options: list[VariantOption] = strawberry.field(description="What makes it different; at most 10.")
    price: MoneyType = strawberry.field(description="Price in force, in the tenant's currency.")
    barcode: str | None = strawberry.field(description="Printed code, like a GTIN.")
    external_reference: str | None = strawberry.field(description="Its name in another system.")
    version: int = strawberry.field(description="Counts changes of this variant.")
    product_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: model.ProductVariant) -> "ProductVariant":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("ProductVariant", row.id)),
            sku=row.sku,
            name=row.name,
            options=[VariantOption(name=option["name"], value=option["value"]) for option in row.options],
            price=MoneyType.of(row.price),
            barcode=row.barcode,
            external_reference=row.external_reference,
            version=row.version,
            product_id=row.product_id,
        )

    @classmethod
    async def resolve_reference(
        cls,
        info: CatalogInfo,
        id: strawberry.ID | None = None,  # noqa: A002
        sku: str | None = None,
    ) -> "ProductVariant | None":
        """By id or by SKU, one statement per kind of key; None when the tenant has no such variant."""
        loaders = info.context.loaders
        if id is not None:
            row = await loaders.variant.load(GlobalId.decode(id, expected_type="ProductVariant").uuid)
        else:
            row = await loaders.variant_by_sku.load(str(sku))
        return cls.of(row) if row is not None else None

    @strawberry.field(description="The product it is a variant of.")
    async def product(
        self, info: CatalogInfo
    ) -> Annotated["Product", strawberry.lazy("subgraphs.catalog.graphql.types.entities")] | None:
        """One batch for all variants of the operation."""
        row = await info.context.loaders.product.load(self.product_id)
        return Product.of(row) if row is not None else None


@strawberry.federation.type(keys=["id", "slug"], description="What a customer looks for.")
class Product:
    """`Product` of the graph."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    slug: str = strawberry.field(description="Short name for URLs, unique in the tenant.")
    name: str = strawberry.field(description="Name for people.")
    description: str = strawberry.field(description="Text for people; may hold HTML as it was imported.")
    status: ProductStatus = strawberry.field(description="Whether it is sold.")
    external_reference: str | None = strawberry.field(description="Its name in another system.")
    created_at: datetime = strawberry.field(description="When it joined the catalogue.")
    updated_at: datetime = strawberry.field(description="When it or a variant last changed.")
    version: int = strawberry.field(description="Counts changes, those of its variants and prices included.")
    row: strawberry.Private[model.Product]

    @classmethod
    def of(cls, row: model.Product) -> "Product":
        """The graph's form of a row."""
        return cls(
            id=strawberry.ID(encode_global_id("Product", row.id)),
            slug=row.slug,
            name=row.name,
            description=row.description,
            status=ProductStatus(row.status),
            external_reference=row.external_reference,
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            row=row,
        )

    @classmethod
    async def resolve_reference(
        cls,
        info: CatalogInfo,
        id: strawberry.ID | None = None,  # noqa: A002
        slug: str | None = None,
    ) -> "Product | None":
        """By id or by slug, one statement per kind of key; None when the tenant has no such product."""
        loaders = info.context.loaders
        if id is not None:
            row = await loaders.product.load(GlobalId.decode(id, expected_type="Product").uuid)
        else:
            row = await loaders.product_by_slug.load(str(slug))
        return cls.of(row) if row is not None else None

    @strawberry.field(description="Its category, if it has one.")
    async def category(self, info: CatalogInfo) -> Category | None:
        """One batch for all products of the operation."""
        return await Category.load(info, self.row.category_id)

    @strawberry.field(description="Its variants in their order, at most 100.")
    async def variants(self, info: CatalogInfo) -> list[ProductVariant]:
        """One batch for all products of the operation."""
        return [ProductVariant.of(row) for row in await info.context.loaders.variants_of_product.load(self.row.id)]
