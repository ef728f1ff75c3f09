"""Two small Strawberry subgraphs on loopback HTTP, with every kind of step a gateway has to take between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import strawberry
from aiohttp import web
from strawberry import federation
from strawberry.types.base import WithStrawberryObjectDefinition

from router.composition import SubgraphSource

_NAMES = {"1": "Kettle", "2": "Toaster"}
_WEIGHTS = {"1": 3, "2": 5}
_AVAILABLE = {"1": 7, "2": 0}


@federation.type(keys=["id", "sku"], tags=["public"])
class Product:
    id: strawberry.ID
    name: str = federation.field(shareable=True)
    weight: int
    sku: str

    @classmethod
    def resolve_reference(cls, id: strawberry.ID | None = None, sku: str | None = None) -> "Product":  # noqa: A002
        return product(str(id) if id else str(sku).removeprefix("SKU-"))


def product(key: str) -> Product:
    return Product(id=strawberry.ID(key), name=_NAMES[key], weight=_WEIGHTS[key], sku=f"SKU-{key}")


@federation.type
class CatalogQuery:
    @federation.field(authenticated=True, requires_scopes=[["catalog:read"]])
    def product(self, id: strawberry.ID) -> Product | None:  # noqa: A002
        return product(str(id)) if str(id) in _NAMES else None


@federation.type
class CatalogMutation:
    @federation.field
    def rename(self, id: strawberry.ID, name: str) -> Product:  # noqa: A002
        return Product(id=id, name=name, weight=_WEIGHTS[str(id)], sku=f"SKU-{id}")

    @federation.field(inaccessible=True)
    def reindex(self) -> bool:
        return True


@federation.type(name="Product", keys=["id"])
class StockedProduct:
    id: strawberry.ID
    name: str = federation.field(external=True, default="")
    weight: int = federation.field(external=True, default=0)

    @federation.field
    def available(self) -> int:
        return _AVAILABLE[str(self.id)]

    @federation.field(requires=["weight"])
    def shipping_fee(self) -> str:
        return f"{self.weight}.00"

    @classmethod
    def resolve_reference(cls, id: strawberry.ID, weight: int = 0) -> "StockedProduct":  # noqa: A002
        return StockedProduct(id=id, weight=weight)


@federation.type
class InventoryQuery:
    @federation.field(provides=["name"])
    def sold_out(self) -> list[StockedProduct]:
        return [
            StockedProduct(id=strawberry.ID(key), name=_NAMES[key]) for key, count in _AVAILABLE.items() if count == 0
        ]


def _schemas() -> dict[str, federation.Schema]:
    schemas: dict[str, tuple[type[WithStrawberryObjectDefinition] | type, type | None]] = {
        "catalog": (CatalogQuery, CatalogMutation),
        "inventory": (InventoryQuery, None),
    }
    return {
        name: federation.Schema(query=query, mutation=mutation, federation_version="2.9")
        for name, (query, mutation) in schemas.items()
    }


@asynccontextmanager
async def shop_on_loopback() -> AsyncIterator[list[SubgraphSource]]:
    """Serve both subgraphs until the block ends; gives them as composition takes them."""
    runners: list[web.AppRunner] = []
    sources: list[SubgraphSource] = []
    for name, schema in _schemas().items():
        runner = web.AppRunner(_application(schema))
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        sources.append(SubgraphSource(name, f"http://127.0.0.1:{port}/graphql", schema.as_str()))
    try:
        yield sources
    finally:
        for runner in runners:
            await runner.cleanup()


def _application(schema: federation.Schema) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        result = await schema.execute(body["query"], variable_values=body.get("variables"))
        errors = [error.formatted for error in result.errors or ()]
        return web.json_response({"data": result.data, **({"errors": errors} if errors else {})})

    application = web.Application()
    application.router.add_post("/graphql", answer)
    return application
