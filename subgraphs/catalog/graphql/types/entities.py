"""The entities catalog owns, as the graph shows them: views of rows."""

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from kernel.database import Page
from kernel.graphql import Connection, MoneyType, connection_of, global_id, id_of, money, page_arguments, reference
from kernel.graphql.execution import column, computed, relation
from subgraphs.catalog.graphql.loaders import (
    load_categories,
    load_products,
    load_products_by_slug,
    load_products_of_categories,
    load_variants,
    load_variants_by_sku,
    load_variants_of_products,
)
from subgraphs.catalog.model import ProductStatus
from subgraphs.catalog.repository.reading import CategoryRow, ProductRow, VariantRow

strawberry.enum(
    ProductStatus, description="Whether a product is sold: ACTIVE, or ARCHIVED, which keeps it for old orders."
)


@strawberry.federation.type(keys=["id"], description="A shelf of the shop; categories form a tree.")
class Category:
    """`Category` of the graph."""

    row: strawberry.Private[CategoryRow]
    references: ClassVar = (
        reference("id", load_categories, parse=id_of("Category"), to=lambda row: Category(row=row)),
    )

    id: strawberry.ID = global_id("Category")
    slug: str = column(description="Short name for URLs, unique among the tenant's categories.")
    name: str = column(description="Name for people.")
    created_at: datetime = column(description="When it was made.")
    parent: "Category | None" = relation(
        load_categories,
        key="parent_id",
        to=lambda row: Category(row=row),
        description="The category it belongs under; null at the top.",
    )
    products: Connection[Annotated["Product", strawberry.lazy("subgraphs.catalog.graphql.types.entities")]] = relation(
        load_products_of_categories,
        key="id",
        arguments=page_arguments,
        missing=Page[ProductRow].empty,
        to=lambda page: connection_of(page, lambda row: Product(row=row)),
        description="Its products, oldest first; those of categories below are not among them.",
    )


@strawberry.type(description="What makes a variant different from its sisters.")
class VariantOption:
    """`{name: "Size", value: "Large"}`."""

    name: str = strawberry.field(description="Like Size.")
    value: str = strawberry.field(description="Like Large.")


@strawberry.federation.type(keys=["id", "sku"], description="What is bought: a SKU with a price.")
class ProductVariant:
    """`ProductVariant` of the graph."""

    row: strawberry.Private[VariantRow]
    references: ClassVar = (
        reference("id", load_variants, parse=id_of("ProductVariant"), to=lambda row: ProductVariant(row=row)),
        reference("sku", load_variants_by_sku, to=lambda row: ProductVariant(row=row)),
    )

    id: strawberry.ID = global_id("ProductVariant")
    sku: str = column(description="Stock keeping unit, unique in the tenant, exactly as the shop writes it.")
    name: str = column(description="Name for people, next to the product's.")
    options: list[VariantOption] = computed(
        lambda row: [VariantOption(name=option["name"], value=option["value"]) for option in row.options],
        reads=("options",),
        description="What makes it different; at most 10.",
    )
    price: MoneyType = money("price_minor", description="Price in force, in the tenant's currency.")
    barcode: str | None = column(description="Printed code, like a GTIN.")
    external_reference: str | None = column(description="Its name in another system.")
    version: int = column(description="Counts changes of this variant.")
    product: Annotated["Product", strawberry.lazy("subgraphs.catalog.graphql.types.entities")] | None = relation(
        load_products, key="product_id", to=lambda row: Product(row=row), description="The product it is a variant of."
    )


@strawberry.federation.type(keys=["id", "slug"], description="What a customer looks for.")
class Product:
    """`Product` of the graph."""

    row: strawberry.Private[ProductRow]
    references: ClassVar = (
        reference("id", load_products, parse=id_of("Product"), to=lambda row: Product(row=row)),
        reference("slug", load_products_by_slug, to=lambda row: Product(row=row)),
    )

    id: strawberry.ID = global_id("Product")
    slug: str = column(description="Short name for URLs, unique in the tenant.")
    name: str = column(description="Name for people.")
    description: str = column(description="Text for people; may hold HTML as it was imported.")
    status: ProductStatus = column(description="Whether it is sold.")
    external_reference: str | None = column(description="Its name in another system.")
    created_at: datetime = column(description="When it joined the catalogue.")
    updated_at: datetime = column(description="When it or a variant last changed.")
    version: int = column(description="Counts changes, those of its variants and prices included.")
    category: Category | None = relation(
        load_categories, key="category_id", to=lambda row: Category(row=row), description="Its category, if it has one."
    )
    variants: list[ProductVariant] = relation(
        load_variants_of_products,
        key="id",
        to=lambda rows: [ProductVariant(row=row) for row in rows],
        missing=list,
        description="Its variants in their order, at most 100.",
    )
