"""From a supergraph and an operation to a query plan."""

from collections.abc import Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import partial

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
)

from router.planning.budget import Budget, PlanTooLarge
from router.planning.cost import PlanCost
from router.planning.drafting import Drafting, PartKey, UnresolvableOperation
from router.planning.fetch_graph import FetchGraph
from router.planning.guards import GuardNames
from router.planning.narrowing import Coordinate, Narrowing
from router.planning.nodes import Defer, PlanNode
from router.planning.operations import OperationHead
from router.planning.positions import Interned, Position
from router.planning.refinement import Chooser, Refinement
from router.planning.scheduling import Schedule
from router.planning.search import Search
from router.planning.selections import Field, Selection, SelectionReader, for_subgraphs
from router.planning.supergraph import Supergraph

__all__ = ["Operation", "PlanTooLarge", "Planner", "QueryPlan", "UnresolvableOperation", "read_operation"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its fragments resolved and the parts its `@skip`/`@include` exclude left out.

    `whole` is the same operation with nothing deferred, of one that defers something.
    """

    kind: OperationType
    root_type: str
    selection: Selection
    variables: Mapping[str, VariableDefinitionNode]
    whole: "Operation | None" = None
    directives: tuple[DirectiveNode, ...] = ()

    @property
    def head(self) -> OperationHead:
        """What stands before its braces."""
        return OperationHead(self.kind.value, GuardNames(self.variables), self.directives)

    @property
    def has_deferrals(self) -> bool:
        """True when a part of it comes later."""
        return self.whole is not None


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What to fetch; `node` is None when nothing has to be fetched. `position` knows the response keys in use.

    `guards` are the conditions that a request must decide, of an operation read without values for them.
    `parts` says which of the node's deferred parts brings what. A plan that `is_degraded` was made greedily after the
    budget was spent and may cost more than necessary; `candidates` counts what was considered,
    `labels` are the override labels it holds for.
    """

    node: PlanNode | Defer | None
    operation: Operation
    position: Position
    parts: Mapping[PartKey, int] = dataclass_field(default_factory=dict[PartKey, int])
    cost: PlanCost = dataclass_field(default_factory=PlanCost)
    is_degraded: bool = False
    candidates: int = 0
    labels: tuple[str, ...] = ()
    guards: GuardNames | None = None


def read_operation(
    document: DocumentNode,
    node: OperationDefinitionNode,
    supergraph: Supergraph,
    conditions: Mapping[str, bool] | None,
    *,
    defers: bool = False,
) -> Operation:
    """Read a validated operation; `conditions` are the values of the variables its directives use.

    Without `conditions` what depends on them is guarded, for one plan that fits all values. Without `defers` nothing
    of it comes later, which it cannot without conditions either.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    reader = SelectionReader(fragments, conditions, defers=defers and conditions is not None)
    selection = reader.read(node.selection_set)
    return Operation(
        kind=node.operation,
        root_type=supergraph.roots[node.operation.value],
        selection=selection,
        variables={item.variable.name.value: item for item in node.variable_definitions or ()},
        whole=read_operation(document, node, supergraph, conditions) if reader.has_deferred else None,
        directives=for_subgraphs(node.directives),
    )


class Planner:
    """Plans operations against one supergraph; holds no state between operations."""

    def __init__(self, supergraph: Supergraph, *, budget: int = 20_000, seconds: float = 1.0) -> None:
        self._supergraph = supergraph
        self._budget = partial(Budget, budget, seconds)

    def plan(
        self, operation: Operation, denied: frozenset[Coordinate] = frozenset(), labels: frozenset[str] = frozenset()
    ) -> QueryPlan:
        """The plan of an operation, without the fields the caller may not see, while some override labels are on.

        Where what is deferred cannot be reached on its own, it is the plan of the whole answer.

        Raises:
            UnresolvableOperation: no combination of subgraphs can answer it.
            PlanTooLarge: it needs too many separate look-ups.
        """
        try:
            return self._plan(operation, denied, labels)
        except UnresolvableOperation:
            if operation.whole is None:
                raise
            # an object without a key may have fields that are only there on the way the whole operation would take
            return self._plan(operation.whole, denied, labels)

    def _plan(self, operation: Operation, denied: frozenset[Coordinate], labels: frozenset[str]) -> QueryPlan:
        supergraph = self._supergraph.under(labels)
        narrowing = Narrowing(supergraph, denied)
        fields = tuple(
            field
            for field in narrowing.fields_of(operation.selection, operation.root_type)
            if not field.name.startswith("__")
        )
        if not fields and not operation.has_deferrals:
            return QueryPlan(None, operation, Position([operation.selection]))
        budget = self._budget()
        chooser = Chooser(Search(supergraph, narrowing, budget))
        interned: Interned = {}

        def build() -> _Drafted:
            drafting = Drafting(supergraph, narrowing, chooser, operation.variables)
            return _Drafted.of(drafting, fields, operation, Position([operation.selection], interned))

        best = Refinement(build, lambda drafted: drafted.schedule.cost(), chooser, budget).best()
        head = operation.head
        return QueryPlan(
            best.schedule.write(head),
            operation,
            best.position,
            best.parts,
            best.schedule.cost(),
            is_degraded=budget.is_spent,
            candidates=budget.counted,
            labels=tuple(sorted(labels)),
            guards=head.guards,
        )


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A plan that is not written yet."""

    schedule: Schedule
    position: Position
    parts: Mapping[PartKey, int]

    @classmethod
    def of(cls, drafting: Drafting, fields: tuple[Field, ...], operation: Operation, position: Position) -> "_Drafted":
        graphs = _draft(drafting, fields, operation, position)
        if operation.has_deferrals:
            drafting.later(operation.selection, operation.root_type, position)
        parts = {key: index for index, key in enumerate(drafting.parts)}
        return cls(Schedule(graphs, list(drafting.parts.values())), position, parts)


def _draft(
    drafting: Drafting, fields: tuple[Field, ...], operation: Operation, position: Position
) -> SequenceOf[FetchGraph]:
    if not fields:
        return []
    if operation.kind is not OperationType.QUERY:
        return drafting.called_once(fields, operation.root_type, position, kind=operation.kind.value)
    drafting.query(fields, operation.root_type, position)
    return [drafting.graph]
