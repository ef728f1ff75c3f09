"""What a router plans before it serves: what was used most, for everybody who asked, within bounds."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from kernel.identity import Principal
from kernel.subgraph import GraphQLRequest
from router.execution.incremental.formats import IncrementalFormat
from router.gateway import Router
from router.warming import UsedOperation, warm
from tests.factories.federation import FederatedGraph, World

_SDLS = {
    "catalog": "type Query { x: Int y: Int secret: Int @authenticated first: Product } "
    'type Product @key(fields: "id") { id: ID! }',
    "stock": 'type Product @key(fields: "id") { id: ID! stock: Int }',
}


class _Tokens:
    """Whoever sends a token is an administrator."""

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        is_known = "authorization" in headers
        return Principal("a", None, frozenset({"platform_admin"})) if is_known else None


def _graph(**settings: Any) -> FederatedGraph:
    return FederatedGraph(World(computed={"Query.x": lambda _: 1, "Query.y": lambda _: 2}), _SDLS, **settings)


def _following(graph: FederatedGraph) -> tuple[Router, list[object]]:
    """A router of the same graph that has planned nothing yet, and what it plans."""
    present = graph.router
    following = Router(graph.supergraph_sdl, present.transport, present._settings, present.authenticator)
    plan, planned = following._planner.plan, list[object]()

    def counting(operation: Any, denied: Any, labels: Any) -> Any:
        planned.append(operation)
        return plan(operation, denied, labels)

    following._planner.plan = counting
    return following, planned


async def _asked(router: Router, query: str, variables: Any = None, token: str = "", **options: Any) -> Any:
    headers = {"authorization": token} if token else {}
    response = await router.execute(GraphQLRequest(query, variables), headers, **options)
    if response.later is not None:
        await response.later.aclose()
    return response.body


async def test_the_documents_used_most_come_first_and_no_more_than_so_many():
    graph = _graph(warmed_documents=2)
    for query, times in (("{ a: x }", 2), ("{ b: x }", 3), ("{ c: x }", 1)):
        for _ in range(times):
            await _asked(graph.router, query)

    used = graph.router.most_used()

    assert [operation.request.query for operation in used] == ["{ b: x }", "{ a: x }"]


async def test_every_outcome_of_the_conditions_that_occurred_is_planned_and_deferred_parts_too():
    graph = _graph()
    query = "query ($f: Boolean!) { x @include(if: $f) y first { ... @defer { stock } } }"
    await _asked(graph.router, query, {"f": True})
    await _asked(graph.router, query, {"f": False})
    await _asked(graph.router, query, {"f": False}, incremental=IncrementalFormat.CURRENT)
    following, planned = _following(graph)

    warm(following, graph.router.most_used(), 60)

    assert len(planned) == 3, "each once"
    await _asked(following, query, {"f": True})
    await _asked(following, query, {"f": False}, incremental=IncrementalFormat.CURRENT)
    assert len(planned) == 3


async def test_plans_are_made_for_every_kind_of_caller_as_the_new_graph_judges_them():
    graph = _graph()
    graph.router.authenticator = _Tokens()
    await _asked(graph.router, "{ x secret }")
    await _asked(graph.router, "{ x secret }", token="t")
    graph.supergraph_sdl = graph.supergraph_sdl.replace("x: Int", "x: Int @authenticated")
    following, planned = _following(graph)

    warm(following, graph.router.most_used(), 60)

    assert len(planned) == 2
    answers = [await _asked(following, "{ x secret }", token=token) for token in ("", "t")]
    assert len(planned) == 2
    assert [answer["data"]["x"] for answer in answers] == [None, 1]


async def test_nothing_is_planned_once_the_time_is_spent():
    graph = _graph()
    await _asked(graph.router, "{ x }")
    following, planned = _following(graph)

    warm(following, graph.router.most_used(), 0)

    assert planned == []


async def test_of_one_operation_no_plan_is_begun_once_the_time_is_spent():
    graph = _graph()
    query = "query ($a: Boolean!, $b: Boolean!) { x @include(if: $a) y @include(if: $b) first { id } }"
    for a in (True, False):
        for b in (True, False):
            await _asked(graph.router, query, {"a": a, "b": b})
    following, planned = _following(graph)

    warm(following, graph.router.most_used(), 3, clock=lambda: len(planned))

    assert len(planned) == 3


async def test_of_one_operation_no_caller_is_planned_for_once_the_time_is_spent():
    graph = _graph()
    graph.router.authenticator = _Tokens()
    await _asked(graph.router, "{ x y }")
    await _asked(graph.router, "{ x y }", token="t")
    graph.supergraph_sdl = graph.supergraph_sdl.replace("x: Int", "x: Int @authenticated")
    following, planned = _following(graph)

    warm(following, graph.router.most_used(), 1, clock=lambda: len(planned))

    assert len(planned) == 1


def test_an_operation_the_router_stumbles_over_is_logged_and_the_others_are_planned(caplog):
    planned: list[str] = []

    class Stumbling:
        def plan_ahead(self, used: UsedOperation, _is_over: Callable[[], bool]) -> int:
            if used.request.query == "{ b }":
                raise KeyError("a bug")
            planned.append(used.request.query)
            return 1

    with caplog.at_level(logging.ERROR):
        warm(Stumbling(), [UsedOperation(GraphQLRequest(query), []) for query in ("{ a }", "{ b }", "{ c }")], 60)

    assert planned == ["{ a }", "{ c }"]
    assert caplog.text.count("operation_not_warmed") == 1
