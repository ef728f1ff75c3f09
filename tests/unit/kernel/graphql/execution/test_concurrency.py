"""Awaiting: every kind of awaitable, branches that do not wait for one another, and other people's batching."""

import asyncio
import gc
import types
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

import pytest
from graphql import GraphQLSchema, execute, parse
from strawberry.dataloader import DataLoader

from kernel.graphql.execution import CompiledExecutor
from tests.factories.executors import answer_of_both, messages, schema_with

SDL = """
type Item { number: Int, twice: Int, inner: Item, items: [Item!] }
type Query { value: Int, other: Int, values: [Int], slow: Int, fast: Item, items: [Item!] }
"""


class Promise:
    """Awaitable by its method alone."""

    def __await__(self) -> Generator[Any, None, int]:
        yield from asyncio.sleep(0).__await__()
        return 7


@types.coroutine
def old_style() -> Generator[Any, None, int]:
    yield from asyncio.sleep(0).__await__()
    return 7


async def new_style() -> int:
    await asyncio.sleep(0)
    return 7


def future() -> "asyncio.Future[int]":
    made = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(made.set_result, 7)
    return made


def done() -> "asyncio.Future[int]":
    made = asyncio.get_running_loop().create_future()
    made.set_result(7)
    return made


AWAITABLES: dict[str, Callable[[], Any]] = {
    "object": Promise,
    "generator": old_style,
    "coroutine": new_style,
    "task": lambda: asyncio.ensure_future(new_style()),
    "future": future,
    "future that is done": done,
}


@pytest.mark.parametrize("kind", AWAITABLES)
async def test_any_awaitable_is_awaited_wherever_it_is_found(kind: str):
    def value(_source: object, _info: object) -> object:
        return AWAITABLES[kind]()

    def values(_source: object, _info: object) -> object:
        return [1, AWAITABLES[kind](), None, AWAITABLES[kind]()]

    schema = schema_with(SDL, value=value, other=value, values=values)

    result = await answer_of_both(schema, "{ value values other }")

    assert result.data == {"value": 7, "values": [1, 7, None, 7], "other": 7}


async def test_one_task_may_stand_for_many_values():
    task = asyncio.ensure_future(new_style())
    failing = asyncio.get_running_loop().create_future()
    failing.set_exception(LookupError("shared"))
    root = {
        "value": task,
        "other": task,
        "values": [task, failing, task],
        "items": [{"number": failing}, {"number": task}],
    }

    result = await answer_of_both(schema_with(SDL), "{ value other values items { number } again: value }", root)

    assert result.data == {
        "value": 7,
        "other": 7,
        "values": [7, None, 7],
        "items": [{"number": None}, {"number": 7}],
        "again": 7,
    }
    assert [error.path for error in result.errors or ()] == [["values", 1], ["items", 0, "number"]]


async def test_an_awaitable_of_an_awaitable_is_not_awaited_twice():
    async def nested(_source: object, _info: object) -> object:
        return Promise()

    schema = schema_with(SDL, value=nested)

    result = await answer_of_both(schema, "{ value }")

    assert result.data == {"value": None}
    assert messages(result)[0].startswith("Int cannot represent non-integer value: <Promise instance>")


async def test_an_asynchronous_generator_that_fails_is_an_error_of_its_list():
    closed: list[str] = []

    async def values(_source: object, _info: object) -> AsyncIterator[int]:
        try:
            yield 1
            raise LookupError("no more")
        finally:
            closed.append("closed")

    schema = schema_with(SDL, values=values)

    result = await answer_of_both(schema, "{ values }")

    assert result.data == {"values": None}
    assert messages(result) == ["no more"]
    assert closed == ["closed", "closed"]


@pytest.mark.parametrize(
    "text", ["{ slow fast { twice } }", "{ fast { twice } slow }", "{ fast { inner { twice } } slow }"]
)
async def test_what_is_below_a_fast_field_does_not_wait_for_a_slow_one(text: str):
    """`slow` answers when `twice` has been called: an executor that waited for all of a level would hang."""
    called = asyncio.Event()

    async def slow(_source: object, _info: object) -> int:
        await asyncio.wait_for(called.wait(), 5)
        called.clear()
        return 1

    async def fast(_source: object, _info: object) -> object:
        return {"inner": {}}

    async def twice(_source: object, _info: object) -> int:
        called.set()
        return 2

    schema = schema_with(SDL, slow=slow, fast=fast)
    schema.type_map["Item"].fields["twice"].resolve = twice  # type: ignore[attr-defined]

    result = await answer_of_both(schema, text)

    assert result.errors is None
    assert result.data["slow"] == 1


