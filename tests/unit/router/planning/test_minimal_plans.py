"""On small graphs the planner's plan costs as little as the best of all plans there are."""

import pytest
from graphql import parse

from router.planning.cost import PlanCost
from router.planning.planner import Planner, UnresolvableOperation, read_operation
from router.planning.supergraph import Supergraph
from tests.factories.exhaustive_plans import least_cost
from tests.factories.exhaustive_schedules import TooManyPlans
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


def _is_compared(small: SmallSupergraph, supergraph: Supergraph) -> bool:
    """Whether a random operation has a plan, which then costs the least; those with too many plans are left out."""
    query = small.operation(supergraph)
    try:
        least = _least(supergraph, query)
    except TooManyPlans:
        return False

    cost = _cost(supergraph, query)

    ours = (cost.hops, cost.requests) if cost is not None else None
    assert ours == least, f"seed {small.seed}: {query}"
    return least is not None


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_no_plan_has_fewer_hops_nor_with_as_many_hops_fewer_requests(first: int):
    drawn = [SmallSupergraph.draw(seed) for seed in range(first, first + 40)]

    compared = sum(_is_compared(small, small.supergraph()) for small in drawn)

    assert compared >= 8


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_what_a_field_provides_is_not_fetched_again(first: int):
    drawn = [SmallSupergraph.draw(seed) for seed in range(first, first + 40)]

    compared = sum(_is_compared(small, small.with_provided_fields(small.supergraph())) for small in drawn)

    assert compared >= 8


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_objects_of_an_interface_are_asked_for_together(first: int):
    drawn = [SmallSupergraph.draw(seed) for seed in range(first, first + 40)]

    compared = sum(_is_compared(small, small.with_interface(small.supergraph())) for small in drawn)

    assert compared >= 8


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_members_of_a_union_are_asked_for_together(first: int):
    drawn = [SmallSupergraph.draw(seed) for seed in range(first, first + 40)]

    compared = sum(_is_compared(small, small.with_union(small.supergraph())) for small in drawn)

    assert compared >= 8


@pytest.mark.parametrize("first", range(0, 240, 60))
def test_an_interface_object_is_left_for_its_types_only_where_that_is_least(first: int):
    drawn = [SmallSupergraph.draw(seed) for seed in range(first, first + 60)]

    compared = sum(_is_compared(small, small.with_interface_object(small.supergraph())) for small in drawn)

    assert compared >= 5
