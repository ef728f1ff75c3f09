"""Picks the operation of a document and says what stands against compiling it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)

from kernel.graphql.execution.plan import Fallback
from kernel.graphql.execution.runtime import Scene
from kernel.graphql.execution.variables import Variables

_INCREMENTAL: Final = frozenset({"defer", "stream"})
_CONDITIONS: Final = frozenset({"skip", "include"})
_NO_PROPAGATION: Final = "experimental_disableErrorPropagation"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document.

    Attributes:
        document: kept, so that nothing else gets its identity while this is cached.
        scene: schema, operation and fragments.
        conditions: the variables of `@skip` and `@include`, in order.
        variables: coerces what a request gives for them.
        fields: how many fields it selects, fragments once.
    """

    document: DocumentNode
    scene: Scene
    conditions: tuple[str, ...]
    variables: Variables
    fields: int

    def truths(self, variables: Mapping[str, Any]) -> tuple[bool, ...] | None:
        """The values of the conditions; None if one is no Boolean."""
        values = tuple(variables.get(name) for name in self.conditions)
        return values if all(type(value) is bool for value in values) else None  # pyright: ignore[reportReturnType]


def pick_operation(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation | Fallback:
    """The operation called `name`, or the only one."""
    found: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
        elif isinstance(definition, OperationDefinitionNode) and (
            name is None or (definition.name is not None and definition.name.value == name)
        ):
            found.append(definition)
    if not found or (name is None and len(found) > 1):
        return Fallback("no_operation")
    operation = found[-1]
    reason = _against(schema, operation, fragments)
    if reason is not None:
        return reason
    return _conditions(Scene(schema, operation, fragments), document)


def _against(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Fallback | None:
    if operation.operation is OperationType.SUBSCRIPTION:
        return Fallback("subscription")
    if schema.get_root_type(operation.operation) is None:
        return Fallback("no_root_type")
    if any(directive.name.value == _NO_PROPAGATION for directive in operation.directives or ()):
        return Fallback("no_error_propagation")
    if any(fragment.variable_definitions for fragment in fragments.values()):
        return Fallback("fragment_variables")
    return None


def _conditions(scene: Scene, document: DocumentNode) -> Operation | Fallback:
    names: dict[str, None] = {}
    fields = 0
    for node in _nodes(scene):
        if isinstance(node, FieldNode):
            fields += 1
        for directive in getattr(node, "directives", None) or ():
            problem = _note_condition(directive, names)
            if problem is not None:
                return problem
    return Operation(document, scene, tuple(names), Variables(scene.schema, scene.operation), fields)


def _note_condition(directive: DirectiveNode, names: dict[str, None]) -> Fallback | None:
    if directive.name.value in _INCREMENTAL:
        return Fallback("incremental_delivery")
    if directive.name.value in _CONDITIONS:
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                names[argument.value.name.value] = None
            elif not isinstance(argument.value, BooleanValueNode):
                return Fallback("condition", "@skip or @include without a Boolean")
    return None


def _nodes(scene: Scene) -> Iterator[Node]:
    """The operation and every selection it reaches, fragments once."""
    reached: set[str] = set()
    waiting: list[Node] = [scene.operation]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, FragmentSpreadNode) and node.name.value not in reached:
            reached.add(node.name.value)
            waiting += [fragment] if (fragment := scene.fragments.get(node.name.value)) is not None else []
        selections: SelectionSetNode | None = getattr(node, "selection_set", None)
        if selections is not None:
            waiting += selections.selections