def batching_schema(batches: list[list[int]]) -> GraphQLSchema:
    loaders: dict[int, DataLoader[int, int]] = {}

    async def load(keys: list[int]) -> list[int]:
        batches.append(sorted(keys))
        return [key * 2 for key in keys]

    async def twice(source: dict[str, int], info: Any) -> int:
        loader = loaders.setdefault(id(info.context), DataLoader(load_fn=load))
        return await loader.load(source["number"])

    async def inner(source: dict[str, int], info: Any) -> object:
        return {"number": await twice(source, info)}

    schema = schema_with(SDL)
    schema.type_map["Item"].fields["twice"].resolve = twice  # type: ignore[attr-defined]
    schema.type_map["Item"].fields["inner"].resolve = inner  # type: ignore[attr-defined]
    return schema


async def batches_of_both(text: str) -> tuple[list[list[int]], list[list[int]]]:
    """The keys of each batch, by graphql-core and compiled."""
    root = {"items": [{"number": number} for number in (1, 2, 3)], "fast": {"number": 100}}
    expected_batches: list[list[int]] = []
    batches: list[list[int]] = []

    expected: Any = await execute(batching_schema(expected_batches), parse(text), root, object())  # type: ignore[misc]
    got = await CompiledExecutor(batching_schema(batches)).execute(parse(text), root_value=root, context_value=object())

    assert got == expected
    return expected_batches, batches


async def test_data_loaders_of_resolvers_collect_a_whole_level():
    expected, got = await batches_of_both("{ items { inner { inner { twice } } again: inner { inner { twice } } } }")

    assert got == expected == [[1, 2, 3], [4, 6], [8, 12]]


async def test_data_loaders_of_resolvers_collect_from_two_places():
    expected, got = await batches_of_both("{ items { inner { inner { twice } } } fast { inner { twice } } }")

    assert got == expected == [[1, 2, 3, 100], [4, 6, 200], [8, 12]]


async def test_what_a_failed_operation_has_begun_is_not_forgotten():
    """Python warns of coroutines that nobody awaits, and warnings are errors in these tests."""

    class Stream:
        async def __aiter__(self) -> AsyncIterator[object]:
            yield {}

    async def number(_source: object, _info: object) -> int:
        return 1

    def must(_source: object, _info: object) -> int:
        raise ValueError("no")

    schema = schema_with("type Item { number: Int } type Query { many: [[Item]], must: Int! }", must=must)
    schema.type_map["Item"].fields["number"].resolve = number  # type: ignore[attr-defined]

    result = await answer_of_both(schema, "{ many { number } must }", {"many": [Stream(), [{}]]})
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()

    assert result.data is None
    assert messages(result) == ["no"]


@pytest.mark.parametrize("kind", [list, tuple, iter])
async def test_items_behind_one_that_fails_its_list_are_not_forgotten(kind: Callable[[list[Any]], Any]):
    """Python warns of coroutines that nobody awaits, and warnings are errors in these tests."""
    schema = schema_with("type Query { numbers: [Int!] }", numbers=lambda _source, _info: kind(items()))

    def items() -> list[Any]:
        return [new_style(), None, new_style(), new_style()]

    result = await CompiledExecutor(schema).execute(parse("{ numbers }"))
    data, errors = result.data, messages(result)
    del result
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()

    assert data == {"numbers": None}
    assert errors == ["Cannot return null for non-nullable field Query.numbers."]


async def test_two_operations_of_one_plan_run_at_the_same_time_without_mixing():
    meeting = asyncio.Barrier(2)

    async def value(source: dict[str, int], _info: object) -> int:
        await meeting.wait()
        return source["number"]

    executor = CompiledExecutor(schema_with(SDL, value=value))
    document = parse("query ($n: Boolean! = true) { value @include(if: $n) items { number } }")

    results = await asyncio.gather(
        *(
            executor.execute(document, root_value={"number": number, "items": [{"number": -number}]})
            for number in (1, 2)
        )
    )

    assert [result.data for result in results] == [
        {"value": 1, "items": [{"number": -1}]},
        {"value": 2, "items": [{"number": -2}]},
    ]
