"""A field moves from one subgraph to another for a part of the requests."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import parse

from kernel.subgraph import GraphQLRequest
from router.execution.transport.in_process import InProcessTransport
from router.gateway import Router
from router.pipeline.labels import OverrideLabels, labels_in
from router.planning.planner import Planner, read_operation
from router.planning.rendering import render_json, render_text
from router.settings import RouterSettings
from tests.factories.federation import FederatedGraph, World

_QUERY = "{ product { name price } }"


def _graph(label: str) -> FederatedGraph:
    product = {"__typename": "Product", "id": "p1", "name": "Chair", "price": 100}
    world = World(entities={"Product": [product]}, computed={"Query.product": lambda _: product})
    return FederatedGraph(
        world,
        {
            "old": 'type Query { product: Product } type Product @key(fields: "id") '
            "{ id: ID! name: String price: Int }",
            "new": f'type Product @key(fields: "id") {{ id: ID! price: Int @override(from: "old", label: "{label}") }}',
        },
    )


async def _fetches(graph: FederatedGraph, labels: OverrideLabels | None, **settings: Any) -> list[str]:
    graph.forget()
    router = Router(
        graph.supergraph_sdl, InProcessTransport(graph.subgraphs), RouterSettings(**settings), labels=labels
    )
    answer = await router.execute(GraphQLRequest(_QUERY, {}), {"x-beta": "yes"})
    assert answer.body == {"data": {"product": {"name": "Chair", "price": 100}}}
    return graph.fetches


@pytest.mark.parametrize(
    ("drawn", "fetches"),
    [(0.0, ["old", "new"]), (0.2499, ["old", "new"]), (0.25, ["old"]), (0.99, ["old"])],
)
async def test_a_percentage_of_the_requests_goes_to_the_new_subgraph(drawn: float, fetches: list[str]):
    graph = _graph("percent(25)")

    assert await _fetches(graph, OverrideLabels(draw=lambda: drawn)) == fetches


async def test_a_label_is_on_by_setting_or_by_asking_for_each_request():
    graph = _graph("beta")

    def asks(label: str, headers: Mapping[str, str]) -> bool:
        return headers.get(f"x-{label}") == "yes"

    assert await _fetches(graph, None) == ["old"]
    assert await _fetches(graph, None, override_labels="alpha, beta") == ["old", "new"]
    assert await _fetches(graph, OverrideLabels(is_active=asks)) == ["old", "new"]


async def test_plans_are_remembered_per_label_and_only_for_operations_that_meet_it():
    graph = _graph("percent(50)")
    draws = iter([0.1, 0.9, 0.1])
    labels = OverrideLabels(draw=lambda: next(draws))
    router = Router(graph.supergraph_sdl, InProcessTransport(graph.subgraphs), RouterSettings(), labels=labels)

    for _ in range(3):
        await router.execute(GraphQLRequest(_QUERY, {}), {})
    await router.execute(GraphQLRequest("{ product { name } }", {}), {})

    assert [len(graph.subgraphs[name].requests) for name in ("old", "new")] == [4, 2]
    assert list(draws) == []


def test_a_plan_says_which_labels_it_holds_for():
    supergraph = _graph("beta").router.supergraph
    document = parse(_QUERY)
    operation = read_operation(document, document.definitions[0], supergraph, {})

    plan = Planner(supergraph).plan(operation, labels=frozenset({"beta"}))

    assert render_text(plan).split("\n")[0] == "QueryPlan(hops: 2, requests: 2, fields: 4, labels: beta) {"
    assert render_json(plan)["labels"] == ["beta"]


def test_labels_of_the_setting_are_separated_by_commas():
    assert labels_in(" a, b,,c ") == {"a", "b", "c"}
