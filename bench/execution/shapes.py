"""Results of other shapes than the shop page: deep, wide, long, of several types, by reference, small."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from typing import Annotated, Any, ClassVar

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from bench.execution.alternating import Way
from bench.execution.executors import (
    Operation,
    Resolver,
    by_core,
    by_strawberry,
    compiled,
    compiled_core,
    core_schema,
    with_caches,
)
from kernel.graphql import SubgraphSchema, reference
from kernel.graphql.execution import Batch, column

CORE = "graphql-core"
STRAWBERRY = "Strawberry"
OURS = "compiled"
OURS_CORE = "compiled, no Strawberry"
LEVELS = 40
WIDTH = 200
LENGTH = 10_000
REFERENCES = 1_000


def shapes() -> Iterator[tuple[str, Mapping[str, Way]]]:
    """Each shape and how to get it."""
    yield "one small object, awaited", _small()
    yield f"deep: {LEVELS} objects inside each other, 5 times", _deep()
    yield f"wide: 20 objects of {WIDTH} fields", _wide()
    yield f"long: {LENGTH:,} objects of 3 fields", _long()
    yield f"long: {LENGTH:,} numbers", _numbers()
    yield "union: 999 objects of 3 types", _union()
    yield f"entities: {REFERENCES:,} references, each awaited", _entities()
    yield f"entities: {REFERENCES:,} references, in one batch", _batched_entities()


def _ways(
    schema: strawberry.Schema, resolvers: Mapping[str, Mapping[str, Resolver]], operation: Operation
) -> Mapping[str, Way]:
    core = core_schema(schema.as_str(), resolvers)
    return {
        CORE: by_core(core, operation),
        STRAWBERRY: by_strawberry(schema, operation),
        OURS: compiled(schema, operation),
        OURS_CORE: compiled_core(core, operation),
    }


def _from_root(query: type, root: Callable[[], Any], operation: str) -> Mapping[str, Way]:
    """A shape whose only resolver is that of the root field `rows`."""
    return _ways(with_caches(query), {"Query": {"rows": lambda _source, _info: root()}}, Operation(operation))


@strawberry.type
class Small:
    name: str
    place: int


SMALL = Small(name="Oak lamp", place=7)


async def one_small() -> Small:
    return SMALL


def _small() -> Mapping[str, Way]:
    @strawberry.type
    class Query:
        rows: Small = strawberry.field(resolver=one_small)

    return _from_root(Query, one_small, "{ rows { name place } }")


@strawberry.type
class Link:
    first: str
    second: str
    third: int
    fourth: int
    fifth: bool
    child: Annotated["Link", strawberry.lazy("bench.execution.shapes")] | None


def _chain() -> Link:
    link = None
    for level in range(LEVELS):
        link = Link(
            first=f"first {level}", second=f"second {level}", third=level, fourth=-level, fifth=True, child=link
        )
    if link is None:
        raise ValueError(LEVELS)
    return link


CHAINS = [_chain() for _ in range(5)]


def chains() -> list[Link]:
    return CHAINS


def _deep() -> Mapping[str, Way]:
    @strawberry.type
    class Query:
        rows: list[Link] = strawberry.field(resolver=chains)

    fields = "first second third fourth fifth"
    selection = ""
    for _ in range(LEVELS):
        selection = f"{{ {fields} {f'child {selection}' if selection else ''} }}"
    return _from_root(Query, chains, f"{{ rows {selection} }}")


WIDE_NAMES = [f"field{number}" for number in range(WIDTH)]
Wide: Any = strawberry.type(make_dataclass("Wide", [(name, str) for name in WIDE_NAMES]))
WIDE_ROWS = [Wide(*[f"{name} of {row}" for name in WIDE_NAMES]) for row in range(20)]


def wide_rows() -> list[Wide]:
    return WIDE_ROWS


def _wide() -> Mapping[str, Way]:
    @strawberry.type
    class Query:
        rows: list[Wide] = strawberry.field(resolver=wide_rows)

    return _from_root(Query, wide_rows, f"{{ rows {{ {' '.join(WIDE_NAMES)} }} }}")


LONG_ROWS = [Small(name=f"lamp {number}", place=number) for number in range(LENGTH)]
NUMBERS = list(range(LENGTH))


def long_rows() -> list[Small]:
    return LONG_ROWS


def numbers() -> list[int]:
    return NUMBERS


def _long() -> Mapping[str, Way]:
    @strawberry.type
    class Query:
        rows: list[Small] = strawberry.field(resolver=long_rows)

    return _from_root(Query, long_rows, "{ rows { name place again: name } }")


def _numbers() -> Mapping[str, Way]:
    @strawberry.type
    class Query:
        rows: list[int] = strawberry.field(resolver=numbers)

    return _from_root(Query, numbers, "{ rows }")


@strawberry.type
class Lamp:
    name: str
    watts: int


@strawberry.type
class Table:
    name: str
    legs: int


@strawberry.type
class Shelf:
    name: str
    boards: int


Furniture = Annotated[Lamp | Table | Shelf, strawberry.union("Furniture")]
FURNITURE: list[Lamp | Table | Shelf] = [
    made
    for number in range(333)
    for made in (
        Lamp(name=f"lamp {number}", watts=7),
        Table(name=f"table {number}", legs=4),
        Shelf(name=f"shelf {number}", boards=5),
    )
]


def furniture() -> list[Furniture]:
    return FURNITURE


def _union() -> Mapping[str, Way]:
    @strawberry.type
    class Query:
        rows: list[Furniture] = strawberry.field(resolver=furniture)

    selection = "... on Lamp { name watts } ... on Table { name legs } ... on Shelf { name boards }"
    return _from_root(Query, furniture, f"{{ rows {{ __typename {selection} }} }}")


@dataclass(slots=True)
class ProductRow:
    id: str
    name: str
    slug: str


@strawberry.federation.type(keys=["id"])
class Product:
    id: strawberry.ID
    name: str
    slug: str

    @classmethod
    async def resolve_reference(cls, info: strawberry.Info, id: strawberry.ID) -> "Product | None":  # noqa: A002
        return await info.context.load(id)


ROWS = {f"p{number}": ProductRow(f"p{number}", f"Lamp {number}", f"lamp-{number}") for number in range(REFERENCES)}
PRODUCTS = {key: Product(id=strawberry.ID(row.id), name=row.name, slug=row.slug) for key, row in ROWS.items()}
REPRESENTED = Operation(
    "query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { id name slug } } }",
    # Strawberry takes the type out of each, so every request has its own
    lambda: {"r": [{"__typename": "Product", "id": key} for key in PRODUCTS]},
    lambda: DataLoader(load_fn=load_products),
)


async def load_products(ids: Sequence[str]) -> list[Product]:
    return [PRODUCTS[key] for key in ids]


@strawberry.type
class VersionQuery:
    @strawberry.field
    def version(self) -> str:
        return "1"


def _entities() -> Mapping[str, Way]:
    def references(_source: object, info: GraphQLResolveInfo[Any], representations: list[dict[str, Any]]) -> list[Any]:
        return [info.context.load(item["id"]) for item in representations]

    schema = strawberry.federation.Schema(
        query=VersionQuery, types=[Product], extensions=[ParserCache, ValidationCache], federation_version="2.9"
    )
    core = core_schema(
        "scalar _Any type Product { id: ID! name: String! slug: String! } union _Entity = Product"
        " type Query { version: String! _entities(representations: [_Any!]!): [_Entity]! }",
        {"Query": {"_entities": references}},
    )
    return {
        CORE: by_core(core, REPRESENTED),
        STRAWBERRY: by_strawberry(schema, REPRESENTED),
        OURS: compiled(schema, REPRESENTED),
        OURS_CORE: compiled_core(core, REPRESENTED),
    }


async def read_products(batch: Batch[object, None], keys: Sequence[str]) -> Mapping[str, ProductRow]:
    del batch
    return {key: ROWS[key] for key in keys}


@strawberry.federation.type(name="Product", keys=["id"])
class ProductView:
    references: ClassVar = (reference("id", read_products, to=lambda row: ProductView(row=row)),)

    row: strawberry.Private[ProductRow]
    id: strawberry.ID = column()
    name: str = column()
    slug: str = column()


def _batched_entities() -> Mapping[str, Way]:
    """References as our subgraphs declare them, against a DataLoader in the others."""
    one_by_one = _entities()
    schema = SubgraphSchema(query=VersionQuery, types=[ProductView])
    return {
        CORE: one_by_one[CORE],
        STRAWBERRY: one_by_one[STRAWBERRY],
        OURS: compiled(schema, REPRESENTED),
    }
