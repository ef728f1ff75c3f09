"""Fifth stage: the plan of an operation, kept per document, operation name, conditions and permissions."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Generic, TypeVar

from graphql import DirectiveNode, DocumentNode, OperationDefinitionNode, VariableNode, Visitor, visit

from router.execution.program import Parts, Program
from router.execution.projection import Projection
from router.pipeline.authorize import Denied, DeniedKey
from router.planning.planner import QueryPlan
from router.planning.selections import Field

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

    `parts` are the fetches of a plan that defers some of them, which has no `program`.
    """

    plan: QueryPlan
    program: Program | None
    projection: Projection
    introspection: tuple[Field, ...]
    parts: Parts | None = None


PlanKey = tuple[bool, tuple[bool, ...], DeniedKey, frozenset[str]]


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
    plans: LeastRecentlyUsed[PlanKey, PlannedOperation] = dataclass_field(
        default_factory=lambda: LeastRecentlyUsed[PlanKey, PlannedOperation](16)
    )
    uses: int = 0

    def planned(
        self,
        variables: Mapping[str, object],
        denied: Denied,
        plan: Callable[[Mapping[str, bool]], PlannedOperation],
        labels: frozenset[str] = frozenset(),
        *,
        defers: bool = False,
    ) -> tuple[PlannedOperation, bool]:
        """The plan for these conditions, permissions and override labels, and whether it was remembered.

        One that `defers` is another plan.
        """
        self.uses += 1
        # only `@defer(if:)`, true by default, may depend on a variable that is not there
        conditions = {name: variables.get(name, True) is True for name in self.condition_variables}
        key = (defers, tuple(conditions.values()), denied.key, labels)
        known = self.plans.get(key)
        if known is not None:
            return known, True
        return self.plans.put(key, plan(conditions)), False


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
