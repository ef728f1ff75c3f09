"""What catalog's mutations answer; what was written is read again only if it is selected."""

import strawberry

from kernel.errors import Refusal
from kernel.graphql import UserError, Written, field_path, user_errors
from kernel.graphql.execution import column, relation
from subgraphs.catalog.errors import CatalogErrorCode
from subgraphs.catalog.graphql.loaders import load_categories, load_products, load_variants
from subgraphs.catalog.graphql.types.entities import Category, Product, ProductVariant
from subgraphs.catalog.use_cases.upsert_products import ErrorPolicy, UpsertOutcome, UpsertResult

strawberry.enum(CatalogErrorCode, description="Why catalog refused.")
strawberry.enum(
    ErrorPolicy,
    description=(
        "What one refused item means for the others: REJECT_EVERYTHING stores nothing, REJECT_FAILED_ROWS stores "
        "the others, IGNORE_FAILED also stores a product without its refused variants."
    ),
)
strawberry.enum(UpsertOutcome, description="What became of one item of a batch.")


@strawberry.type(description="Why a mutation of catalog was refused.")
class CatalogUserError(UserError):
    """With the typed code."""

    code: CatalogErrorCode = strawberry.field(description="The contract.")

    @classmethod
    def of(cls, refusal: Refusal) -> "CatalogUserError":
        """The graph's form of a refusal."""
        return cls(field=field_path(refusal), message=refusal.message, code=CatalogErrorCode(refusal.code))


@strawberry.type(description="Answer of categoryCreate.")
class CategoryCreatePayload:
    """The category, or why not."""

    row: strawberry.Private[Written]

    category: Category | None = relation(
        load_categories, key="key", to=lambda row: Category(row=row), description="The new category."
    )
    user_errors: list[CatalogUserError] = user_errors(CatalogUserError.of)


@strawberry.type(description="Answer of a mutation on one product.")
class ProductPayload:
    """The product, or why not."""

    row: strawberry.Private[Written]

    product: Product | None = relation(
        load_products, key="key", to=lambda row: Product(row=row), description="The product after the change."
    )
    user_errors: list[CatalogUserError] = user_errors(CatalogUserError.of)


@strawberry.type(description="Answer of variantPriceSet.")
class VariantPriceSetPayload:
    """The variant, or why not."""

    row: strawberry.Private[Written]

    variant: ProductVariant | None = relation(
        load_variants, key="key", to=lambda row: ProductVariant(row=row), description="The variant after the change."
    )
    user_errors: list[CatalogUserError] = user_errors(CatalogUserError.of)


@strawberry.type(description="What became of one item of a batch.")
class ProductUpsertResult:
    """In the place of its item."""

    row: strawberry.Private[UpsertResult]

    outcome: UpsertOutcome = column(description="Created, updated, unchanged or refused.")
    product: Product | None = relation(
        load_products,
        key="product_id",
        to=lambda row: Product(row=row),
        description="The product after the change; null when refused.",
    )
    user_errors: list[CatalogUserError] = user_errors(
        CatalogUserError.of, description="Why the item, or with IGNORE_FAILED some of its variants, were refused."
    )


@strawberry.type(description="Answer of productBulkUpsert.")
class ProductBulkUpsertPayload:
    """One result per item, in the order of the items."""

    count: int = strawberry.field(description="How many products were created or updated.")
    results: list[ProductUpsertResult] = strawberry.field(description="What became of each item.")
