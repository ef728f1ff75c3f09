"""Random operations with random deferred fragments: the parts together are the whole answer.

That the whole answer is right is tested in `test_differential`; where failures end is compared with graphql-core.
"""

import asyncio
import inspect
import os
from typing import Any

from graphql import (
    ExperimentalIncrementalExecutionResults,
    experimental_execute_incrementally,
    parse,
    validate,
)
from hypothesis import HealthCheck, Phase, assume, event, given, note, settings
from hypothesis import strategies as st

from kernel.subgraph import GraphQLRequest
from router.execution.incremental.formats import IncrementalFormat
from tests.factories.federation import FederatedGraph, resolve
from tests.factories.incremental import merged
from tests.factories.library import library_graph
from tests.factories.operations import operations

_FUZZED = settings(
    max_examples=int(os.environ.get("RETAILFLOW_FUZZ_EXAMPLES", "40")),
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
_VARIABLES = {"yes": True, "no": False}


def _operation(data: Any, graph: FederatedGraph) -> str:
    query = data.draw(operations(graph.router.schema, defers=True))
    note(query)
    assume(not validate(graph.router.schema, parse(query)))
    return query


async def _payloads(graph: FederatedGraph, query: str, incremental: IncrementalFormat) -> list[Any]:
    answer = await graph.router.execute(GraphQLRequest(query, _VARIABLES), {}, incremental=incremental)
    payloads = [answer.body, *([payload async for payload in answer.later] if answer.later is not None else [])]
    event(f"{min(len(payloads), 3)} payloads")
    note(payloads)
    return payloads


@_FUZZED
@given(st.data())
def test_the_parts_of_a_random_operation_are_together_the_answer_without_defer(data):
    graph = library_graph()
    query = _operation(data, graph)
    incremental = data.draw(st.sampled_from([*IncrementalFormat]))

    payloads = asyncio.run(_payloads(graph, query, incremental))

    expected = asyncio.run(graph.ask(query, _VARIABLES))
    assert all("errors" not in payload for payload in (*payloads, expected))
    assert merged(payloads) == expected["data"]


@_FUZZED
@given(st.data())
def test_failures_end_where_they_do_in_one_schema_that_defers(data):
    graph = library_graph("Book.stock", "Film.minutes", "Person.label", "Review.body")
    query = _operation(data, graph)

    payloads = asyncio.run(_payloads(graph, query, IncrementalFormat.CURRENT))

    assert merged(payloads) == merged(asyncio.run(_of_one_schema(graph, query)))


async def _of_one_schema(graph: FederatedGraph, query: str) -> list[Any]:
    result = experimental_execute_incrementally(
        graph.router.schema,
        parse(query),
        variable_values=_VARIABLES,
        field_resolver=lambda parent, info, **arguments: resolve(graph.world, parent, info, arguments),
        type_resolver=lambda value, *_: value["__typename"],
    )
    if inspect.isawaitable(result):
        result = await result
    if not isinstance(result, ExperimentalIncrementalExecutionResults):
        return [result.formatted]
    later = [payload.formatted async for payload in result.subsequent_results]
    return [result.initial_result.formatted, *later]
