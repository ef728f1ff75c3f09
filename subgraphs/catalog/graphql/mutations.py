"""Mutations of catalog: authorize, translate, run one use case, translate back."""

from typing import Final
from uuid import UUID

import strawberry

from kernel.errors import BadUserInput
from kernel.graphql import MoneyInput, written
from kernel.ids import GlobalId
from subgraphs.catalog.errors import Invalid
from subgraphs.catalog.graphql.loaders import CatalogInfo
from subgraphs.catalog.graphql.types import (
    CategoryCreateInput,
    CategoryCreatePayload,
    ProductBulkUpsertPayload,
    ProductCreateInput,
    ProductPayload,
    ProductUpdateInput,
    ProductUpsertInput,
    ProductUpsertResult,
    VariantPriceSetPayload,
)
from subgraphs.catalog.graphql.types.inputs import category_uuid
from subgraphs.catalog.model import ProductContent
from subgraphs.catalog.use_cases.archive_product import ArchiveProduct, archive_product
from subgraphs.catalog.use_cases.create_category import CreateCategory, create_category
from subgraphs.catalog.use_cases.create_product import CreateProduct, create_product
from subgraphs.catalog.use_cases.set_variant_price import SetVariantPrice, set_variant_price
from subgraphs.catalog.use_cases.update_product import UpdateProduct, update_product
from subgraphs.catalog.use_cases.upsert_products import (
    BatchRejected,
    ErrorPolicy,
    UpsertItem,
    UpsertOutcome,
    UpsertProducts,
    upsert_products,
)

_WRITE: Final = [["catalog:write"]]
_MOST_ITEMS: Final = 100


@strawberry.type
class Mutation:
    """What catalog can change."""

    @strawberry.federation.mutation(description="Creates a category. Scope: catalog:write.", requires_scopes=_WRITE)
    async def category_create(self, info: CatalogInfo, input: CategoryCreateInput) -> CategoryCreatePayload:  # noqa: A002
        """The slug is made from the name when left out."""
        info.context.require("catalog:write")
        command = CreateCategory(input.name, input.slug, category_uuid(input.parent_id, "input", "parentId"))
        return CategoryCreatePayload(row=await written(info.context.run(create_category, command)))

    @strawberry.federation.mutation(description="Creates a product. Scope: catalog:write.", requires_scopes=_WRITE)
    async def product_create(self, info: CatalogInfo, input: ProductCreateInput) -> ProductPayload:  # noqa: A002
        """With its variants."""
        info.context.require("catalog:write")
        command = CreateProduct(input.to_content())
        return ProductPayload(row=await written(info.context.run(create_product, command)))

    @strawberry.federation.mutation(
        description=(
            "Changes a product; expectedVersion is the version last seen, another answer is STALE_VERSION. "
            "Scope: catalog:write."
        ),
        requires_scopes=_WRITE,
    )
    async def product_update(
        self,
        info: CatalogInfo,
        id: strawberry.ID,  # noqa: A002
        input: ProductUpdateInput,  # noqa: A002
        expected_version: int,
    ) -> ProductPayload:
        """Left-out fields and variants stay."""
        info.context.require("catalog:write")
        product_id = GlobalId.decode(id, expected_type="Product").uuid
        command = UpdateProduct(product_id, input.to_content(), expected_version)
        outcome = info.context.run(update_product, command)
        return ProductPayload(row=await written(outcome, key=product_id))

    @strawberry.federation.mutation(
        description="Stops selling a product; it stays for old orders. Scope: catalog:write.", requires_scopes=_WRITE
    )
    async def product_archive(self, info: CatalogInfo, id: strawberry.ID) -> ProductPayload:  # noqa: A002
        """Archiving twice is one archiving."""
        info.context.require("catalog:write")
        command = ArchiveProduct(GlobalId.decode(id, expected_type="Product").uuid)
        return ProductPayload(row=await written(info.context.run(archive_product, command)))

    @strawberry.federation.mutation(
        description="Sets the price of a variant, in the tenant's currency. Scope: catalog:write.",
        requires_scopes=_WRITE,
    )
    async def variant_price_set(
        self,
        info: CatalogInfo,
        id: strawberry.ID,  # noqa: A002
        price: MoneyInput,
        idempotency_key: str,
    ) -> VariantPriceSetPayload:
        """The previous price stays in the history."""
        info.context.require("catalog:write")
        variant_id = GlobalId.decode(id, expected_type="ProductVariant").uuid
        command = SetVariantPrice(variant_id, price.to_money("price"))
        outcome = info.context.run_once(set_variant_price, command, key=idempotency_key, result_type=UUID)
        return VariantPriceSetPayload(row=await written(outcome, key=variant_id))

    @strawberry.federation.mutation(
        description=(
            "Creates or changes at most 100 products, found by their slugs; the same items again change nothing. "
            "Scope: catalog:write."
        ),
        requires_scopes=_WRITE,
    )
    async def product_bulk_upsert(
        self,
        info: CatalogInfo,
        items: list[ProductUpsertInput],
        error_policy: ErrorPolicy = ErrorPolicy.REJECT_EVERYTHING,
    ) -> ProductBulkUpsertPayload:
        """One transaction, one result per item."""
        info.context.require("catalog:write")
        if not 1 <= len(items) <= _MOST_ITEMS:
            raise BadUserInput(f"must be 1 to {_MOST_ITEMS} items", field=("items",))
        command = UpsertProducts(tuple(_upsert_item(item) for item in items), error_policy)
        try:
            results = await info.context.run(upsert_products, command)
        except BatchRejected as rejected:
            results = rejected.results
        changed = {UpsertOutcome.CREATED, UpsertOutcome.UPDATED}
        return ProductBulkUpsertPayload(
            count=sum(result.outcome in changed for result in results),
            results=[ProductUpsertResult(row=result) for result in results],
        )


def _upsert_item(item: ProductUpsertInput) -> UpsertItem:
    """An item with an unreadable price is refused on its own, not the whole request."""
    try:
        return UpsertItem(item.to_content(), item.category_slug)
    except BadUserInput as error:
        refusal = Invalid(error.message, field=error.field)
        return UpsertItem(ProductContent(slug=item.slug), item.category_slug, refusal)
