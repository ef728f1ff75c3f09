"""The shop page in seven ways: 20 products with their variants and prices, from rows in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import strawberry

from kernel.graphql.execution import Batch, column, computed, relation

QUERY = """query ShopPage { products(first: 20) { nodes { id slug name description status version
  variants { id sku name version price { amount currency } } } } }"""


@dataclass(slots=True)
class PriceRow:
    amount: str
    currency: str


@dataclass(slots=True)
class VariantRow:
    id: str
    product_id: str
    sku: str
    name: str
    version: int
    price: PriceRow


@dataclass(slots=True)
class ProductRow:
    id: str
    slug: str
    name: str
    description: str
    status: str
    version: int
    variants: list[VariantRow]


def _variants(product: int) -> list[VariantRow]:
    return [
        VariantRow(
            id=f"UHJvZHVjdFZhcmlhbnQ6MDE5Y2ZmZWItMWM1Mi03{product:02}{place}",
            product_id=f"p{product}",
            sku=f"LAMP-{product}-{place}",
            name=f"Size {place}",
            version=1,
            price=PriceRow(f"{12 + product}.50", "GBP"),
        )
        for place in range(1, 3)
    ]


ROWS = [
    ProductRow(
        id=f"p{number}",
        slug=f"oak-lamp-{number}",
        name=f"Oak lamp number {number}",
        description="A lamp of solid oak with a shade of linen, made by hand in the town where the oaks grew.",
        status="ACTIVE",
        version=3,
        variants=_variants(number),
    )
    for number in range(20)
]
VARIANTS = {row.id: row.variants for row in ROWS}


# plain Strawberry, as its documentation writes it


@strawberry.type
class Price:
    amount: str
    currency: str


@strawberry.type(name="Variant")
class LoadedVariant:
    id: strawberry.ID
    sku: str
    name: str
    version: int
    price: Price

    @classmethod
    def of(cls, row: VariantRow) -> "LoadedVariant":
        price = Price(amount=row.price.amount, currency=row.price.currency)
        return cls(id=strawberry.ID(row.id), sku=row.sku, name=row.name, version=row.version, price=price)


@strawberry.type(name="Product")
class LoadedProduct:
    id: strawberry.ID
    slug: str
    name: str
    description: str
    status: str
    version: int

    @classmethod
    def of(cls, row: ProductRow) -> "LoadedProduct":
        return cls(
            id=strawberry.ID(row.id),
            slug=row.slug,
            name=row.name,
            description=row.description,
            status=row.status,
            version=row.version,
        )

    @strawberry.field
    async def variants(self, info: strawberry.Info) -> list[LoadedVariant]:
        return [LoadedVariant.of(row) for row in await info.context["variants"].load(self.id)]


@strawberry.type(name="Products")
class LoadedProducts:
    nodes: list[LoadedProduct]


@strawberry.type(name="Query")
class LoadedQuery:
    @strawberry.field
    async def products(self, first: int) -> LoadedProducts:
        return LoadedProducts(nodes=[LoadedProduct.of(row) for row in ROWS[:first]])


# the same objects without a loader: every field is an attribute that is already there


@strawberry.type(name="Variant")
class ReadyVariant:
    id: strawberry.ID
    sku: str
    name: str
    version: int
    price: Price


@strawberry.type(name="Product")
class ReadyProduct:
    id: strawberry.ID
    slug: str
    name: str
    description: str
    status: str
    version: int
    variants: list[ReadyVariant]


@strawberry.type(name="Products")
class ReadyProducts:
    nodes: list[ReadyProduct]


READY = [
    ReadyProduct(
        id=strawberry.ID(row.id),
        slug=row.slug,
        name=row.name,
        description=row.description,
        status=row.status,
        version=row.version,
        variants=[
            ReadyVariant(
                id=strawberry.ID(variant.id),
                sku=variant.sku,
                name=variant.name,
                version=variant.version,
                price=Price(amount=variant.price.amount, currency=variant.price.currency),
            )
            for variant in row.variants
        ],
    )
    for row in ROWS
]


@strawberry.type(name="Query")
class ReadyQuery:
    @strawberry.field
    async def products(self, first: int) -> ReadyProducts:
        return ReadyProducts(nodes=READY[:first])


# views over rows with a batched relation


@strawberry.type(name="Price")
class PriceView:
    row: strawberry.Private[PriceRow]
    amount: str = column()
    currency: str = column()


@strawberry.type(name="Variant")
class VariantView:
    row: strawberry.Private[VariantRow]
    id: strawberry.ID = column()
    sku: str = column()
    name: str = column()
    version: int = column()
    price: PriceView = computed(lambda row: PriceView(row=row.price), reads=("price",))


async def read_variants(
    batch: Batch[dict[str, object], None], keys: Sequence[str]
) -> Mapping[str, Sequence[VariantRow]]:
    del batch
    return {key: VARIANTS[key] for key in keys}


@strawberry.type(name="Product")
class ProductView:
    row: strawberry.Private[ProductRow]
    id: strawberry.ID = column()
    slug: str = column()
    name: str = column()
    description: str = column()
    status: str = column()
    version: int = column()
    variants: list[VariantView] = relation(
        read_variants,
        key=lambda row: row.id,
        to=lambda rows: [VariantView(row=row) for row in rows],
        missing=tuple,
        reads=("id",),
    )


@strawberry.type(name="Products")
class ProductsView:
    nodes: list[ProductView]


@strawberry.type(name="Query")
class ViewQuery:
    @strawberry.field
    async def products(self, first: int) -> ProductsView:
        return ProductsView(nodes=[ProductView(row=row) for row in ROWS[:first]])


def by_hand() -> dict[str, object]:
    """What nobody writes for every operation."""
    nodes = [
        {
            "id": row.id,
            "slug": row.slug,
            "name": row.name,
            "description": row.description,
            "status": row.status,
            "version": row.version,
            "variants": [
                {
                    "id": variant.id,
                    "sku": variant.sku,
                    "name": variant.name,
                    "version": variant.version,
                    "price": {"amount": variant.price.amount, "currency": variant.price.currency},
                }
                for variant in VARIANTS[row.id]
            ],
        }
        for row in ROWS
    ]
    return {"products": {"nodes": nodes}}
