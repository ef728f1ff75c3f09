"""What catalog's mutations answer."""

import strawberry

from kernel.errors import Refusal
from kernel.graphql import UserError, field_path
from subgraphs.catalog.errors import CatalogErrorCode
from subgraphs.catalog.graphql.types.entities import CatalogInfo, Category, Product, ProductVariant
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

    category: Category | None = strawberry.field(default=None, description="The new category.")
    user_errors: list[CatalogUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type(description="Answer of a mutation on one product.")
class ProductPayload:
    """The product, or why not."""

    product: Product | None = strawberry.field(default=None, description="The product after the change.")
    user_errors: list[CatalogUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type(description="Answer of variantPriceSet.")
class VariantPriceSetPayload:
    """The variant, or why not."""

    variant: ProductVariant | None = strawberry.field(default=None, description="The variant after the change.")
    user_errors: list[CatalogUserError] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type(description="What became of one item of a batch.")
class ProductUpsertResult:
    """In the place of its item."""

    outcome: UpsertOutcome = strawberry.field(description="Created, updated, unchanged or refused.")
    product: Product | None = strawberry.field(description="The product after the change; null when refused.")
    user_errors: list[CatalogUserError] = strawberry.field(
        description="Why the item, or with IGNORE_FAILED some of its variants, were refused."
    )

    @classmethod
    async def of(cls, info: CatalogInfo, result: UpsertResult) -> "ProductUpsertResult":
        """One batch of reads for all results."""
        loaders = info.context.loaders
        row = await loaders.product.load(result.product_id) if result.product_id is not None else None
        return cls(
            outcome=result.outcome,
            product=Product.of(row) if row is not None else None,
            user_errors=[CatalogUserError.of(refusal) for refusal in result.refusals],
        )


@strawberry.type(description="Answer of productBulkUpsert.")
class ProductBulkUpsertPayload:
    """One result per item, in the order of the items."""

    count: int = strawberry.field(description="How many products were created or updated.")
    results: list[ProductUpsertResult] = strawberry.field(description="What became of each item.")
