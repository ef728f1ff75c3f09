"""Field sets: the selections inside `@key`, `@requires` and `@provides`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import GraphQLSyntaxError, parse, print_ast
from graphql.language import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """One field of a field set; `arguments` is their SDL with parentheses, or empty, `given` are their names."""

    name: str
    arguments: str
    children: tuple["Selection", ...]
    has_alias: bool
    has_directives: bool
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeSelection:
    """An inline fragment of a field set."""

    type_name: str
    children: tuple["Selection", ...]


Selection = FieldSelection | TypeSelection


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A field set as written; `problem` says why it has no selections when it cannot be read."""

    text: str
    selections: tuple[Selection, ...] = ()
    is_string: bool = True
    problem: str = ""


@lru_cache(maxsize=10_000)
def parse_field_set(text: str) -> FieldSet:
    """Read a field set such as `id organization { id }`, in braces or not; never raises, see `FieldSet.problem`."""
    try:
        document = parse(text if text.lstrip().startswith("{") else f"{{ {text} }}", no_location=True)
    except GraphQLSyntaxError as error:
        return FieldSet(text, problem=error.message)
    operation = document.definitions[0]
    if len(document.definitions) != 1 or not isinstance(operation, OperationDefinitionNode):
        return FieldSet(text, problem="more than one selection set")
    try:
        selections = tuple(_selections(operation.selection_set))
    except ValueError as error:
        return FieldSet(text, problem=str(error))
    if not selections:
        return FieldSet(text, problem="it selects nothing")
    return FieldSet(print_selections(selections), selections)


def _selections(node: SelectionSetNode | None) -> Iterator[Selection]:
    for selection in node.selections if node else ():
        if isinstance(selection, FieldNode):
            arguments = ", ".join(print_ast(argument) for argument in selection.arguments or ())
            yield FieldSelection(
                selection.name.value,
                f"({arguments})" if arguments else "",
                tuple(_selections(selection.selection_set)),
                has_alias=selection.alias is not None,
                has_directives=bool(selection.directives),
                given=tuple(argument.name.value for argument in selection.arguments or ()),
            )
        elif isinstance(selection, InlineFragmentNode) and selection.type_condition:
            yield TypeSelection(selection.type_condition.name.value, tuple(_selections(selection.selection_set)))
        elif isinstance(selection, InlineFragmentNode):
            yield from _selections(selection.selection_set)
        else:
            msg = "named fragments cannot be used in a field set"
            raise ValueError(msg)


def print_selections(selections: tuple[Selection, ...]) -> str:
    """The field set in one canonical line."""
    return " ".join(_print_selection(selection) for selection in selections)


def unordered(selections: tuple[Selection, ...]) -> frozenset[tuple[str, object]]:
    """What the selections select, equal for two that differ in order only."""
    return frozenset(
        (
            f"... on {selection.type_name}"
            if isinstance(selection, TypeSelection)
            else f"{selection.name}{selection.arguments}",
            unordered(selection.children),
        )
        for selection in selections
    )


def _print_selection(selection: Selection) -> str:
    if isinstance(selection, TypeSelection):
        return f"... on {selection.type_name} {{ {print_selections(selection.children)} }}"
    children = f" {{ {print_selections(selection.children)} }}" if selection.children else ""
    return f"{selection.name}{selection.arguments}{children}"
