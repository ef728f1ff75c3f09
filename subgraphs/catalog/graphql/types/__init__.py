"""Product, ProductVariant, Category, and the inputs and payloads around them."""

from subgraphs.catalog.graphql.types.entities import Category, Product, ProductVariant, VariantOption
from subgraphs.catalog.graphql.types.feed import MOST_PRODUCTS, CatalogueFeedPage
from subgraphs.catalog.graphql.types.inputs import (
    CategoryCreateInput,
    OptionInput,
    ProductCreateInput,
    ProductOrder,
    ProductUpdateInput,
    ProductUpsertInput,
    ProductWhere,
    VariantInput,
)
from subgraphs.catalog.graphql.types.payloads import (
    CatalogUserError,
    CategoryCreatePayload,
    ProductBulkUpsertPayload,
    ProductPayload,
    ProductUpsertResult,
    VariantPriceSetPayload,
)

__all__ = [
    "MOST_PRODUCTS",
    "CatalogUserError",
    "CatalogueFeedPage",
    "Category",
    "CategoryCreateInput",
    "CategoryCreatePayload",
    "OptionInput",
    "Product",
    "ProductBulkUpsertPayload",
    "ProductCreateInput",
    "ProductOrder",
    "ProductPayload",
    "ProductUpdateInput",
    "ProductUpsertInput",
    "ProductUpsertResult",
    "ProductVariant",
    "ProductWhere",
    "VariantInput",
    "VariantOption",
    "VariantPriceSetPayload",
]
