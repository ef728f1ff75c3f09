"""The comparison that the random cases rely on notices what differs, and frees no more than it says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, parse

from tests.factories.executors import CompiledCases, schema_with
from tests.factories.graphql_core_schemas import Journal
from tests.factories.graphql_differences import Case, differences

SDL = """
type Pair { a: Int!, b: Int!, c: Int, d: Float }
type Query { pair: Pair, ratio: Float, one: Int, bad: Int }
type Mutation { first: Int, second: Int }
"""


def noted(value: object, ticks: int) -> Callable[..., object]:
    async def resolve(_source: object, info: Any) -> object:
        info.context.note(info, {})
        for _ in range(ticks):
            await asyncio.sleep(0)
        if isinstance(value, Exception):
            raise value
        return value

    return resolve


def case(text: str, *, is_synchronous: bool = False) -> Case:
    schema = schema_with(SDL, first=noted(1, 1), second=noted(2, 0))
    fields: dict[str, Any] = schema.type_map["Pair"].fields  # type: ignore[attr-defined]
    fields["a"].resolve = noted(ValueError("a fails"), 1)
    fields["b"].resolve = noted(ValueError("b fails"), 2)
    fields["c"].resolve = noted(3, 0)
    root = {"pair": {"d": -0.0}, "ratio": -0.0, "one": 1, "bad": ValueError("bad")}
    return Case(schema, parse(text), root, {}, None, text.startswith("mutation"), is_synchronous, 0)


class Altered(CompiledCases):
    """An executor with a fault of our choice."""

    def __init__(self, schema: GraphQLSchema, alter: Callable[[ExecutionResult, Journal], ExecutionResult]) -> None:
        super().__init__(schema)
        self.alter = alter

    async def execute(self, case: Case, journal: Journal) -> ExecutionResult:
        return self.alter(await super().execute(case, journal), journal)


def unaltered(result: ExecutionResult, _journal: Journal) -> ExecutionResult:
    return result


def with_data(result: ExecutionResult, changed: Any) -> ExecutionResult:
    return ExecutionResult(changed, result.errors)


def with_errors(result: ExecutionResult, errors: list[GraphQLError] | None) -> ExecutionResult:
    return ExecutionResult(result.data, errors)


def error_of(result: ExecutionResult, **changed: Any) -> ExecutionResult:
    (error,) = result.errors or ()
    given: dict[str, Any] = {"nodes": error.nodes, "path": error.path, "original_error": error.original_error}
    return ExecutionResult(result.data, [GraphQLError(changed.pop("message", error.message), **(given | changed))])


def calls_reversed(result: ExecutionResult, journal: Journal) -> ExecutionResult:
    journal.calls.reverse()
    return result


def call_twice(result: ExecutionResult, journal: Journal) -> ExecutionResult:
    journal.calls.append(journal.calls[0])
    return result


QUERY = "{ one ratio bad }"
FREED = "{ pair { a b c } one }"
FAULTS: dict[str, tuple[str, Callable[[ExecutionResult, Journal], ExecutionResult], str]] = {
    "order of keys": (QUERY, lambda result, _: with_data(result, dict(reversed(result.data.items()))), "data"),
    "-0.0": (QUERY, lambda result, _: with_data(result, result.data | {"ratio": 0.0}), "data"),
    "1 as True": (QUERY, lambda result, _: with_data(result, result.data | {"one": True}), "data"),
    "a missing error": (QUERY, lambda result, _: with_errors(result, None), "errors"),
    "an error twice": (QUERY, lambda result, _: with_errors(result, result.errors * 2), "errors"),
    "another message": (QUERY, lambda result, _: error_of(result, message="bad!"), "errors"),
    "another path": (QUERY, lambda result, _: error_of(result, path=["one"]), "errors"),
    "no location": (QUERY, lambda result, _: error_of(result, nodes=None), "errors"),
    "another original": (QUERY, lambda result, _: error_of(result, original_error=KeyError()), "errors"),
    "order of mutations": ("mutation { first second }", calls_reversed, "order of root fields"),
    "a call twice": ("mutation { first second }", call_twice, "calls"),
    "none of the errors that null": (FREED, lambda result, _: with_errors(result, None), "nulled positions"),
    "an error that cannot be": (FREED, lambda result, _: error_of(result, message="?"), "errors that cannot be"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_noticed(fault: str):
    text, alter, what = FAULTS[fault]
    asked = case(text)

    right = await differences(asked, Altered(asked.schema, unaltered))
    found = await differences(asked, Altered(asked.schema, alter))

    assert right == []
    assert what in [each.split("\n")[0] for each in found]


async def test_another_of_the_concurrent_errors_below_one_null_is_let_through():
    asked = case(FREED)
    b_fails = replace(asked, document=parse("{ pair { b } one }"))

    def other(result: ExecutionResult, _journal: Journal) -> ExecutionResult:
        (error,) = result.errors or ()
        (b_node,) = [
            each
            for each in asked.document.definitions[0].selection_set.selections[0].selection_set.selections  # type: ignore[attr-defined]
            if each.name.value == "b"
        ]
        original = ValueError("b fails")
        return (
            ExecutionResult(
                result.data, [GraphQLError("b fails", nodes=[b_node], path=["pair", "b"], original_error=original)]
            )
            if error.message == "a fails"
            else result
        )

    found = await differences(asked, Altered(asked.schema, other))
    plain = await differences(b_fails, Altered(asked.schema, unaltered))

    assert (found, plain) == ([], [])


async def test_where_nothing_is_awaited_the_order_of_errors_counts():
    asked = case("{ bad again: bad }", is_synchronous=True)

    found = await differences(
        asked, Altered(asked.schema, lambda result, _: with_errors(result, list(reversed(result.errors or []))))
    )

    assert [each.split("\n")[0] for each in found] == ["errors"]


async def test_a_coroutine_that_is_never_awaited_is_noticed():
    async def forgotten() -> None: ...

    def forget(result: ExecutionResult, _journal: Journal) -> ExecutionResult:
        forgotten()  # type: ignore[unused-coroutine]
        return result

    asked = case("{ one }")

    found = await differences(asked, Altered(asked.schema, forget))

    assert len(found) == 1
    assert found[0].endswith("was never awaited")
