"""Tries the alternatives of single decisions on whole plans: what is shared between branches shows only there."""

from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

from router.planning.budget import Budget
from router.planning.cost import PlanCost
from router.planning.pricing import Choice, Choices
from router.planning.reach import Place
from router.planning.search import Decision, DecisionKey, Search
from router.planning.selections import Field

_MOST_REQUESTS_TRIED: Final = 300

_PlanT = TypeVar("_PlanT")


class Chooser:
    """The search's decisions, some of them replaced by alternatives; notes which were asked for."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.preferred: dict[DecisionKey, Choices] = {}
        self._asked: dict[DecisionKey, Decision] = {}

    def choose(self, fields: tuple[Field, ...], type_name: str, place: Place) -> Choices:
        """Where to resolve each of the fields; nothing when they cannot be resolved."""
        key = (fields, type_name, place)
        decision = self.search.decide(*key)
        if decision.has_alternatives:
            self._asked[key] = decision
        return self.preferred.get(key, decision.choices)

    def choose_whole(self, field: Field, type_name: str, place: Place) -> Choice | None:
        """Where to resolve all of a field at once; None when no subgraph can."""
        decision = self.search.decide((field,), type_name, place)
        whole = (choices[0] for choices in decision.all_choices() if len(choices) == 1 and choices[0].field is field)
        return next(whole, None)

    def open_decisions(self) -> list[tuple[DecisionKey, Decision]]:
        """Decisions of the last plan that could have been others; forgets them."""
        found = list(self._asked.items())
        self._asked.clear()
        return found


class Refinement(Generic[_PlanT]):
    """Plans again with other decisions while that makes the plan cheaper."""

    def __init__(
        self, build: Callable[[], _PlanT], cost: Callable[[_PlanT], PlanCost], chooser: Chooser, budget: Budget
    ) -> None:
        self._build = build
        self._cost = cost
        self._chooser = chooser
        self._budget = budget
        self._tried = 0

    def best(self) -> _PlanT:
        """The cheapest plan found."""
        best = self._build()
        cost = self._cost(best)
        while (better := self._better(cost)) is not None:
            best, cost = better
        return best

    def _better(self, cost: PlanCost) -> tuple[_PlanT, PlanCost] | None:
        if cost.requests <= cost.hops:
            return None
        for key, choices in self._alternatives():
            if self._budget.is_spent or self._tried >= _MOST_REQUESTS_TRIED:
                return None
            self._budget.spend()
            before = self._chooser.preferred.get(key)
            self._chooser.preferred[key] = choices
            plan = self._build()
            tried = self._cost(plan)
            self._tried += tried.requests
            if tried < cost:
                return plan, tried
            if before is None:
                del self._chooser.preferred[key]
            else:
                self._chooser.preferred[key] = before
        return None

    def _alternatives(self) -> Iterator[tuple[DecisionKey, Choices]]:
        for key, decision in self._chooser.open_decisions():
            current = self._chooser.preferred.get(key, decision.choices)
            for choices in decision.all_choices():
                if choices != current:
                    yield key, choices
