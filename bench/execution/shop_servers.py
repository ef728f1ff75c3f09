"""The yardsticks of the HTTP benchmark: the same shop page served the plain way, and written by hand.

usage: python -m bench.execution.shop_servers strawberry|tuned-strawberry|handwritten DATABASE_URL TENANT PORT
"""

import base64
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import strawberry
import uvicorn
from sqlalchemy import MetaData, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from kernel.process import tune_garbage_collection

POOL_SIZE = 10


def global_id(kind: str, value: UUID) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{value}".encode()).rstrip(b"=").decode()


def decimal_text(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2).quantize(Decimal("0.01")))


class Table(DeclarativeBase):
    metadata = MetaData(schema="catalog")


class ProductRow(Table):
    __tablename__ = "product"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    version: Mapped[int]


class VariantRow(Table):
    __tablename__ = "variant"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    position: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    options: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    price_minor: Mapped[int]
    currency: Mapped[str]
    version: Mapped[int]


@strawberry.type
class Money:
    amount: str
    currency_code: str


@strawberry.type
class ProductVariant:
    id: strawberry.ID
    sku: str
    name: str
    price: Money
    version: int


@strawberry.type
class Product:
    id: strawberry.ID
    slug: str
    name: str
    description: str
    status: str
    version: int
    row_id: strawberry.Private[UUID]

    @strawberry.field
    async def variants(self, info: strawberry.Info) -> list[ProductVariant]:
        return [
            ProductVariant(
                id=strawberry.ID(global_id("ProductVariant", row.id)),
                sku=row.sku,
                name=row.name,
                price=Money(amount=decimal_text(row.price_minor), currency_code=row.currency),
                version=row.version,
            )
            for row in await info.context["variants"].load(self.row_id)
        ]


@strawberry.type
class ProductConnection:
    nodes: list[Product]


@strawberry.type
class Query:
    @strawberry.field
    async def products(self, info: strawberry.Info, first: int) -> ProductConnection:
        query = select(ProductRow).where(ProductRow.tenant_id == info.context["tenant"])
        async with info.context["sessions"]() as session:
            rows = await session.scalars(query.order_by(ProductRow.created_at, ProductRow.id).limit(first))
        return ProductConnection(
            nodes=[
                Product(
                    id=strawberry.ID(global_id("Product", row.id)),
                    slug=row.slug,
                    name=row.name,
                    description=row.description,
                    status=row.status,
                    version=row.version,
                    row_id=row.id,
                )
                for row in rows
            ]
        )


class ShopGraphQL(GraphQL[dict[str, Any], None]):
    def __init__(self, engine: AsyncEngine, tenant: UUID) -> None:
        super().__init__(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]))
        self._sessions = async_sessionmaker(engine)
        self._tenant = tenant

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        del request, response
        loader = DataLoader(self._variants_of)
        return {"sessions": self._sessions, "tenant": self._tenant, "variants": loader}

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    async def _variants_of(self, ids: Sequence[UUID]) -> list[list[VariantRow]]:
        query = select(VariantRow).where(VariantRow.tenant_id == self._tenant, VariantRow.product_id.in_(ids))
        found: dict[UUID, list[VariantRow]] = {key: [] for key in ids}
        async with self._sessions() as session:
            for row in await session.scalars(query.order_by(VariantRow.position)):
                found[row.product_id].append(row)
        return [found[key] for key in ids]


def strawberry_app(url: str, tenant: UUID) -> Starlette:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=POOL_SIZE)
    graph = ShopGraphQL(engine, tenant)
    return Starlette(routes=[Route("/graphql", graph, methods=["POST"])])


PRODUCTS = """SELECT id, slug, name, description, status, version FROM catalog.product
    WHERE tenant_id = $1 ORDER BY created_at, id LIMIT $2"""
VARIANTS = """SELECT product_id, id, sku, name, price_minor, currency, version FROM catalog.variant
    WHERE tenant_id = $1 AND product_id = ANY($2) ORDER BY position"""


def handwritten_app(url: str, tenant: UUID) -> Starlette:
    pools: list[asyncpg.Pool[asyncpg.Record]] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with asyncpg.create_pool(url, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
            pools.append(pool)
            yield

    async def answer(request: Request) -> Response:
        orjson.loads(await request.body())
        async with pools[0].acquire() as connection:
            products = await connection.fetch(PRODUCTS, tenant, 20)
            variants = await connection.fetch(VARIANTS, tenant, [row["id"] for row in products])
        body = {"data": {"products": {"nodes": _page(products, variants)}}}
        return Response(orjson.dumps(body), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


def _page(products: list[asyncpg.Record], variants: list[asyncpg.Record]) -> list[dict[str, object]]:
    of_product: dict[UUID, list[dict[str, object]]] = {row["id"]: [] for row in products}
    for variant in variants:
        price = {"amount": decimal_text(variant["price_minor"]), "currencyCode": variant["currency"]}
        shown = {
            "id": global_id("ProductVariant", variant["id"]),
            "sku": variant["sku"],
            "name": variant["name"],
            "version": variant["version"],
            "price": price,
        }
        of_product[variant["product_id"]].append(shown)
    return [
        {
            "id": global_id("Product", row["id"]),
            "slug": row["slug"],
            "name": row["name"],
            "description": row["description"],
            "status": row["status"],
            "version": row["version"],
            "variants": of_product[row["id"]],
        }
        for row in products
    ]


def main() -> None:
    kind, url, tenant, port = sys.argv[1:]
    app = handwritten_app(url, UUID(tenant)) if kind == "handwritten" else strawberry_app(url, UUID(tenant))
    if kind == "tuned-strawberry":
        tune_garbage_collection()
    uvicorn.run(
        app,
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
