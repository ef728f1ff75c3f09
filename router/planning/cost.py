"""The cost of a finished plan: what plans are compared by."""

from dataclasses import dataclass
from functools import reduce

from router.planning.nodes import Defer, Expected, Fetch, Parallel, PlanNode, Sequence


@dataclass(frozen=True, slots=True, order=True)
class PlanCost:
    """Compared in this order: requests that wait for each other, requests in all, fields read from their answers."""

    hops: int = 0
    requests: int = 0
    fields: int = 0

    def beside(self, other: "PlanCost") -> "PlanCost":
        """The cost of both at the same time."""
        return PlanCost(max(self.hops, other.hops), self.requests + other.requests, self.fields + other.fields)

    def then(self, other: "PlanCost") -> "PlanCost":
        """The cost of one after the other."""
        return PlanCost(self.hops + other.hops, self.requests + other.requests, self.fields + other.fields)


def plan_cost(node: PlanNode | Defer | None) -> PlanCost:
    """The cost of a plan, or of a part of one; deferred parts are counted as running beside the first."""
    if node is None:
        return PlanCost()
    if isinstance(node, Fetch):
        flattened = sum(count_expected(flatten.expected) for flatten in node.flattens)
        return PlanCost(1, 1, count_expected(node.expected) + flattened)
    if isinstance(node, Sequence):
        return reduce(PlanCost.then, map(plan_cost, node.nodes))
    parts = node.nodes if isinstance(node, Parallel) else (node.primary, *(part.node for part in node.deferred))
    return reduce(PlanCost.beside, map(plan_cost, parts))


def count_expected(expected: Expected) -> int:
    """The fields that are read from an answer."""
    below = (field.below for field in expected.fields.values() if field.below is not None)
    return len(expected.fields) + sum(count_expected(inner) for inner in below)
