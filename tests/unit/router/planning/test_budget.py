"""What planning may cost is counted; beyond it plans are greedy, and far beyond it there are none."""

from collections.abc import Mapping

import pytest
from graphql import OperationDefinitionNode, parse

from router.planning.budget import Budget, PlanTooLarge
from router.planning.cost import PlanCost
from router.planning.planner import Planner, QueryPlan, read_operation
from router.planning.rendering import render_json, render_text
from router.planning.supergraph import Supergraph
from tests.factories.adversarial_supergraphs import interface_forest, key_chain, requirement_mesh, shared_fields


def _plan(
    supergraph: Supergraph, query: str, budget: int = 20_000, conditions: Mapping[str, bool] | None = None
) -> QueryPlan:
    document = parse(query)
    node = next(item for item in document.definitions if isinstance(item, OperationDefinitionNode))
    return Planner(supergraph, budget=budget, seconds=60).plan(
        read_operation(document, node, supergraph, conditions or {})
    )


def _nested(depth: int, fields: str) -> str:
    return f"{fields} o {{ {_nested(depth - 1, fields)} }}" if depth else fields


def test_a_chain_of_keys_is_followed_without_trying_every_set_of_subgraphs():
    fields = " ".join(f"x{index}" for index in range(40))

    plan = _plan(key_chain(40), f"{{ t {{ {fields} }} }}")

    assert (plan.cost.hops, plan.cost.requests, plan.is_degraded) == (40, 40, False)
    assert plan.candidates < 10_000


def test_requirements_that_all_need_each_other_are_fetched_once_each():
    plan = _plan(requirement_mesh(20), "{ t { x0 } }")

    assert plan.cost == PlanCost(21, 21, 22)
    assert not plan.is_degraded
    assert plan.candidates < 2_000


def test_many_subgraphs_with_the_same_fields_are_searched_within_the_budget():
    fields = " ".join(f"x{index}" for index in range(8))

    plan = _plan(shared_fields(20, 8), f"{{ t {{ {_nested(4, fields)} }} }}")

    assert (plan.cost.hops, plan.cost.requests, plan.is_degraded) == (2, 4, False)
    assert plan.candidates < 5_000


def test_aliases_of_one_field_are_decided_apart_and_fetched_together():
    asked = " ".join(f"a{index}: o {{ b: o {{ x1 x2 x3 x4 }} }}" for index in range(30))

    plan = _plan(shared_fields(10, 8), f"{{ t {{ {asked} }} }}")

    assert (plan.cost.hops, plan.cost.requests) == (2, 3)
    assert plan.candidates < 5_000


def test_a_hundred_types_below_an_interface_are_one_look_up():
    plan = _plan(interface_forest(1, 100), "{ root { id size next { size } } }")

    assert (plan.cost.hops, plan.cost.requests) == (2, 2)
    assert plan.candidates < 2_000


def test_fragments_that_double_at_every_level_are_refused_in_bounded_steps():
    doubled = " ".join(
        f"fragment F{i} on T {{ a: o {{ ...F{i + 1} }} b: o {{ ...F{i + 1} }} x{i % 8} }}" for i in range(14)
    )
    query = f"query {{ t {{ ...F0 }} }} {doubled} fragment F14 on T {{ x1 x2 }}"

    with pytest.raises(PlanTooLarge):
        _plan(shared_fields(8, 8), query)


@pytest.mark.parametrize("budget", [20, 100, 400])
def test_a_plan_made_greedily_says_so_and_keeps_the_hops_low(budget: int):
    fields = " ".join(f"x{index}" for index in range(8))
    query = f"{{ t {{ {fields} }} }}"
    best = _plan(shared_fields(6, 8), query)

    plan = _plan(shared_fields(6, 8), query, budget=budget)

    assert plan.cost.hops == best.cost.hops
    assert plan.is_degraded == (plan.candidates >= budget)
    assert ("degraded" in render_text(plan).split("\n")[0]) == plan.is_degraded
    assert render_json(plan)["degraded"] == plan.is_degraded


def _spend(budget: Budget, times: int) -> None:
    for _ in range(times):
        budget.spend()


def test_the_clock_of_the_thread_ends_the_search_and_then_the_planning():
    now = [0.0]
    budget = Budget(candidates=1_000_000, seconds=1.0, clock=lambda: now[0])
    budget.spend()

    now[0] = 1.5
    _spend(budget, 40)
    assert budget.is_spent

    now[0] = 6.0
    with pytest.raises(PlanTooLarge):
        _spend(budget, 40)


def test_the_text_and_the_json_of_a_plan_begin_with_its_cost():
    plan = _plan(key_chain(2), "{ t { x0 x1 } }")

    assert render_text(plan).split("\n")[0] == "QueryPlan(hops: 2, requests: 2, fields: 4) {"
    assert render_json(plan)["cost"] == {"hops": 2, "requests": 2, "fields": 4}
