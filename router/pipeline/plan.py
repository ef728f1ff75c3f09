"""Fifth stage: the plan of an operation, kept per document, operation name, conditions and permissions.

The first few combinations of values that conditions have get a plan each, which asks for nothing in vain. All others
share one that decides its conditions per request, so no client can make us plan a document over and over.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Final, Generic, TypeVar

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

from kernel.telemetry import counter, get_logger
from router.execution.introspection import introspection_fields
from router.execution.program import Parts, Program, compile_parts, compile_plan
from router.execution.projection import Projection
from router.execution.shapes import Shapes
from router.pipeline.authorize import Denied, DeniedKey
from router.pipeline.refusal import QUERY_TOO_COSTLY, RequestRefused
from router.planning.narrowing import Narrowing
from router.planning.nodes import Defer
from router.planning.planner import Operation, Planner, PlanTooLarge, QueryPlan, read_operation
from router.planning.selections import Field
from router.planning.supergraph import Supergraph

log = get_logger(__name__)
_DEGRADED = counter("router_plans_degraded_total", "Query plans made greedily because the budget was spent")
#: eight combinations of conditions, each with and without deferred parts, one plan for the others, and some for
#: callers who may see less
_KEPT_PLANS: Final = 32
_KeyT = TypeVar("_KeyT")
_ValueT = TypeVar("_ValueT")


class LeastRecentlyUsed(Generic[_KeyT, _ValueT]):
    """A bounded memory: the entry that was not used for longest goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[_KeyT, _ValueT] = OrderedDict()

    def get(self, key: _KeyT) -> _ValueT | None:
        """The entry, now the most recent one."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def items(self) -> Sequence[tuple[_KeyT, _ValueT]]:
        """All entries, the most recent one last."""
        return [*self._entries.items()]

    def put(self, key: _KeyT, value: _ValueT) -> _ValueT:
        """Remember an entry."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """A plan with what was compiled for it: its fetches and the projection of its answers.

    `parts` are the fetches of a plan that defers some of them, which has no `program`. `conditions` are the values of
    the request's conditions where the plan is one for all of them.
    """

    plan: QueryPlan
    program: Program | None
    projection: Projection
    introspection: tuple[Field, ...]
    parts: Parts | None = None
    conditions: Mapping[str, bool] = dataclass_field(default_factory=dict[str, bool])


PlanKey = tuple[bool, tuple[bool, ...] | None, DeniedKey, frozenset[str]]


@dataclass(slots=True)
class PreparedOperation:
    """A document that passed parsing, limits and validation, with its plans for the conditions seen so far.

    `uses` counts how often a plan was asked for.
    """

    document: DocumentNode
    node: OperationDefinitionNode
    condition_variables: tuple[str, ...]
    labels: tuple[str, ...] = ()
    mentions_defer: bool = False
    condition_plans: int = 8
    plans: LeastRecentlyUsed[PlanKey, PlannedOperation] = dataclass_field(
        default_factory=lambda: LeastRecentlyUsed[PlanKey, PlannedOperation](_KEPT_PLANS)
    )
    uses: int = 0
    _planned_for: set[tuple[bool, ...]] = dataclass_field(default_factory=set[tuple[bool, ...]])

    def planned(
        self,
        variables: Mapping[str, object],
        denied: Denied,
        plan: Callable[[Mapping[str, bool] | None], PlannedOperation],
        labels: frozenset[str] = frozenset(),
        *,
        defers: bool = False,
    ) -> tuple[PlannedOperation, bool]:
        """The plan for these conditions, permissions and override labels, and whether it was remembered.

        One that `defers` is another plan; without conditions it must be one for all values, which defers nothing.
        """
        self.uses += 1
        # only `@defer(if:)`, true by default, may depend on a variable that is not there
        conditions = {name: variables.get(name, True) is True for name in self.condition_variables}
        values = tuple(conditions.values())
        if not self._has_own_plan(values):
            planned, is_known = self.planned_for_all(denied, plan, labels)
            return replace(planned, conditions=conditions), is_known
        return self._remembered((defers, values, denied.key, labels), lambda: plan(conditions))

    def planned_for_all(
        self,
        denied: Denied,
        plan: Callable[[Mapping[str, bool] | None], PlannedOperation],
        labels: frozenset[str] = frozenset(),
    ) -> tuple[PlannedOperation, bool]:
        """The plan for whatever values conditions have, and whether it was remembered."""
        return self._remembered((False, None, denied.key, labels), lambda: plan(None))

    def _has_own_plan(self, values: tuple[bool, ...]) -> bool:
        if values and len(self._planned_for) < self.condition_plans:
            self._planned_for.add(values)
        return not values or values in self._planned_for

    def _remembered(self, key: PlanKey, plan: Callable[[], PlannedOperation]) -> tuple[PlannedOperation, bool]:
        known = self.plans.get(key)
        if known is not None:
            return known, True
        return self.plans.put(key, plan()), False


class Planning:
    """Plans the prepared operations of one supergraph."""

    def __init__(self, supergraph: Supergraph, schema: GraphQLSchema, planner: Planner) -> None:
        self._supergraph = supergraph
        self._schema = schema
        self._planner = planner

    def planned(
        self,
        prepared: PreparedOperation,
        variables: Mapping[str, object] | None,
        denied: Denied,
        labels: frozenset[str],
        *,
        defers: bool,
    ) -> tuple[PlannedOperation, bool]:
        """The plan for these variables, or for whatever values conditions have, and whether it was remembered.

        Raises:
            RequestRefused: it would cost too much.
            UnresolvableOperation: there is none.
        """

        def plan(conditions: Mapping[str, bool] | None) -> PlannedOperation:
            return self._plan(prepared, conditions, denied, labels, defers=defers)

        if variables is None:
            return prepared.planned_for_all(denied, plan, labels)
        return prepared.planned(variables, denied, plan, labels, defers=defers)

    def _plan(
        self,
        prepared: PreparedOperation,
        conditions: Mapping[str, bool] | None,
        denied: Denied,
        labels: frozenset[str],
        *,
        defers: bool,
    ) -> PlannedOperation:
        operation = read_operation(prepared.document, prepared.node, self._supergraph, conditions, defers=defers)
        try:
            plan = self._planner.plan(operation, frozenset(denied), labels)
        except PlanTooLarge:
            raise RequestRefused.because("the operation needs too many look-ups", QUERY_TOO_COSTLY) from None
        if plan.is_degraded:
            _DEGRADED.inc()
            log.warning("plan_degraded", candidates=plan.candidates, requests=plan.cost.requests)
        if isinstance(plan.node, Defer):
            program, parts = None, compile_parts(plan.node)
        else:
            program = compile_plan(plan.node) if plan.node is not None else None
            # what is deferred may need no fetch, or be nothing that the caller may see
            parts = Parts(program, ()) if operation.has_deferrals else None
        return PlannedOperation(
            plan=plan,
            program=program,
            projection=Projection(Shapes(self._schema, self._supergraph, plan, denied)),
            introspection=introspection_fields(_root_fields(self._supergraph, plan.operation)),
            parts=parts,
        )


def _root_fields(supergraph: Supergraph, operation: Operation) -> tuple[Field, ...]:
    """The fields of the root type, whenever they come."""
    grouped = Narrowing(supergraph).grouped(operation.selection, operation.root_type)
    return (*grouped.fields, *(field for group in grouped.groups for field in group.fields))


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        for argument in node.arguments or ():
            if node.name.value in {"skip", "include", "defer"} and isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


def condition_variables(document: DocumentNode, operation: OperationDefinitionNode) -> tuple[str, ...]:
    """The operation's variables that `@skip`, `@include` and `@defer` depend on."""
    visitor = _Conditions()
    visit(document, visitor)
    declared = {item.variable.name.value for item in operation.variable_definitions or ()}
    return tuple(name for name in visitor.names if name in declared)
