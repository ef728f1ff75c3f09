"""A compiled Strawberry schema answers as `schema.execute` does, with one call of `load` for each level."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
import strawberry
from graphql import parse
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import FieldExtension, ParserCache, SchemaExtension, ValidationCache
from strawberry.permission import BasePermission
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from kernel.graphql.execution import Batch, CompiledExecutor, CompiledSchema, Fallback, Plan, column, computed, relation


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = strawberry.enum_value("green", name="grass")


class Signed(BasePermission):
    message = "sign in"

    def has_permission(self, source: object, info: strawberry.Info, **_given: object) -> bool:
        del source
        return info.context["signed"]


class SignedLater(BasePermission):
    message = "sign in later"

    async def has_permission(self, source: object, info: strawberry.Info, **_given: object) -> bool:
        del source
        await asyncio.sleep(0)
        return info.context["signed"]


class Loud(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **given: Any) -> Any:
        return str(next_(source, info, **given)).upper()


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    lives: int


@strawberry.type
class Dog(Named):
    barks: bool


@strawberry.input
class Box:
    width: int = 3
    tags: list[str] | None = None


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]


@dataclass(slots=True)
class Row:
    id: int
    parent_id: int | None
    label: str


ROWS = {number: Row(number, number - 1 if number else None, f"row {number}") for number in range(6)}


async def load_rows(batch: Batch[dict[str, Any], None], keys: Sequence[int]) -> Mapping[int, Any]:
    batch.context["loads"].append(("rows", list(keys), batch.columns))
    await asyncio.sleep(0)
    if batch.context.get("broken"):
        raise ConnectionError("no database")
    return {key: ROWS[key] if key != 4 else ValueError("row 4 is bad") for key in keys if key in ROWS}


async def load_names(batch: Batch[dict[str, Any], str], keys: Sequence[int]) -> Mapping[int, list[str]]:
    batch.context["loads"].append(("names", list(keys), batch.arguments))
    return {key: [batch.arguments + str(key)] for key in keys if key != 2}


def prefix_of(prefix: str = "n", times: int = 1) -> str:
    if times < 0:
        raise ValueError("times is negative")
    return prefix * times


@strawberry.type
class Item:
    row: strawberry.Private[Row]
    id: int = column()
    text: str = column("label")
    length: int = computed(lambda row: len(row.label), reads=("label",))
    parent: "Item | None" = relation(
        load_rows, key=lambda row: row.parent_id, to=lambda row: Item(row=row), reads=("parent_id",)
    )
    grand_label: str | None = relation(
        load_rows, key=lambda row: row.parent_id, to=lambda row: row.label, reads=("parent_id",), to_reads=("label",)
    )
    names: list[str] = relation(
        load_names, key=lambda row: row.id, to=list, reads=("id",), missing=list, arguments=prefix_of
    )

    @strawberry.field
    def shouted(self, root: "Item", mark: str = "!") -> str:
        return self.row.label + root.row.label + mark


def item(number: int) -> Item:
    return Item(row=ROWS[number])


@strawberry.type
class Query:
    missing: int | None = None

    @strawberry.field
    def colour(self) -> Colour:
        return Colour.GREEN

    @strawberry.field
    def items(self, numbers: list[int]) -> list[Item]:
        return [item(number) for number in numbers]

    @strawberry.field
    async def later(self, info: strawberry.Info, number: int) -> Item | None:
        await asyncio.sleep(0)
        return item(number) if number in info.variable_values.values() or number < 3 else None

    @strawberry.field
    def pets(self) -> list[Pet]:
        return [Cat(name="Tom", lives=9), Dog(name="Rex", barks=True), Cat(name="Tim", lives=8)]

    @strawberry.field
    def named(self) -> list[Named]:
        return [Dog(name="Rex", barks=True), Cat(name="Tom", lives=9)]

    @strawberry.field
    def boxed(self, box: Box, boxes: list[Box] | None = None, colour: Colour = Colour.RED) -> str:
        (box.tags or []).append("seen")
        return repr((box, boxes, colour))

    @strawberry.field(permission_classes=[Signed])
    def secret(self) -> str:
        return "secret"

    @strawberry.field(permission_classes=[SignedLater])
    async def secret_later(self) -> str | None:
        return "secret"

    @strawberry.field(extensions=[Loud()])
    def loud(self, word: str = "word") -> str:
        return word

    @strawberry.field
    def identity(self) -> UUID:
        return UUID(int=5)

    @strawberry.field
    def path(self, info: strawberry.Info) -> str:
        return (
            f"{info.path.as_list()} {info.field_name} {info.python_name} {[one.name for one in info.selected_fields]}"
        )

    @strawberry.field
    def failing(self) -> str:
        raise ValueError("failed")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def note(self, info: strawberry.Info, word: str) -> list[Item]:
        info.context["notes"].append(word)
        await asyncio.sleep(0)
        info.context["notes"].append(word)
        return [item(2)]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[int, None]:
        yield 1


class Noted(strawberry.Schema):
    """Keeps the errors it is told of."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        noted.append(
            ([str(error.message) for error in errors], execution_context.operation_name, execution_context.query)
        )


