"""Selections without fragment names: what an operation or a field set asks for, shared instead of expanded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    parse,
    print_ast,
)

from router.planning.guards import Guard, Literal, both

TYPENAME: Final = "__typename"
_CONDITIONS: Final = frozenset({"skip", "include"})
_OWN_DIRECTIVES: Final = _CONDITIONS | {"defer"}


@dataclass(frozen=True, slots=True)
class Deferral:
    """One `@defer` of an operation, as seen from a selection.

    Attributes:
        number: which directive of the operation it is.
        parent: the deferral around it.
        fields_up: how many fields above the selection the deferred fragment stands.
    """

    number: int
    label: str | None = None
    parent: "Deferral | None" = None
    fields_up: int = 0

    def inside(self, parent: "Deferral | None") -> "Deferral":
        """The same directive in a fragment that is deferred itself."""
        return self if parent is None or self.parent is not None else replace(self, parent=parent)

    def from_below(self) -> "Deferral":
        """The same deferral, seen from one field further down."""
        parent = self.parent.from_below() if self.parent is not None else None
        return replace(self, parent=parent, fields_up=self.fields_up + 1)


class Selection:
    """An ordered list of fields and fragments. Compared by identity: one fragment definition is one object.

    `is_hidden` selections are the router's own (keys, requirements): the client never sees their values. Fields of
    exactly the deferrals `together` belong with the selection; those of other deferrals come apart from it.
    """

    __slots__ = ("has_deferrals", "has_guards", "is_hidden", "items", "together")

    def __init__(
        self,
        items: "Iterable[Field | Fragment]" = (),
        *,
        is_hidden: bool = False,
        together: frozenset[Deferral] = frozenset(),
    ) -> None:
        self.items: tuple[Field | Fragment, ...] = tuple(items)
        self.is_hidden = is_hidden
        self.together = together
        self.has_deferrals = any(
            isinstance(item, Fragment) and (item.defer is not None or item.selection.has_deferrals)
            for item in self.items
        )
        self.has_guards = any(
            item.guard is not None or (isinstance(item, Fragment) and item.selection.has_guards) for item in self.items
        )


class Field:
    """One selected field: response key, name, arguments, what is asked of its value, directives for subgraphs.

    With a `guard` it is asked for at times.
    """

    __slots__ = ("arguments", "directives", "guard", "key", "name", "selection", "signature")

    def __init__(
        self,
        key: str,
        name: str,
        arguments: tuple[ArgumentNode, ...] = (),
        selection: Selection | None = None,
        *,
        directives: tuple[DirectiveNode, ...] = (),
        guard: Guard | None = None,
    ) -> None:
        self.key = key
        self.name = name
        self.arguments = arguments
        self.selection = selection
        self.directives = directives
        self.guard = guard
        self.signature = signature_of(name, arguments, directives)

    def with_selection(self, selection: Selection | None) -> "Field":
        """The same field, asked for other things."""
        return Field(self.key, self.name, self.arguments, selection, directives=self.directives, guard=self.guard)

    def guarded(self, guard: Guard | None) -> "Field":
        """The same field, asked for at other times."""
        if guard is self.guard:
            return self
        return Field(self.key, self.name, self.arguments, self.selection, directives=self.directives, guard=guard)

    def with_key(self, key: str, selection: Selection | None) -> "Field":
        """The same field under another response key."""
        return Field(key, self.name, self.arguments, selection, directives=self.directives)

    def with_directives_of(self, others: Iterable["Field"]) -> "Field":
        """The same field with those directives of equal fields that it does not have itself."""
        found = {directive.name.value: directive for other in others for directive in other.directives}
        more = found.keys() - {directive.name.value for directive in self.directives}
        if not more:
            return self
        directives = (*self.directives, *(directive for name, directive in found.items() if name in more))
        return Field(self.key, self.name, self.arguments, self.selection, directives=directives, guard=self.guard)


class Fragment:
    """A part of a selection that holds for objects of `type_condition` only; with `defer` it may come later."""

    __slots__ = ("defer", "guard", "selection", "type_condition")

    def __init__(
        self,
        type_condition: str | None,
        selection: Selection,
        defer: Deferral | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.type_condition = type_condition
        self.selection = selection
        self.defer = defer
        self.guard = guard


def names_in(selection: Selection) -> Iterator[str]:
    """The names of all fields of a selection, at any depth."""
    for item in selection.items:
        if isinstance(item, Field):
            yield item.name
        if item.selection is not None:
            yield from names_in(item.selection)


def context_argument(name: str, variable: str) -> ArgumentNode:
    """An argument that a variable fills."""
    return ArgumentNode(name=NameNode(value=name), value=VariableNode(name=NameNode(value=variable)))


def signature_of(name: str, arguments: tuple[ArgumentNode, ...], directives: tuple[DirectiveNode, ...] = ()) -> str:
    """Name, arguments and directives as one text: equal signatures on one object mean equal values."""
    if not arguments and not directives:
        return name
    printed = sorted(print_ast(argument) for argument in arguments)
    applied = "".join(f" {print_ast(directive)}" for directive in directives)
    return f"{name}({', '.join(printed)}){applied}"


def for_subgraphs(directives: Iterable[DirectiveNode] | None) -> tuple[DirectiveNode, ...]:
    """The directives of an operation that the router has no use for itself."""
    return tuple(directive for directive in directives or () if directive.name.value not in _OWN_DIRECTIVES)


def read_field_set(text: str) -> Selection:
    """The selection of a `fields:` argument (`@key`, `@requires`, `@provides`), in braces or not."""
    braced = text if text.lstrip().startswith("{") else "{" + text + "}"
    definition = cast("OperationDefinitionNode", parse(braced, no_location=True).definitions[0])
    return SelectionReader({}, {}, is_hidden=True).read(definition.selection_set)


class SelectionReader:
    """Turns syntax into selections: each fragment definition once, parts excluded by `@skip`/`@include` dropped.

    Without `defers` fragments with `@defer` are read like any others. Without `conditions`, what variables decide is
    guarded instead of dropped.
    """

    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, bool] | None,
        *,
        is_hidden: bool = False,
        defers: bool = False,
    ) -> None:
        self._fragments = fragments
        self._defers = defers
        self._deferrals = 0
        self._conditions = conditions
        self._is_hidden = is_hidden
        self._read: dict[str, Selection] = {}
        self._literals: dict[tuple[str, bool], Guard] = {}

    @property
    def has_deferred(self) -> bool:
        """True when something read so far is deferred."""
        return self._deferrals > 0

    def read(self, node: SelectionSetNode) -> Selection:
        """The selection of one `{…}`."""
        items = (self._item(item) for item in node.selections if self._is_included(item))
        return Selection(items, is_hidden=self._is_hidden)

    def _item(self, node: SelectionNode) -> Field | Fragment:
        if isinstance(node, FieldNode):
            key = node.alias.value if node.alias else node.name.value
            selection = self.read(node.selection_set) if node.selection_set else None
            return Field(
                key,
                node.name.value,
                node.arguments or (),
                selection,
                directives=for_subgraphs(node.directives),
                guard=self._guard(node),
            )
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else None
            return Fragment(condition, self.read(node.selection_set), self._deferral(node), self._guard(node))
        return self._spread(cast("FragmentSpreadNode", node))

    def _spread(self, node: FragmentSpreadNode) -> Fragment:
        name = node.name.value
        definition = self._fragments[name]
        selection = self._read.get(name)
        if selection is None:
            selection = self._read[name] = self.read(definition.selection_set)
        return Fragment(definition.type_condition.name.value, selection, self._deferral(node), self._guard(node))

    def _deferral(self, node: SelectionNode) -> Deferral | None:
        if not self._defers:
            return None
        directive = next((item for item in node.directives or () if item.name.value == "defer"), None)
        if directive is None:
            return None
        arguments = {argument.name.value: argument.value for argument in directive.arguments or ()}
        if "if" in arguments and not self._holds(arguments["if"]):
            return None
        self._deferrals += 1
        label = arguments.get("label")
        return Deferral(self._deferrals, label.value if isinstance(label, StringValueNode) else None)

    def _is_included(self, node: SelectionNode) -> bool:
        return not any(self._excludes(directive) for directive in node.directives or ())

    def _excludes(self, directive: DirectiveNode) -> bool:
        name = directive.name.value
        if name not in _CONDITIONS:
            return False
        value = next(argument.value for argument in directive.arguments or ())
        if self._conditions is None and isinstance(value, VariableNode):
            return False
        holds = self._holds(value)
        return holds if name == "skip" else not holds

    def _guard(self, node: SelectionNode) -> Guard | None:
        guard: Guard | None = None
        for directive in node.directives or () if self._conditions is None else ():
            value = next((argument.value for argument in directive.arguments or ()), None)
            if directive.name.value in _CONDITIONS and isinstance(value, VariableNode):
                guard = both(guard, self._literal(value.name.value, value=directive.name.value == "include"))
        return guard

    def _literal(self, variable: str, *, value: bool) -> Guard:
        return self._literals.setdefault((variable, value), Literal(variable, value))

    def _holds(self, value: ValueNode) -> bool:
        if isinstance(value, VariableNode):
            return (self._conditions or {})[value.name.value]
        return isinstance(value, BooleanValueNode) and value.value
