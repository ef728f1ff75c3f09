"""The federated graph answers every random operation as one schema over the same objects does."""

import asyncio
import os
from typing import Any

from graphql import parse, validate
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from tests.factories.federated.comparison import is_below_null, keys_in_order
from tests.factories.federation import FederatedGraph
from tests.factories.library import library_graph
from tests.factories.operations import operations

_FUZZED = settings(
    max_examples=int(os.environ.get("RETAILFLOW_FUZZ_EXAMPLES", "60")),
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
_VARIABLES = {"yes": True, "no": False}


def _operation(data: Any, graph: FederatedGraph) -> str:
    query = data.draw(operations(graph.router.schema))
    note(query)
    assume(not validate(graph.router.schema, parse(query)))
    return query


@_FUZZED
@given(st.data())
def test_random_operations_are_answered_as_by_one_schema(data):
    graph = library_graph()
    query = _operation(data, graph)

    answer = asyncio.run(graph.ask(query, _VARIABLES))

    expected = asyncio.run(graph.expected(query, _VARIABLES))
    assert answer == expected
    assert list(keys_in_order(answer)) == list(keys_in_order(expected))


@_FUZZED
@given(st.data())
def test_failing_fields_leave_the_same_data_and_errors_at_places_that_failed(data):
    graph = library_graph("Book.stock", "Film.minutes", "Person.label", "Review.body")
    query = _operation(data, graph)

    answer = asyncio.run(graph.ask(query, _VARIABLES))

    expected = asyncio.run(graph.expected(query, _VARIABLES))
    assert answer["data"] == expected["data"]
    # below an object that became null the router has nothing more to fetch, so it may report fewer errors; of errors
    # below one null the specification lets anyone report as many as they like (§6.4.4)
    more = _error_paths(answer) - _error_paths(expected)
    assert {path for path in more if not is_below_null(answer["data"], path)} == set()
    assert ("errors" in answer) == ("errors" in expected)


def _error_paths(answer: Any) -> set[tuple[str | int, ...]]:
    return {tuple(error["path"]) for error in answer.get("errors", [])}


async def test_errors_of_values_the_client_did_not_ask_of_that_type_are_not_told():
    graph = library_graph("Book.stock", "Film.minutes", "Person.label", "Review.body")
    query = "{ first(count: 2) { rating ... on Film { reviews { body } } } }"

    answer = await graph.ask(query)

    assert answer == {"data": {"first": [{"rating": 5}, {"rating": None}]}}
    assert answer == await graph.expected(query)
