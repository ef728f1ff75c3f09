"""References to entities: one load per type and key, and every bad one fails in its own place, whoever executes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

import pytest
import strawberry

from kernel.errors import BadUserInput, Forbidden
from kernel.graphql import SubgraphSchema, id_of, reference, stub
from kernel.graphql.execution import Batch, CompiledSchema, column, computed
from kernel.ids import encode_global_id, uuid7

MUG, POT, TEA = (uuid7() for _ in range(3))
SLUGS = {"mug": MUG, "pot": POT, "tea": TEA}


@dataclass(frozen=True, slots=True)
class Thing:
    id: UUID
    slug: str
    name: str


@dataclass(slots=True)
class Shop:
    """The context: what is for sale, and what was loaded."""

    things: Mapping[str, Thing] = field(
        default_factory=lambda: {slug: Thing(key, slug, slug.title()) for slug, key in SLUGS.items()}
    )
    loads: list[tuple[str, list[object], list[str]]] = field(default_factory=list)

    def note(self, load: str, batch: Batch["Shop", None], keys: Sequence[object]) -> None:
        self.loads.append((load, list(keys), sorted(batch.columns)))


ShopBatch: TypeAlias = Batch[Shop, None]


async def things_by_id(batch: ShopBatch, ids: Sequence[UUID]) -> Mapping[UUID, Thing]:
    batch.context.note("id", batch, ids)
    return {thing.id: thing for thing in batch.context.things.values() if thing.id in ids}


async def things_by_slug(batch: ShopBatch, slugs: Sequence[str]) -> Mapping[str, Thing | Exception]:
    batch.context.note("slug", batch, slugs)
    found: dict[str, Thing | Exception] = {slug: batch.context.things[slug] for slug in slugs if slug in SLUGS}
    return {**found, "cursed": BadUserInput("is cursed")}


async def secrets(batch: ShopBatch, keys: Sequence[str]) -> Mapping[str, Thing]:
    batch.context.note("secret", batch, keys)
    raise Forbidden("not for you")


@strawberry.federation.type(keys=["id", "slug"])
class Product:
    row: strawberry.Private[Thing]
    references: ClassVar = (
        reference("id", things_by_id, parse=id_of("Product"), to=lambda row: Product(row=row)),
        reference("slug", things_by_slug, to=lambda row: Product(row=row), to_reads=("slug",)),
    )

    id: strawberry.ID = computed(lambda row: strawberry.ID(str(row.id)), reads=("id",))
    slug: str = column()
    name: str = column()


@strawberry.federation.type(keys=["name"])
class Secret:
    row: strawberry.Private[Thing]
    references: ClassVar = (reference("name", secrets, to=lambda row: Secret(row=row)),)

    name: str = column()


@dataclass(frozen=True, slots=True)
class Place:
    aisle: str
    shelf: str
    weight: int | None = None

    @property
    def shipping(self) -> int | None:
        return None if self.weight is None else 10 * self.weight


@strawberry.federation.type(keys=["aisle shelf"])
class Spot:
    row: strawberry.Private[Place]
    references: ClassVar = (
        stub(
            "aisle shelf",
            parse=lambda aisle, shelf: (str(aisle), str(shelf)),
            to=lambda key, item_weight=None: Spot(row=Place(*key, item_weight)),
        ),
    )

    aisle: str = column()
    shelf: str = column()
    item_weight: int | None = column("weight", external=True)
    shipping: int | None = column(requires=["itemWeight"])


@strawberry.type
class Query:
    product: Product | None = None
    secret: Secret | None = None
    spot: Spot | None = None


Execute: TypeAlias = Callable[..., Awaitable[Any]]


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
def execute(request: pytest.FixtureRequest) -> Execute:
    schema = SubgraphSchema(query=Query)
    return CompiledSchema(schema).execute if request.param else schema.execute


@pytest.fixture
def shop() -> Shop:
    return Shop()


DOCUMENT = """query($r: [_Any!]!) { _entities(representations: $r) { __typename
  ... on Product { slug name } ... on Secret { name } ... on Spot { aisle shelf shipping } } }"""


def product_by_id(key: UUID) -> dict[str, object]:
    return {"__typename": "Product", "id": encode_global_id("Product", key)}


async def test_references_are_grouped_by_type_and_key_and_answered_in_order(execute: Execute, shop: Shop):
    representations = [
        {"__typename": "Product", "slug": "mug"},
        product_by_id(TEA),
        {"__typename": "Product", "slug": "unknown"},
        {"__typename": "Product", "slug": "pot"},
        product_by_id(POT),
        {"__typename": "Product", "slug": "mug"},
    ]

    result = await execute(DOCUMENT, {"r": representations}, shop)

    assert result.errors is None
    names = [each and each["name"] for each in result.data["_entities"]]
    assert names == ["Mug", "Tea", None, "Pot", "Pot", "Mug"]
    assert shop.loads == [
        ("slug", ["mug", "unknown", "pot"], ["name", "slug"]),
        ("id", [TEA, POT], ["name", "slug"]),
    ]


async def test_a_load_is_told_the_columns_that_its_type_selects_and_those_its_view_looks_at(
    execute: Execute, shop: Shop
):
    document = (
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { name } ... on Spot { shelf } } }"
    )

    await execute(document, {"r": [{"__typename": "Product", "slug": "mug"}, product_by_id(MUG)]}, shop)

    assert [columns for _, _, columns in shop.loads] == [["name", "slug"], ["name"]]


async def test_a_stub_is_made_of_its_key_and_of_external_values(execute: Execute, shop: Shop):
    spot = {"__typename": "Spot", "aisle": "A", "shelf": "3"}

    result = await execute(DOCUMENT, {"r": [spot, {**spot, "itemWeight": 7}]}, shop)

    assert result.errors is None
    assert result.data["_entities"] == [{**spot, "shipping": None}, {**spot, "shipping": 70}]
    assert shop.loads == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (7, "a representation is an object"),
        ({"slug": "mug"}, "no such entity here"),
        ({"__typename": "Nothing", "slug": "mug"}, "no such entity here"),
        ({"__typename": ["Product"], "slug": "mug"}, "no such entity here"),
        ({"__typename": "Product"}, "not a key of this entity"),
        ({"__typename": "Product", "name": "Mug"}, "not a key of this entity"),
        ({"__typename": "Product", "slug": "mug", "name": "Mug"}, "not a key of this entity"),
        ({"__typename": "Spot", "aisle": "A"}, "not a key of this entity"),
        ({"__typename": "Product", "slug": None}, "a key is a text"),
        ({"__typename": "Product", "slug": ["mug"]}, "a key is a text"),
        ({"__typename": "Product", "id": 5}, "a key is a text"),
        ({"__typename": "Product", "id": "nonsense"}, "'nonsense' is not a valid id"),
        ({"__typename": "Product", "slug": "cursed"}, "is cursed"),
        ({"__typename": "Secret", "name": "x"}, "not for you"),
    ],
)
async def test_a_bad_reference_fails_alone_in_its_own_place(execute: Execute, shop: Shop, bad: object, message: str):
    good = {"__typename": "Product", "slug": "mug"}

    result = await execute(DOCUMENT, {"r": [good, bad, product_by_id(POT)]}, shop)

    assert [each and each["slug"] for each in result.data["_entities"]] == ["mug", None, "pot"]
    assert [(error.path, error.message) for error in result.errors] == [(["_entities", 1], message)]


async def test_an_error_of_a_load_is_that_of_each_of_its_references(execute: Execute, shop: Shop):
    representations = [{"__typename": "Secret", "name": name} for name in ("x", "y")]

    result = await execute(DOCUMENT, {"r": [*representations, product_by_id(POT)]}, shop)

    assert result.data["_entities"] == [None, None, {"__typename": "Product", "slug": "pot", "name": "Pot"}]
    assert sorted(error.path for error in result.errors) == [["_entities", 0], ["_entities", 1]]
    assert {str(error.original_error) for error in result.errors} == {"not for you"}


def test_an_entity_must_say_how_each_of_its_keys_is_found():
    @strawberry.federation.type(keys=["id", "slug"])
    class Half:
        row: strawberry.Private[Thing]
        references: ClassVar = (reference("slug", things_by_slug, to=lambda row: Half(row=row)),)

        id: str = column()
        slug: str = column()

    @strawberry.type
    class Root:
        half: Half | None = None

    with pytest.raises(TypeError, match="entity Half has no reference for its key id"):
        SubgraphSchema(query=Root)


def test_every_field_of_a_view_must_say_what_it_reads():
    @strawberry.type
    class View:
        row: strawberry.Private[Thing]

        slug: str = column()

        @strawberry.field
        def name(self) -> str:
            return self.row.name

    @strawberry.type
    class Root:
        view: View | None = None

    with pytest.raises(TypeError, match=r"View\.name does not say what it reads of its row"):
        SubgraphSchema(query=Root)
