"""Root fields that find by a key: aliases together, what is wrong alone, and only for who may ask, whoever executes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest
import strawberry
from strawberry.types import ExecutionResult

from kernel.errors import Forbidden
from kernel.graphql import SubgraphSchema, find, global_id
from kernel.graphql.execution import Batch, CompiledSchema, column, relation
from kernel.ids import encode_global_id, uuid7

MUG, POT, TEA = (uuid7() for _ in range(3))


@dataclass(frozen=True, slots=True)
class Thing:
    id: UUID
    name: str


NAMES = {MUG: "mug", POT: "pot"}


@dataclass(slots=True)
class Shop:
    """The context: who asks, and what was loaded."""

    scopes: frozenset[str] = frozenset({"shop:read"})
    loads: list[tuple[list[object], list[str]]] = field(default_factory=list)

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Forbidden("not for you")


async def things(batch: Batch[Shop, None], ids: Sequence[UUID]) -> Mapping[UUID, Thing]:
    batch.context.loads.append((list(ids), sorted(batch.columns)))
    return {key: Thing(key, NAMES[key]) for key in ids if key in NAMES}


async def things_by_name(batch: Batch[Shop, None], names: Sequence[str]) -> Mapping[str, Thing]:
    batch.context.loads.append((list(names), sorted(batch.columns)))
    return {name: Thing(key, name) for key, name in NAMES.items() if name in names}


@strawberry.type
class Product:
    row: strawberry.Private[Thing]

    id: strawberry.ID = global_id("Product")
    name: str = column()
    itself: "Product | None" = relation(
        things, key="id", graphql_name="self", to=lambda row: Product(row=row), description="The same."
    )


@strawberry.type
class Query:
    product = find(Product, things, scope="shop:read", description="By id.")
    for_ = find(Product, things_by_name, "name", graphql_name="for", description="By name.")


SCHEMA = SubgraphSchema(query=Query)


@pytest.fixture(params=[CompiledSchema(SCHEMA), SCHEMA], ids=["compiled", "graphql-core"])
def schema(request: pytest.FixtureRequest) -> CompiledSchema | SubgraphSchema:
    return request.param


def product(key: UUID) -> str:
    return f'product(id: "{encode_global_id("Product", key)}")'


def failures(answer: ExecutionResult) -> list[tuple[object, str]]:
    return [(error.path, type(error.original_error).__name__) for error in answer.errors or ()]


async def test_aliases_are_one_load_with_the_columns_of_all(schema: CompiledSchema | SubgraphSchema):
    shop = Shop()
    document = f"{{ a: {product(MUG)} {{ name }} b: {product(POT)} {{ id }} c: {product(TEA)} {{ id }} }}"

    answer = await schema.execute(document, context_value=shop)

    assert answer.errors is None
    assert answer.data == {"a": {"name": "mug"}, "b": {"id": encode_global_id("Product", POT)}, "c": None}
    assert shop.loads == [([MUG, POT, TEA], ["id", "name"])]


async def test_a_text_is_a_key_and_names_may_be_words_of_python(schema: CompiledSchema | SubgraphSchema):
    shop = Shop()

    answer = await schema.execute('{ for(name: "pot") { self { name } } }', context_value=shop)

    assert answer.errors is None
    assert answer.data == {"for": {"self": {"name": "pot"}}}
    assert shop.loads == [(["pot"], ["id"]), ([POT], ["name"])]


async def test_an_id_of_something_else_fails_alone(schema: CompiledSchema | SubgraphSchema):
    shop = Shop()
    wrong = encode_global_id("Order", MUG)

    answer = await schema.execute(
        f'{{ a: product(id: "{wrong}") {{ name }} b: {product(POT)} {{ name }} }}', context_value=shop
    )

    assert answer.data == {"a": None, "b": {"name": "pot"}}
    assert failures(answer) == [(["a"], "BadUserInput")]
    assert shop.loads == [([POT], ["name"])]


async def test_without_the_scope_nothing_is_read_nor_told_of_the_id(schema: CompiledSchema | SubgraphSchema):
    shop = Shop(scopes=frozenset())

    answer = await schema.execute('{ product(id: "nonsense") { name } }', context_value=shop)

    assert answer.data == {"product": None}
    assert failures(answer) == [(["product"], "Forbidden")]
    assert shop.loads == []


def test_the_schema_says_who_may_ask_and_by_what():
    text = SCHEMA.as_str()

    assert "id: ID!" in text
    assert '): Product @requiresScopes(scopes: [["shop:read"]])' in text
    assert "  for(" in text


def test_a_key_that_is_a_function_says_what_it_reads():
    with pytest.raises(TypeError, match="must say what that reads"):
        relation(things, key=lambda row: row.id, to=lambda row: Product(row=row))