noted: list[Any] = []
SCHEMA = Noted(Query, Mutation, Subscription, types=[Cat, Dog], extensions=[ParserCache, ValidationCache])


def context(**more: object) -> dict[str, Any]:
    return {"signed": True, "loads": [], "notes": [], **more}


async def both(text: str, variables: dict[str, Any] | None = None, /, **options: Any) -> tuple[Any, dict[str, Any]]:
    """The answer of both, after making sure that they are the same, and the context of ours."""
    compiled = CompiledSchema(SCHEMA)
    theirs, ours = context(**options.pop("context", {})), context()
    ours |= {key: theirs[key] for key in theirs if key not in {"loads", "notes"}}
    noted.clear()
    expected = await SCHEMA.execute(text, variables, theirs, **options)
    found = await compiled.execute(text, variables, ours, **options)

    assert not compiled.statistics.fallbacks
    assert repr(found.data) == repr(expected.data)
    assert list(map(described, found.errors or ())) == list(map(described, expected.errors or ()))
    assert (found.extensions, ours["notes"]) == (expected.extensions, theirs["notes"])
    assert noted[: len(noted) // 2] == noted[len(noted) // 2 :]
    return found, ours


def described(error: Any) -> tuple[object, ...]:
    return error.message, error.path, error.locations, type(error.original_error)


@pytest.mark.parametrize(
    "text",
    [
        "{ colour missing identity path failing }",
        '{ loud shout: loud(word: "hush") secret secretLater }',
        "{ pets { __typename ... on Cat { lives name } ... on Named { name } } named { name ... on Dog { barks } } }",
        "query a { colour } query b { missing }",
        '{ boxed(box: {}) two: boxed(box: {tags: ["a"], width: 1}, boxes: [{width: 2}], colour: grass) }',
        '{ items(numbers: [1, 2]) { id text length shouted again: shouted(mark: "?") row: id } }',
        'mutation { one: note(word: "1") { id parent { id } } two: note(word: "2") { text } }',
        "{ later(number: 9) { id } other: later(number: 1) { id parent { id text } } }",
    ],
)
async def test_fields_of_every_kind_answer_as_in_strawberry(text: str):
    await both(text)
    await both(text, context={"signed": False})


async def test_a_request_may_name_its_operation_and_give_variables():
    text = "query a($n: Int!, $b: Box!) { later(number: $n) { id } boxed(box: $b) } query b { colour }"

    first, _ = await both(text, {"n": 5, "b": {"width": 7}}, operation_name="a")
    second, _ = await both(text, operation_name="b")
    wrong, _ = await both(text, {"n": "x", "b": {}}, operation_name="a")

    assert first.data["later"] == {"id": 5}
    assert second.data == {"colour": "grass"}
    assert wrong.data is None


async def test_a_relation_is_read_once_for_all_parents_of_a_level():
    found, ours = await both("{ items(numbers: [5, 3, 3, 0]) { id parent { text parent { id } } } }")

    assert [one["parent"] and one["parent"]["parent"] for one in found.data["items"]] == [
        None,
        {"id": 1},
        {"id": 1},
        None,
    ]
    assert ours["loads"] == [
        ("rows", [4, 2], frozenset({"label", "parent_id"})),
        ("rows", [1], frozenset({"id"})),
    ]


async def test_relations_with_the_same_load_share_its_call():
    text = "{ items(numbers: [1, 2]) { parent { id } grandLabel again: parent { text } } }"

    _, ours = await both(text)

    assert ours["loads"] == [("rows", [0, 1], frozenset({"id", "label"}))]


async def test_an_exception_of_a_load_is_the_error_of_each_parent():
    text = "{ items(numbers: [1, 0, 2]) { id parent { id } } colour }"

    found, _ = await both(text, context={"broken": True})

    assert [error.path for error in found.errors] == [["items", 0, "parent"], ["items", 2, "parent"]]


async def test_a_relation_has_arguments():
    text = """query ($p: String = "v", $times: Int = 1) { items(numbers: [1, 2]) { plain: names
        named: names(prefix: "x", times: 2) same: names(prefix: "xx") given: names(prefix: $p, times: $times) } }"""

    found, ours = await both(text)
    bad, _ = await both(text, {"times": -1})

    assert found.data["items"][0] == {"plain": ["n1"], "named": ["xx1"], "same": ["xx1"], "given": ["v1"]}
    assert [arguments for _, _, arguments in ours["loads"]] == ["n", "xx", "v"]
    assert bad.data is None


async def test_an_input_object_is_made_for_each_operation():
    compiled = CompiledSchema(SCHEMA)
    text = '{ boxed(box: {tags: ["a"]}) }'

    answers = [(await compiled.execute(text, context_value=context())).data for _ in range(2)]

    assert answers[0] == answers[1]


async def test_errors_before_execution_are_strawberrys():
    compiled = CompiledSchema(SCHEMA)
    for text in ("{ nothing }", "{", "{ later }"):
        noted.clear()
        expected, found = await SCHEMA.execute(text), await compiled.execute(text)

        assert list(map(described, found.errors or ())) == list(map(described, expected.errors or ()))
        assert noted[0] == noted[1]
    with pytest.raises(MissingQueryError):
        await compiled.execute(None)
    with pytest.raises(CannotGetOperationTypeError):
        await compiled.execute("query a { colour }", operation_name="b")
    with pytest.raises(InvalidOperationTypeError):
        await compiled.execute('mutation { note(word: "x") { id } }', allowed_operation_types=[])


async def test_a_subscription_is_refused_as_strawberry_refuses_it():
    expected = await SCHEMA.execute("subscription { ticks }")

    found = await CompiledSchema(SCHEMA).execute("subscription { ticks }")

    assert (found.data, list(map(described, found.errors or ()))) == (
        expected.data,
        list(map(described, expected.errors or ())),
    )


async def test_a_text_is_parsed_and_compiled_once():
    compiled = CompiledSchema(SCHEMA)

    for _ in range(3):
        await compiled.execute("{ colour }")

    assert (compiled.statistics.compiled, compiled.statistics.hits) == (1, 2)
    assert isinstance(compiled.compiled("{ colour }"), Plan)
    assert compiled.compiled("{ nothing }") == Fallback("invalid", "Cannot query field 'nothing' on type 'Query'.")


async def test_a_schema_with_other_extensions_executes_by_itself():
    class Slow(SchemaExtension):
        def on_execute(self) -> Any:
            yield

    seen: list[Fallback] = []
    compiled = CompiledSchema(strawberry.Schema(Query, extensions=[Slow]), on_fallback=seen.append)

    found = await compiled.execute("{ colour }")

    assert found.data == {"colour": "grass"}
    assert seen == [Fallback("schema_extension", "Slow")]
    assert compiled.compiled("{ colour }") == Fallback("schema_extension", "Slow")


async def test_an_object_that_was_cast_is_what_it_was_cast_to():
    class Stray:
        name = "stray"
        lives = 1

    @strawberry.type(name="Query")
    class Strays:
        @strawberry.field
        def pets(self) -> list[Pet]:
            return [strawberry.cast(Cat, Stray()), Dog(name="Rex", barks=True), strawberry.cast(Cat, Stray())]  # type: ignore[list-item]

    schema = strawberry.Schema(Strays)
    text = "{ pets { __typename ... on Cat { lives } } }"

    expected, found = await schema.execute(text), await CompiledSchema(schema).execute(text)

    assert found.errors is None
    assert found.data == expected.data


async def test_entities_of_a_federation_are_resolved():
    @strawberry.federation.type(keys=["id"])
    class Product:
        id: strawberry.ID
        name: str

        @classmethod
        async def resolve_reference(cls, id: strawberry.ID) -> "Product | None":  # noqa: A002
            await asyncio.sleep(0)
            if id == "bad":
                raise ValueError("bad id")
            return cls(id=id, name=f"product {id}") if id != "none" else None

    schema = strawberry.federation.Schema(query=Query, types=[Product], federation_version="2.9")
    text = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { id name } } _service { sdl } }"

    def variables() -> dict[str, Any]:
        return {"r": [{"__typename": "Product", "id": key} for key in ("1", "none", "bad", "2")]}

    compiled = CompiledSchema(schema)
    expected, found = await schema.execute(text, variables()), await compiled.execute(text, variables())

    assert not compiled.statistics.fallbacks
    assert found.data == expected.data
    assert list(map(described, found.errors or ())) == list(map(described, expected.errors or ()))


def test_the_generated_text_can_be_read():
    plan = CompiledExecutor(SCHEMA._schema).compiled(parse("{ items(numbers: [1]) { id text parent { id } } }"))

    assert isinstance(plan, Plan)
    assert plan.source.startswith(
        """def select_Item_2(run, o, p):
    try:
        w = o.row
        a0 = w.id
"""
    )


async def test_variables_that_cannot_even_be_looked_at_are_an_error_and_raise_nothing():
    schema = strawberry.Schema(Query)
    text, variables = "query($n: Int!) { items(numbers: [$n]) { id } }", {"n": 10**5000}

    compiled = CompiledSchema(schema)
    got, expected = await compiled.execute(text, variables), await schema.execute(text, variables)

    assert got.data is None
    assert list(map(described, got.errors or ())) == list(map(described, expected.errors or ()))
    assert dict(compiled.statistics.fallbacks) == {"variables": 1}
