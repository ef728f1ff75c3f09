"""The operations that load a demo shop."""

from typing import Final

# answers whether anything is to be done, at the price of four counts
STATE: Final = """query DemoState {
  tenant { slug }
  users(first: 1) { totalCount }
  products(first: 1) { totalCount }
  stockLevels(first: 1) { totalCount }
}"""

PLACES: Final = """query DemoPlaces {
  categories(first: 100) { nodes { slug } }
  stockLocations(first: 100) { nodes { id code storeId } }
}"""

CREATE_TENANT: Final = """mutation CreateTenant($input: TenantCreateInput!) {
  tenantCreate(input: $input) { userErrors { code message } }
}"""

CREATE_USER: Final = """mutation CreateUser($input: UserCreateInput!) {
  userCreate(input: $input) { userErrors { code message } }
}"""

CREATE_CATEGORY: Final = """mutation CreateCategory($input: CategoryCreateInput!) {
  categoryCreate(input: $input) { userErrors { code message } }
}"""

CREATE_LOCATION: Final = """mutation CreateLocation($input: StockLocationCreateInput!) {
  stockLocationCreate(input: $input) { location { id code } userErrors { code message } }
}"""

ASSIGN_LOCATION: Final = """mutation AssignLocation($id: ID!, $storeId: ID) {
  stockLocationAssign(id: $id, storeId: $storeId) { userErrors { code message } }
}"""

UPSERT: Final = """mutation UpsertProducts($items: [ProductUpsertInput!]!) {
  productBulkUpsert(items: $items) {
    results {
      product { variants { id sku stockLevels { location { code } } } }
      userErrors { code message }
    }
  }
}"""
