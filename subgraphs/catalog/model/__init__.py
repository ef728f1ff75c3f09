"""Products with their variants and prices, and categories: mapped, with their rules."""

from subgraphs.catalog.model.category import Category
from subgraphs.catalog.model.content import Option, ProductContent, ProductStatus, VariantContent
from subgraphs.catalog.model.feed import Feed, ProductChange
from subgraphs.catalog.model.product import MAX_VARIANTS, Product
from subgraphs.catalog.model.tables import CatalogTable, TenantCurrency
from subgraphs.catalog.model.variant import PriceChange, ProductVariant

__all__ = [
    "MAX_VARIANTS",
    "CatalogTable",
    "Category",
    "Feed",
    "Option",
    "PriceChange",
    "Product",
    "ProductChange",
    "ProductContent",
    "ProductStatus",
    "ProductVariant",
    "TenantCurrency",
    "VariantContent",
]
