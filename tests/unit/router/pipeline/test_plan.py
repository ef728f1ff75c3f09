from typing import Any

from kernel.subgraph import GraphQLRequest
from router.execution.incremental.formats import IncrementalFormat
from router.pipeline.plan import LeastRecentlyUsed
from tests.factories.federation import FederatedGraph, World


def _count_plans(graph: FederatedGraph, monkeypatch: Any) -> list[object]:
    planned: list[object] = []
    plan = graph.router._planner.plan

    def counting(operation: Any, denied: Any, labels: Any) -> Any:
        planned.append(operation)
        return plan(operation, denied, labels)

    monkeypatch.setattr(graph.router._planner, "plan", counting)
    return planned


async def test_a_document_is_planned_once_per_outcome_of_its_conditions(monkeypatch):
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), {"a": "type Query { x: Int y: Int }"}
    )
    planned = _count_plans(graph, monkeypatch)
    query = "query ($f: Boolean! = true, $n: Int) { x @include(if: $f) y z: x @skip(if: false) w: __typename }"
    query = query.replace(", $n: Int", "")

    answers = [await graph.ask(query, variables) for variables in ({}, {"f": True}, {"f": False}, {"f": False})]

    assert [list(answer["data"]) for answer in answers] == [["x", "y", "z", "w"]] * 2 + [["y", "z", "w"]] * 2
    assert len(planned) == 2


async def test_operations_of_one_document_are_planned_apart():
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), {"a": "type Query { x: Int y: Int }"}
    )
    document = "query A { x } query B { y }"

    answers = [await graph.router.execute(GraphQLRequest(document, None, name), {}) for name in ("A", "B", "C")]

    assert [answer.body.get("data") for answer in answers] == [{"x": 1}, {"y": 2}, None]
    assert answers[2].status == 400


def test_the_entry_that_was_not_used_for_longest_is_forgotten_first():
    memory = LeastRecentlyUsed[str, int](2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")

    memory.put("c", 3)

    assert [memory.get(key) for key in "abc"] == [1, None, 3]


async def test_plans_that_defer_are_kept_apart_by_the_condition_and_by_what_the_client_accepts(monkeypatch):
    graph = FederatedGraph(
        World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), {"a": "type Query { x: Int y: Int }"}
    )
    planned = _count_plans(graph, monkeypatch)
    query = "query ($d: Boolean) { x ...@defer(if: $d) { y } }"
    accepted = [IncrementalFormat.CURRENT, IncrementalFormat.OLDER, IncrementalFormat.CURRENT, None]

    answers = [
        await graph.router.execute(GraphQLRequest(query, variables), {}, incremental=incremental)
        for variables in ({}, {"d": False})
        for incremental in accepted
    ]

    later = [answer.later for answer in answers if answer.later is not None]
    assert [answer.body["data"] for answer in answers] == [{"x": 1}] * 3 + [{"x": 1, "y": 2}] * 5
    assert [[payload["hasNext"] async for payload in payloads] for payloads in later] == [[False]] * 3
    assert len(planned) == 4
