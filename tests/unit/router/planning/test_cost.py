"""What a plan costs is known before it is written."""

from random import Random

import pytest
from graphql import OperationDefinitionNode, parse

from router.pipeline.plan import condition_variables
from router.planning.cost import plan_cost
from router.planning.planner import Planner, QueryPlan, read_operation
from router.planning.supergraph import Supergraph
from tests.factories.federated.case import federated
from tests.factories.federated.directives import ACTIVE_LABELS
from tests.factories.library import library_graph


def _plan(supergraph: Supergraph, query: str) -> QueryPlan:
    document = parse(query)
    node = next(item for item in document.definitions if isinstance(item, OperationDefinitionNode))
    conditions = dict.fromkeys(condition_variables(document, node), True)
    operation = read_operation(document, node, supergraph, conditions, defers=True)
    return Planner(supergraph).plan(operation, labels=ACTIVE_LABELS)


@pytest.mark.parametrize("number", range(6))
def test_the_price_of_a_plan_is_what_the_written_plan_costs(number: int):
    graph = federated(number)
    queries = list(graph.operations(Random(number), 20))

    plans = [_plan(graph.router.supergraph, query) for query in queries]

    assert [plan.cost for plan in plans] == [plan_cost(plan.node) for plan in plans]


@pytest.mark.parametrize(
    "query",
    [
        "{ first(count: 2) { rating ... on Film { minutes } ... on Book { reviews { body } } } }",
        "{ first(count: 2) { rating ... @defer { ... on Film { minutes } ... on Book { reviews { body } } } } }",
    ],
)
def test_types_that_share_fields_and_deferred_parts_are_priced_as_they_are_written(query: str):
    plan = _plan(library_graph().router.supergraph, query)

    assert plan.cost == plan_cost(plan.node)
