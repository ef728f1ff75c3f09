"""The operations of a product import."""

from typing import Final

SHOP: Final = """query ShopOfImport {
  tenant { currencyCode }
  stockLocations(first: 100) { nodes { id code kind } }
}"""

CATEGORIES: Final = """query CategoriesOfImport($after: String) {
  categories(first: 100, after: $after) { nodes { slug } pageInfo { hasNextPage endCursor } }
}"""

CREATE_CATEGORY: Final = """mutation CreateCategory($input: CategoryCreateInput!) {
  categoryCreate(input: $input) { category { slug } userErrors { code message } }
}"""

CREATE_LOCATION: Final = """mutation CreateLocation($input: StockLocationCreateInput!) {
  stockLocationCreate(input: $input) { location { id } userErrors { code message } }
}"""

UPSERT: Final = """mutation UpsertProducts($items: [ProductUpsertInput!]!) {
  productBulkUpsert(items: $items, errorPolicy: IGNORE_FAILED) {
    results {
      outcome
      product { variants { id sku stockLevels { id } } }
      userErrors { field code message }
    }
  }
}"""

ADJUST: Final = """mutation GiveOpeningStock($input: InventoryAdjustInput!, $key: String!) {
  inventoryAdjust(input: $input, idempotencyKey: $key) { userErrors { code message } }
}"""
