"""Selections without fragment names: what an operation or a field set asks for, shared instead of expanded."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    print_ast,
)

TYPENAME: Final = "__typename"


class Selection:
    """An ordered list of fields and fragments. Compared by identity: one fragment definition is one object.

    `is_hidden` selections are the router's own (keys, requirements): the client never sees their values.
    """

    __slots__ = ("is_hidden", "items")

    def __init__(self, items: "Iterable[Field | Fragment]" = (), *, is_hidden: bool = False) -> None:
        self.items: tuple[Field | Fragment, ...] = tuple(items)
        self.is_hidden = is_hidden


class Field:
    """One selected field: response key, name, arguments and what is asked of its value."""

    __slots__ = ("arguments", "key", "name", "selection", "signature")

    def __init__(
        self, key: str, name: str, arguments: tuple[ArgumentNode, ...] = (), selection: Selection | None = None
    ) -> None:
        self.key = key
        self.name = name
        self.arguments = arguments
        self.selection = selection
        self.signature = signature_of(name, arguments)

    def with_selection(self, selection: Selection | None) -> "Field":
        """The same field, asked for other things."""
        return Field(self.key, self.name, self.arguments, selection)

    def with_key(self, key: str, selection: Selection | None) -> "Field":
        """The same field under another response key."""
        return Field(key, self.name, self.arguments, selection)


class Fragment:
    """A part of a selection that holds for objects of `type_condition` only."""

    __slots__ = ("selection", "type_condition")

    def __init__(self, type_condition: str | None, selection: Selection) -> None:
        self.type_condition = type_condition
        self.selection = selection


def signature_of(name: str, arguments: tuple[ArgumentNode, ...]) -> str:
    """Name and arguments as one text: equal signatures on one object mean equal values."""
    if not arguments:
        return name
    printed = sorted(print_ast(argument) for argument in arguments)
    return f"{name}({', '.join(printed)})"


def read_field_set(text: str) -> Selection:
    """The selection of a `fields:` argument (`@key`, `@requires`, `@provides`)."""
    definition = cast("OperationDefinitionNode", parse("{" + text + "}", no_location=True).definitions[0])
    return SelectionReader({}, {}, is_hidden=True).read(definition.selection_set)


class SelectionReader:
    """Turns syntax into selections: each fragment definition once, parts excluded by `@skip`/`@include` dropped."""

    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, bool],
        *,
        is_hidden: bool = False,
    ) -> None:
        self._fragments = fragments
        self._conditions = conditions
        self._is_hidden = is_hidden
        self._read: dict[str, Selection] = {}

    def read(self, node: SelectionSetNode) -> Selection:
        """The selection of one `{…}`."""
        items = (self._item(item) for item in node.selections if self._is_included(item))
        return Selection(items, is_hidden=self._is_hidden)

    def _item(self, node: SelectionNode) -> Field | Fragment:
        if isinstance(node, FieldNode):
            key = node.alias.value if node.alias else node.name.value
            selection = self.read(node.selection_set) if node.selection_set else None
            return Field(key, node.name.value, node.arguments or (), selection)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else None
            return Fragment(condition, self.read(node.selection_set))
        return self._spread(cast("FragmentSpreadNode", node).name.value)

    def _spread(self, name: str) -> Fragment:
        definition = self._fragments[name]
        selection = self._read.get(name)
        if selection is None:
            selection = self._read[name] = self.read(definition.selection_set)
        return Fragment(definition.type_condition.name.value, selection)

    def _is_included(self, node: SelectionNode) -> bool:
        return not any(self._excludes(directive) for directive in node.directives or ())

    def _excludes(self, directive: DirectiveNode) -> bool:
        name = directive.name.value
        if name not in {"skip", "include"}:
            return False
        value = next(argument.value for argument in directive.arguments or ())
        if isinstance(value, VariableNode):
            holds = self._conditions[value.name.value]
        else:
            holds = isinstance(value, BooleanValueNode) and value.value
        return holds if name == "skip" else not holds
