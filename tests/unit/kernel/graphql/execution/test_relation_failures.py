"""What goes wrong in a relation is the error of the same fields by both executors."""

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError

from kernel.graphql.execution import Batch, CompiledSchema, column, relation
from tests.factories.graphql_differences import Failure

Rows = Mapping[Any, Any]


@dataclass
class Row:
    id: int
    parent: Any = None


def loading(find: Callable[[Sequence[Any]], Any]) -> Callable[[Batch[Any, Any], Sequence[Any]], Any]:
    async def load(_batch: Batch[Any, Any], keys: Sequence[Any]) -> Rows:
        await asyncio.sleep(0)
        return find(keys)

    return load


def schema_of(
    find: Callable[[Sequence[Any]], Any],
    *,
    key: Callable[[Any], Any] = lambda row: row.parent,
    to: Callable[[Any], Any] | None = None,
    missing: Callable[[], Any] | None = None,
) -> strawberry.Schema:
    """Items with a parent that is read by `find`."""

    @strawberry.type
    class Item:
        row: strawberry.Private[Row]
        id: int = column()
        parent: "Item | None" = relation(
            loading(find), key=key, to=to or (lambda row: Item(row=row)), reads=("parent",), missing=missing
        )
        sure: "Item" = relation(
            loading(find), key=key, to=to or (lambda row: Item(row=row)), reads=("parent",), missing=missing
        )

    # Strawberry looks the names of annotations up in the module
    globals()["Item"] = Item

    @strawberry.type
    class Query:
        @strawberry.field
        def items(self) -> list[Item | None]:
            return [Item(row=Row(number, parent=number % 2)) for number in range(4)]

    return strawberry.Schema(query=Query)


def some(keys: Sequence[Any]) -> Rows:
    return {key: Row(key + 10, key) for key in keys}


def fail(error: Exception) -> Callable[..., Any]:
    def raise_it(*_given: object) -> Any:
        raise error

    return raise_it


def only_even(value: Any) -> Any:
    if value.id % 2:
        raise LookupError(f"odd {value.id}")
    return None


SCHEMAS: dict[str, Callable[[], strawberry.Schema]] = {
    "as it should be": lambda: schema_of(some),
    "load raises": lambda: schema_of(fail(ValueError("no connection"))),
    "load raises what was told": lambda: schema_of(fail(GraphQLError("told", extensions={"code": "TOLD"}))),
    "load finds nothing": lambda: schema_of(lambda _keys: {}),
    "load finds nulls": lambda: schema_of(dict.fromkeys),
    "load finds more": lambda: schema_of(lambda keys: some(keys) | {99: Row(99)}),
    "load finds exceptions": lambda: schema_of(lambda keys: some(keys) | {1: LookupError("one")}),
    "load gives no mapping": lambda: schema_of(lambda _keys: None),
    "load gives a list": lambda: schema_of(list),
    "key raises": lambda: schema_of(some, key=fail(KeyError("key"))),
    "key raises for some": lambda: schema_of(some, key=lambda row: row.id // (row.id - 2)),
    "key is none": lambda: schema_of(some, key=lambda _row: None),
    "key cannot be hashed": lambda: schema_of(lambda _keys: {}, key=lambda row: [row.id]),
    "to raises": lambda: schema_of(some, to=fail(ValueError("to"))),
    "to raises for some": lambda: schema_of(some, to=only_even),
    "to gives another type": lambda: schema_of(some, to=lambda _row: 5),
    "to gives an exception": lambda: schema_of(some, to=lambda _row: LookupError("given")),
    "missing raises": lambda: schema_of(lambda _keys: {}, missing=fail(LookupError("missing"))),
    "missing gives a row": lambda: schema_of(lambda _keys: {}, missing=lambda: Row(7, 1)),
}


@pytest.mark.parametrize("field", ["parent", "sure"])
@pytest.mark.parametrize("name", SCHEMAS)
async def test_a_failing_relation_answers_the_same(name: str, field: str):
    schema = SCHEMAS[name]()
    compiled = CompiledSchema(schema)
    text = f"{{ items {{ id {field} {{ id again: parent {{ id }} }} }} }}"

    expected = await schema.execute(text, root_value=object())
    got = await compiled.execute(text, root_value=object())

    assert repr(got.data) == repr(expected.data)
    assert set(map(Failure.of, got.errors or ())) == set(map(Failure.of, expected.errors or ()))
    assert (compiled.statistics.compiled, dict(compiled.statistics.fallbacks)) == (1, {})


async def test_an_exception_that_fails_every_parent_keeps_its_traceback_short():
    def find(_keys: Sequence[Any]) -> Rows:
        raise ConnectionError("no database")

    result = await CompiledSchema(schema_of(find)).execute("{ items { parent { id } again: parent { id } } }")

    # where it was raised, passed on and caught; then once more for each of the two fields, not for each of eight items
    originals = {error.original_error for error in result.errors or ()}
    assert len(result.errors or ()) == 8
    assert [len(list(traceback.walk_tb(one.__traceback__))) for one in originals if one is not None] == [7]
