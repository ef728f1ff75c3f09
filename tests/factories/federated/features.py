"""What a random operation on a random graph makes use of, by name: so that nobody loses a feature unnoticed."""

import re
from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
)
from graphql.language import Visitor, visit

from tests.factories.federated.case import Federated
from tests.factories.federated.model import FieldModel, Kind, Part, TypeModel


def _is_of_interface_object(model: TypeModel, field: FieldModel) -> bool:
    return not field.is_key and not model.interface_object_in.isdisjoint(field.owners)


_IN_TEXT = {
    "introspection beside values": r"__schema|__type\b",
    "a type's name under another": r"\bt: __typename",
    "a condition by a variable that is given": r"@(include|skip)\(if: \$(yes|no)\)",
    "a condition by a variable left to its default": r"@(include|skip)\(if: \$(usual|rare)\)",
    "a fragment spread": r"\.\.\.F",
}
_IN_FIELDS = {
    "an argument from a context": lambda _, field: field.contextual is not None,
    "an argument from a context beside others": lambda _, field: field.contextual is not None and bool(field.arguments),
    "a field of an interface object": _is_of_interface_object,
    "a requirement of an interface object": lambda model, field: (
        _is_of_interface_object(model, field) and field.requires is not None
    ),
    "a field behind a key of an interface object": lambda model, field: any(
        [key.fields for key in model.keys.get(owner, ())] == ["tag"] for owner in field.owners
    ),
    "a requirement": lambda _, field: field.requires is not None,
    "a requirement with arguments": lambda _, field: "(" in (field.requires or ""),
    "a requirement with fragments": lambda _, field: "... on" in (field.requires or ""),
    "a provided field": lambda _, field: field.is_provided,
    "an overridden field": lambda _, field: any(role.part is Part.OVERRIDDEN for role in field.roles.values()),
    "an override with a label": lambda _, field: any(role.override_label for role in field.roles.values()),
    "a shared field": lambda _, field: len(field.owners) > 1 and not field.is_key,
    "a field of an interface with keys": lambda model, _: model.kind is Kind.INTERFACE and bool(model.keys),
    "objects a subgraph does not know": lambda model, _: bool(model.absent),
}
_IN_ARGUMENTS = {
    "a free scalar as an argument": "Blob",
    "an enum as an argument": "Shade",
    "an input object as an argument": "Filter",
}
FEATURES = frozenset(
    {
        *_IN_TEXT,
        *_IN_FIELDS,
        *_IN_ARGUMENTS,
        "a list of lists as an argument",
        "null in an argument",
        "a variable deep in an input object",
        "a variable in a list",
        "mutations in several subgraphs",
        "a root type a subgraph calls otherwise",
        "a list of lists",
        "a null in a list",
    }
)


def features(graph: Federated, query: str, answer: Any) -> set[str]:
    """The features of an operation and of its answer."""
    types = TypeInfo(graph.schema)
    visitor = _Features(graph, types)
    visit(parse(query, no_location=True), TypeInfoVisitor(types, visitor))
    found = visitor.found | {name for name, text in _IN_TEXT.items() if re.search(text, query)}
    if any(subgraph in graph.graph.root_names for subgraph in visitor.roots):
        found.add("a root type a subgraph calls otherwise")
    if visitor.is_mutation and len(visitor.roots) > 1:
        found.add("mutations in several subgraphs")
    return found | set(_in_values(answer.get("data")))


def _in_values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _in_values(inner)
    elif isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            yield "a list of lists"
        if None in value:
            yield "a null in a list"
        for inner in value:
            yield from _in_values(inner)


class _Features(Visitor):
    """Attributes: the features found, and the subgraphs that own the root fields asked."""

    def __init__(self, graph: Federated, types: TypeInfo) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.roots: set[str] = set()
        self.is_mutation = False
        self._graph = graph
        self._types = types
        self._depth = 0

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        self.is_mutation = node.operation.value == "mutation"

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._types.get_parent_type()
        model = self._graph.graph.types.get(parent.name) if parent else None
        if model is None or node.name.value.startswith("__"):
            return
        owner, field = self._owned(model, node.name.value)
        self.found |= {name for name, is_so in _IN_FIELDS.items() if is_so(owner, field)}
        if model.name in {"Query", "Mutation"}:
            self.roots.update(field.owners[:1])

    def _owned(self, model: TypeModel, name: str) -> tuple[TypeModel, FieldModel]:
        interface = None if name in model.fields else self._graph.graph.interface_object_of(model.name, name)
        owner = interface or model
        return owner, owner.fields[name]

    def enter_argument(self, *_: Any) -> None:
        kind = get_nullable_type(self._types.get_input_type())
        named = get_named_type(kind)
        self.found |= {feature for feature, name in _IN_ARGUMENTS.items() if named is not None and named.name == name}
        if is_list_type(kind) and is_list_type(get_nullable_type(kind.of_type)):
            self.found.add("a list of lists as an argument")

    def enter_null_value(self, _: NullValueNode, *__: Any) -> None:
        self.found.add("null in an argument")

    def enter_variable(self, _: VariableNode, __: Any, ___: Any, ____: Any, ancestors: list[Any]) -> None:
        nodes = [item for item in ancestors if not isinstance(item, list | tuple)]
        if sum(isinstance(item, ObjectFieldNode) for item in nodes) > 1:
            self.found.add("a variable deep in an input object")
        if any(isinstance(item, ListValueNode) for item in nodes):
            self.found.add("a variable in a list")
