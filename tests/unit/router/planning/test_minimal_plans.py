"""On small graphs the planner's plan costs as little as the best of all plans there are."""

import pytest
from graphql import parse

from router.planning.cost import PlanCost
from router.planning.planner import Planner, UnresolvableOperation, read_operation
from router.planning.supergraph import Supergraph
from tests.factories.exhaustive_plans import TooManyPlans, least_cost
from tests.factories.small_supergraphs import SmallSupergraph


def _cost(supergraph: Supergraph, query: str) -> PlanCost | None:
    document = parse(query)
    operation = read_operation(document, document.definitions[0], supergraph, {})
    try:
        return Planner(supergraph).plan(operation).cost
    except UnresolvableOperation:
        return None


def _least(supergraph: Supergraph, query: str) -> tuple[int, int] | None:
    document = parse(query)
    operation = read_operation(document, document.definitions[0], supergraph, {})
    return least_cost(supergraph, operation.selection, most=250)


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_no_plan_has_fewer_hops_nor_with_as_many_hops_fewer_requests(first: int):
    compared = 0
    for seed in range(first, first + 40):
        small = SmallSupergraph.draw(seed)
        supergraph = small.supergraph()
        query = small.operation(supergraph)
        try:
            least = _least(supergraph, query)
        except TooManyPlans:
            continue
        compared += least is not None

        cost = _cost(supergraph, query)

        ours = (cost.hops, cost.requests) if cost is not None else None
        assert ours == least, f"seed {seed}: {query}"
    assert compared >= 8
