"""When the fetches of a plan run: in series, side by side, or as soon as what they wait for is done."""

from collections.abc import Collection, Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from functools import reduce

from router.planning.asked_fields import count_fields
from router.planning.cost import PlanCost
from router.planning.drafting import DeferredPart
from router.planning.fetch_graph import FetchDraft, FetchGraph
from router.planning.merging import batches, merge_fetches
from router.planning.nodes import Defer, Deferred, Fetch, Parallel, PlanNode, Sequence
from router.planning.operations import OperationHead, write_fetch


@dataclass(slots=True, eq=False)
class Step:
    """One request and those it waits for; with deferred parts also its number, and those of other parts."""

    parents: "set[Step]"
    drafts: SequenceOf[FetchDraft]
    number: int | None = None
    after: tuple[int, ...] = ()

    def write(self, head: OperationHead) -> Fetch:
        """The request in the plan."""
        return write_fetch(self.drafts, head, number=self.number, after=self.after)


class Schedule:
    """The requests of an operation in their order, priced before anything is written."""

    def __init__(self, primary: SequenceOf[FetchGraph], parts: SequenceOf[DeferredPart] = ()) -> None:
        """Merge what can be merged; deferred parts may wait for fetches of any other part."""
        for part in parts:
            _cut_loose(part.graph)
        self._parts = parts
        self._first = [_steps_of(graph) for graph in primary]
        self._later = [_steps_of(part.graph) for part in parts]

    def cost(self) -> PlanCost:
        """What the plan will cost, as `plan_cost` counts it."""
        first = reduce(PlanCost.then, map(_cost, self._first), PlanCost())
        return reduce(PlanCost.beside, map(_cost, self._later), first)

    def write(self, head: OperationHead) -> Defer | PlanNode | None:
        """The plan; a plain one if nothing is deferred."""
        afters = self._number() if self._parts else []
        node = in_series([_arrange(steps, head) for steps in self._first]) if self._first else None
        if not self._parts:
            return node
        deferred = [
            Deferred(part.path, part.labels, after, _arrange(steps, head) if steps else None)
            for part, steps, after in zip(self._parts, self._later, afters, strict=True)
        ]
        return Defer(node, tuple(deferred))

    def _number(self) -> list[tuple[int, ...]]:
        """Number the requests; for every deferred part those of other parts that bring some of it."""
        waits = _Waits([step for steps in (*self._first, *self._later) for step in steps])
        return [waits.numbers(part.used, steps) for part, steps in zip(self._parts, self._later, strict=True)]


def _cost(steps: SequenceOf[Step]) -> PlanCost:
    return PlanCost(_depth(steps), len(steps), sum(count_fields(step.drafts) for step in steps))


def _steps_of(graph: FetchGraph) -> list[Step]:
    """The requests of a fetch graph after merging, parents first."""
    merge_fetches(graph)
    step_of: dict[FetchDraft, Step] = {}
    steps: list[Step] = []
    for batch in batches(graph):
        parents = {step_of[parent] for draft in batch for parent in draft.parents}
        step = Step(_without_indirect(parents), batch)
        steps.append(step)
        step_of.update(dict.fromkeys(batch, step))
    return steps


def _without_indirect(parents: "set[Step]") -> "set[Step]":
    """Parents that are not already waited for by another parent."""
    above: set[Step] = set()
    waiting = list(parents)
    while waiting:
        for step in waiting.pop().parents:
            if step not in above:
                above.add(step)
                waiting.append(step)
    return parents - above


def _arrange(steps: SequenceOf[Step], head: OperationHead) -> PlanNode:
    """Steps in series where they wait for each other, side by side elsewhere; hops are as many as the longest wait."""
    return _side_by_side([_arrange_connected(group, head) for group in _unconnected(steps)])


def _unconnected(steps: SequenceOf[Step]) -> list[list[Step]]:
    """The steps in groups that have nothing to do with each other; parents come first in each."""
    group_of: dict[Step, list[Step]] = {}
    for step in steps:
        mine = [step]
        for parent in step.parents & group_of.keys():
            above = group_of[parent]
            if above is not mine:
                mine = [*above, *mine]
                group_of.update(dict.fromkeys(mine, mine))
        group_of[step] = mine
    order = {step: index for index, step in enumerate(steps)}
    groups = {id(group): sorted(group, key=order.__getitem__) for group in map(group_of.__getitem__, steps)}
    return list(groups.values())


def _arrange_connected(steps: SequenceOf[Step], head: OperationHead) -> PlanNode:
    if len(steps) == 1:
        return steps[0].write(head)
    first = _before_joins(steps)
    rest = _without(first, steps)
    # who waits for several must not wait for what lies below only one of them, if that is longer
    if _depth(first) + _depth(rest) > _depth(steps):
        first = [step for step in steps if step.parents.isdisjoint(steps)]
        rest = _without(first, steps)
    return in_series([_arrange(first, head), _arrange(rest, head)])


def _before_joins(steps: SequenceOf[Step]) -> list[Step]:
    """The only root, or all steps that wait, directly or not, for one root alone."""
    roots = [step for step in steps if step.parents.isdisjoint(steps)]
    if len(roots) == 1:
        return roots
    after = set[Step]()
    for step in steps:
        if len(step.parents.intersection(steps)) > 1 or step.parents & after:
            after.add(step)
    return _without(after, steps)


def _without(gone: Collection[Step], steps: SequenceOf[Step]) -> list[Step]:
    left_out = set(gone)
    return [step for step in steps if step not in left_out]


def _depth(steps: SequenceOf[Step]) -> int:
    """The longest chain of steps that wait for each other."""
    depths: dict[Step, int] = {}
    for step in steps:
        depths[step] = 1 + max((depths[parent] for parent in step.parents & depths.keys()), default=0)
    return max(depths.values(), default=0)


def in_series(nodes: SequenceOf[PlanNode]) -> PlanNode:
    """Nodes one after the other."""
    flat: list[PlanNode] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, Sequence) else (node,))
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def _side_by_side(nodes: SequenceOf[PlanNode]) -> PlanNode:
    return nodes[0] if len(nodes) == 1 else Parallel(tuple(nodes))


class _Waits:
    """Numbers the fetches that others wait for, and tells the others."""

    def __init__(self, steps: SequenceOf[Step]) -> None:
        step_of = {draft: step for step in steps for draft in step.drafts}
        order = {step: number for number, step in enumerate(steps)}
        self._number_of = {draft: order[step] for draft, step in step_of.items()}
        for step in steps:
            waits_for = {draft for one in step.drafts for draft in one.waits_for}
            step.number, step.after = order[step], self.numbers(waits_for, ())

    def numbers(self, drafts: Iterable[FetchDraft], own: SequenceOf[Step]) -> tuple[int, ...]:
        """The numbers of the fetches that these drafts became, without one's own."""
        mine = {step.number for step in own}
        return tuple(sorted({self._number_of[draft.remaining] for draft in drafts} - mine))


def _cut_loose(graph: FetchGraph) -> None:
    """Fetches of other parts are waited for, but do not take part in merging."""
    own = set(graph.drafts)
    for draft in graph.drafts:
        draft.waits_for = draft.parents - own
        draft.parents &= own
