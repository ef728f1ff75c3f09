"""From a supergraph and an operation to a query plan."""

from collections.abc import Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
)

from router.planning.drafting import Drafting, UnresolvableOperation
from router.planning.fetch_graph import FetchDraft, FetchGraph, PlanTooLarge
from router.planning.merging import batches, merge_fetches
from router.planning.narrowing import Coordinate, Narrowing
from router.planning.nodes import Fetch, Parallel, PlanNode, Sequence
from router.planning.operations import write_fetch
from router.planning.positions import Position
from router.planning.search import Budget, Search
from router.planning.selections import Field, Selection, SelectionReader
from router.planning.supergraph import Supergraph

__all__ = ["Operation", "PlanTooLarge", "Planner", "QueryPlan", "UnresolvableOperation", "read_operation"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its fragments resolved and the parts its `@skip`/`@include` exclude left out."""

    kind: OperationType
    root_type: str
    selection: Selection
    variables: Mapping[str, VariableDefinitionNode]


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What to fetch; `node` is None when nothing has to be fetched. `position` knows the response keys in use."""

    node: PlanNode | None
    operation: Operation
    position: Position


def read_operation(
    document: DocumentNode, node: OperationDefinitionNode, supergraph: Supergraph, conditions: Mapping[str, bool]
) -> Operation:
    """Read a validated operation; `conditions` are the values of the variables its directives use."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    return Operation(
        kind=node.operation,
        root_type=supergraph.roots[node.operation.value],
        selection=SelectionReader(fragments, conditions).read(node.selection_set),
        variables={item.variable.name.value: item for item in node.variable_definitions or ()},
    )


class Planner:
    """Plans operations against one supergraph; holds no state between operations."""

    def __init__(self, supergraph: Supergraph, *, budget: int = 20_000) -> None:
        self._supergraph = supergraph
        self._budget = budget

    def plan(self, operation: Operation, denied: frozenset[Coordinate] = frozenset()) -> QueryPlan:
        """The plan of an operation, without the fields the caller may not see.

        Raises:
            UnresolvableOperation: no combination of subgraphs can answer it.
            PlanTooLarge: it needs too many separate look-ups.
        """
        narrowing = Narrowing(self._supergraph, denied)
        position = Position([operation.selection])
        fields = tuple(
            field
            for field in narrowing.fields_of(operation.selection, operation.root_type)
            if not field.name.startswith("__")
        )
        if not fields:
            return QueryPlan(None, operation, position)
        search = Search(self._supergraph, narrowing, Budget(self._budget))
        drafting = Drafting(self._supergraph, narrowing, search)
        graphs = _draft(drafting, fields, operation, position)
        nodes = [_schedule(graph, operation.variables) for graph in graphs]
        return QueryPlan(_in_series(nodes), operation, position)


def _draft(
    drafting: Drafting, fields: tuple[Field, ...], operation: Operation, position: Position
) -> SequenceOf[FetchGraph]:
    if operation.kind is OperationType.MUTATION:
        return drafting.mutation(fields, operation.root_type, position)
    drafting.query(fields, operation.root_type, position)
    return [drafting.graph]


@dataclass(slots=True, eq=False)
class _Step:
    fetch: Fetch
    parents: "set[_Step]"


def _schedule(graph: FetchGraph, variables: Mapping[str, VariableDefinitionNode]) -> PlanNode:
    merge_fetches(graph)
    step_of: dict[FetchDraft, _Step] = {}
    steps: list[_Step] = []
    for batch in batches(graph):
        parents = {step_of[parent] for draft in batch for parent in draft.parents}
        step = _Step(write_fetch(batch, variables), _without_indirect(parents))
        steps.append(step)
        step_of.update(dict.fromkeys(batch, step))
    return _in_series([_arrange(steps)])


def _without_indirect(parents: "set[_Step]") -> "set[_Step]":
    """Parents that are not already waited for by another parent."""
    above: set[_Step] = set()
    waiting = list(parents)
    while waiting:
        for step in waiting.pop().parents:
            if step not in above:
                above.add(step)
                waiting.append(step)
    return parents - above


def _arrange(steps: SequenceOf[_Step]) -> PlanNode:
    """Nest steps under their only parent; a step with several parents waits for all that came before it."""
    roots = [step for step in steps if not step.parents]
    single = [step for step in steps if len(step.parents) == 1]
    joins = [step for step in steps if len(step.parents) > 1]
    after_join = set[_Step]()
    for step in steps:
        if step in joins or step.parents & after_join:
            after_join.add(step)
    nested = [step for step in single if step not in after_join]
    stages = [_side_by_side([_subtree(step, nested) for step in roots])]
    rest = [step for step in steps if step in after_join]
    if rest:
        stages.append(_arrange(_cut(rest)))
    return _in_series(stages)


def _cut(steps: SequenceOf[_Step]) -> SequenceOf[_Step]:
    for step in steps:
        step.parents &= set(steps)
    return steps


def _subtree(step: _Step, nested: SequenceOf[_Step]) -> PlanNode:
    children = [_subtree(child, nested) for child in nested if step in child.parents]
    return _in_series([step.fetch, _side_by_side(children)] if children else [step.fetch])


def _in_series(nodes: SequenceOf[PlanNode]) -> PlanNode:
    flat: list[PlanNode] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, Sequence) else (node,))
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def _side_by_side(nodes: SequenceOf[PlanNode]) -> PlanNode:
    return nodes[0] if len(nodes) == 1 else Parallel(tuple(nodes))
