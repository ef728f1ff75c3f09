"""When the fetches of a plan run: in series, side by side, or as soon as what they wait for is done."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace

from graphql import VariableDefinitionNode

from router.planning.drafting import DeferredPart
from router.planning.fetch_graph import FetchDraft, FetchGraph
from router.planning.merging import batches, merge_fetches
from router.planning.nodes import Defer, Deferred, Fetch, Parallel, PlanNode, Sequence
from router.planning.operations import write_fetch


@dataclass(slots=True, eq=False)
class Step:
    """One request and those it waits for."""

    fetch: Fetch
    parents: "set[Step]"
    drafts: SequenceOf[FetchDraft]


def steps_of(graph: FetchGraph, variables: Mapping[str, VariableDefinitionNode]) -> list[Step]:
    """The requests of a fetch graph after merging, parents first."""
    merge_fetches(graph)
    step_of: dict[FetchDraft, Step] = {}
    steps: list[Step] = []
    for batch in batches(graph):
        parents = {step_of[parent] for draft in batch for parent in draft.parents}
        step = Step(write_fetch(batch, variables), _without_indirect(parents), batch)
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


def arrange(steps: SequenceOf[Step]) -> PlanNode:
    """Steps in series where they wait for each other, side by side elsewhere; hops are as many as the longest wait."""
    return _side_by_side([_arrange_connected(group) for group in _unconnected(steps)])


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


def _arrange_connected(steps: SequenceOf[Step]) -> PlanNode:
    if len(steps) == 1:
        return steps[0].fetch
    first = _before_joins(steps)
    rest = _without(first, steps)
    # who waits for several must not wait for what lies below only one of them, if that is longer
    if _depth(first) + _depth(rest) > _depth(steps):
        first = [step for step in steps if step.parents.isdisjoint(steps)]
        rest = _without(first, steps)
    return in_series([arrange(first), arrange(rest)])


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


def schedule_parts(
    primary: SequenceOf[FetchGraph],
    parts: SequenceOf[DeferredPart],
    variables: Mapping[str, VariableDefinitionNode],
) -> Defer | PlanNode | None:
    """A plan with deferred parts, whose fetches may wait for those of any other part; a plain one if there are none."""
    for part in parts:
        _cut_loose(part.graph)
    first = [steps_of(graph, variables) for graph in primary]
    later = [steps_of(part.graph, variables) for part in parts]
    waits = _Waits([step for steps in (*first, *later) for step in steps])
    afters = [waits.numbers(part.used, steps) for part, steps in zip(parts, later, strict=True)]
    node = in_series([arrange(steps) for steps in first]) if first else None
    if not parts:
        return node
    deferred = [
        Deferred(part.path, part.labels, after, arrange(steps) if steps else None)
        for part, steps, after in zip(parts, later, afters, strict=True)
    ]
    return Defer(node, tuple(deferred))


class _Waits:
    """Numbers the fetches that others wait for, and tells the others."""

    def __init__(self, steps: SequenceOf[Step]) -> None:
        step_of = {draft: step for step in steps for draft in step.drafts}
        order = {step: number for number, step in enumerate(steps)}
        self._number_of = {draft: order[step] for draft, step in step_of.items()}
        for step in steps:
            waits_for = {draft for one in step.drafts for draft in one.waits_for}
            step.fetch = replace(step.fetch, number=order[step], after=self.numbers(waits_for, ()))

    def numbers(self, drafts: Iterable[FetchDraft], own: SequenceOf[Step]) -> tuple[int, ...]:
        """The numbers of the fetches that these drafts became, without one's own."""
        mine = {step.fetch.number for step in own}
        return tuple(sorted({self._number_of[draft.remaining] for draft in drafts} - mine))


def _cut_loose(graph: FetchGraph) -> None:
    """Fetches of other parts are waited for, but do not take part in merging."""
    own = set(graph.drafts)
    for draft in graph.drafts:
        draft.waits_for = draft.parents - own
        draft.parents &= own
