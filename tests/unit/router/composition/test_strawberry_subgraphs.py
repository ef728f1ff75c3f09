import strawberry
from strawberry import federation

from router.composition import SubgraphSource, compose
from tests.unit.router.composition.reading_joins import definition, directives, field


@federation.type(keys=["id", "sku store"], tags=["public"])
class Product:
    id: strawberry.ID
    sku: str
    store: str
    name: str = federation.field(shareable=True, description="The name on the shelf.")
    cost: str = federation.field(requires_scopes=[["catalog:read", "pricing:read"]])


@federation.type
class CatalogQuery:
    @federation.field(authenticated=True)
    def product(self, id: strawberry.ID) -> Product | None:  # noqa: A002 - the argument's name in the graph
        raise NotImplementedError(id)


@federation.type
class CatalogMutation:
    @federation.field
    def rename(self, name: str) -> Product | None:
        raise NotImplementedError(name)

    @federation.field(inaccessible=True)
    def reindex(self) -> bool:
        raise NotImplementedError


@federation.type(name="Product", keys=["id"])
class StockedProduct:
    id: strawberry.ID
    sku: str = federation.field(external=True)
    available: int
    barcode: str = federation.field(requires=["sku"])


@federation.type
class InventoryQuery:
    @federation.field
    def low_stock(self) -> list[StockedProduct]:
        raise NotImplementedError


def _sources() -> list[SubgraphSource]:
    catalog = federation.Schema(query=CatalogQuery, mutation=CatalogMutation, federation_version="2.9")
    inventory = federation.Schema(query=InventoryQuery, federation_version="2.9")
    return [
        SubgraphSource("catalog", "http://127.0.0.1:4102/graphql", catalog.as_str()),
        SubgraphSource("inventory", "http://127.0.0.1:4103/graphql", inventory.as_str()),
    ]


def test_subgraphs_as_strawberry_prints_them_compose():
    composition = compose(_sources())

    assert composition.hints == ()
    assert directives(definition(composition.supergraph_sdl, "Product")) == [
        '@join__type(graph: CATALOG, key: "id")',
        '@join__type(graph: CATALOG, key: "sku store")',
        '@join__type(graph: INVENTORY, key: "id")',
        '@tag(name: "public")',
    ]
    assert directives(field(composition.supergraph_sdl, "Product.cost")) == [
        "@join__field(graph: CATALOG)",
        '@requiresScopes(scopes: [["catalog:read", "pricing:read"]])',
    ]
    assert directives(field(composition.supergraph_sdl, "Product.barcode")) == [
        '@join__field(graph: INVENTORY, requires: "sku")'
    ]
    assert directives(field(composition.supergraph_sdl, "Query.product")) == [
        "@join__field(graph: CATALOG)",
        "@authenticated",
    ]


def test_the_public_schema_of_strawberry_subgraphs_hides_internal_mutations_and_machinery():
    api = compose(_sources()).api_sdl

    assert "reindex" not in api
    assert "rename(name: String!): Product" in api
    assert "_entities" not in api
    assert "_Any" not in api
