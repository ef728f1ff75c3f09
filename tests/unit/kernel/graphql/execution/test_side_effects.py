"""Order of side effects, and what becomes of them when somebody cancels."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest
from graphql import execute, parse

from kernel.graphql.execution import CompiledExecutor
from tests.factories.executors import answer_of_both, messages, schema_with

SDL = """
type Shop { name: String, next: Shop, all: [Shop!] }
type Query { shop: Shop, shops: [Shop], one: Int, two: Int, must: Int! }
type Mutation { first: Shop, second: Int, third: Int! }
"""


def recorded(events: list[str], name: str, answer: object, ticks: int) -> Callable[..., object]:
    async def resolve(_source: object, _info: object) -> object:
        events.append(f"{name} begins")
        for _ in range(ticks):
            await asyncio.sleep(0)
        events.append(f"{name} ends")
        if isinstance(answer, Exception):
            raise answer
        return answer

    return resolve


async def test_mutations_are_done_one_by_one_with_all_that_is_below_them():
    events: list[str] = []
    schema = schema_with(
        SDL,
        first=recorded(events, "first", {}, 3),
        second=recorded(events, "second", 2, 0),
        third=recorded(events, "third", 3, 1),
    )
    schema.type_map["Shop"].fields["name"].resolve = recorded(events, "name", "Corner", 2)  # type: ignore[attr-defined]
    text = "mutation { second a: first { name other: name } third b: second }"

    result = await answer_of_both(schema, text)

    names = ["name begins", "name begins", "name ends", "name ends"]
    order = ["second", "first", *names, "third", "second"]
    expected = [event for each in order for event in ([each] if " " in each else [f"{each} begins", f"{each} ends"])]
    assert result.data == {"second": 2, "a": {"name": "Corner", "other": "Corner"}, "third": 3, "b": 2}
    assert events == expected * 2


async def test_a_mutation_goes_on_after_an_error_unless_it_nulls_everything():
    events: list[str] = []
    schema = schema_with(
        SDL,
        first=recorded(events, "first", ValueError("one"), 0),
        second=recorded(events, "second", 2, 0),
        third=recorded(events, "third", ValueError("all"), 0),
    )

    result = await answer_of_both(schema, "mutation { first { name } second third again: second }")

    assert result.data is None
    assert messages(result) == ["one", "all"]
    assert events[: len(events) // 2] == events[len(events) // 2 :]
    assert [event for event in events if "begins" in event][:3] == ["first begins", "second begins", "third begins"]
    assert events.count("second begins") == 2


async def cancelled(answer: Callable[[], Any], started: asyncio.Event) -> str:
    task = asyncio.ensure_future(answer())
    await started.wait()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    return "went on"


@pytest.mark.parametrize("text", ["{ one }", "{ one two }", "{ shop { next { name } } one }"])
async def test_cancelling_an_operation_cancels_its_resolvers(text: str):
    """As servers do when the client has gone."""
    ends: list[str] = []
    started = asyncio.Event()

    async def wait_for_ever(_source: object, info: Any) -> object:
        started.set()
        try:
            return await asyncio.Event().wait()
        finally:
            ends.append(info.field_name)

    schema = schema_with(SDL, one=wait_for_ever, two=wait_for_ever)
    schema.type_map["Shop"].fields["name"].resolve = wait_for_ever  # type: ignore[attr-defined]
    document, root = parse(text), {"shop": {"next": {}}}

    expected = await cancelled(lambda: execute(schema, document, root), started)
    await asyncio.sleep(0)
    expected_ends = sorted(ends)
    ends.clear()
    started.clear()
    got = await cancelled(lambda: CompiledExecutor(schema).execute(document, root_value=root), started)
    await asyncio.sleep(0)

    assert (got, sorted(ends)) == (expected, expected_ends) == ("cancelled", expected_ends)
    assert expected_ends


async def test_a_resolver_that_is_cancelled_from_within_ends_the_operation():
    async def give_up(_source: object, _info: object) -> object:
        raise asyncio.CancelledError

    schema = schema_with(SDL, one=give_up)

    with pytest.raises(asyncio.CancelledError):
        await execute(schema, parse("{ one }"))  # type: ignore[misc]
    with pytest.raises(asyncio.CancelledError):
        await CompiledExecutor(schema).execute(parse("{ one }"))


async def test_a_resolver_among_others_that_is_cancelled_from_within_ends_the_operation():
    class Cancelled:
        def __await__(self) -> Generator[None, None, object]:
            yield
            raise asyncio.CancelledError

    async def give_up(_source: object, _info: object) -> object:
        raise asyncio.CancelledError

    schema = schema_with(SDL, one=give_up)
    root = {"two": Cancelled(), "shop": {"all": [Cancelled(), {}]}}

    for text in ("{ one two a: one }", "{ two b: two }", "{ shop { all { name } } a: one }"):
        with pytest.raises(asyncio.CancelledError):
            await execute(schema, parse(text), root)  # type: ignore[misc]
        with pytest.raises(asyncio.CancelledError):
            await CompiledExecutor(schema).execute(parse(text), root_value=root)


async def test_cancelling_an_operation_cancels_what_stands_for_values():
    ends: list[str] = []
    started = asyncio.Event()

    async def wait_for_ever() -> object:
        started.set()
        try:
            return await asyncio.Event().wait()
        finally:
            ends.append("ended")

    schema = schema_with(
        SDL, one=lambda _source, _info: wait_for_ever(), shops=lambda _source, _info: [wait_for_ever() for _ in "ab"]
    )

    got = await cancelled(lambda: CompiledExecutor(schema).execute(parse("{ one shops { name } }")), started)

    assert (got, ends) == ("cancelled", ["ended"] * 3)


async def test_resolvers_of_one_level_run_concurrently():
    meeting = asyncio.Barrier(3)

    async def meet(_source: object, _info: object) -> int:
        await meeting.wait()
        return 1

    schema = schema_with(SDL, one=meet, two=meet, must=meet)

    result = await asyncio.wait_for(answer_of_both(schema, "{ one two must }"), 5)

    assert result.data == {"one": 1, "two": 1, "must": 1}
