"""Writes the operations sent to subgraphs, and what is expected back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import reduce
from typing import TypeVar

from graphql import ArgumentNode, DirectiveNode, Node, VariableDefinitionNode, VariableNode, Visitor, print_ast, visit

from router.planning.fetch_graph import Asked, AskedField, FetchDraft
from router.planning.guards import Guard, GuardNames, either
from router.planning.nodes import Entities, Expected, ExpectedField, Fetch, Flatten
from router.planning.selections import TYPENAME

_ENTITIES = "_entities"
_NodeT = TypeVar("_NodeT", bound=Node)


class _VariableNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names[node.name.value] = None


@dataclass(frozen=True, slots=True)
class OperationHead:
    """What stands before the braces of the client's operation; its directives go with fetches of its kind."""

    kind: str
    guards: GuardNames
    directives: tuple[DirectiveNode, ...] = ()

    @property
    def variables(self) -> Mapping[str, VariableDefinitionNode]:
        """The operation's variables and those that stand for guards."""
        return self.guards.definitions

    def directives_of(self, kind: str) -> tuple[DirectiveNode, ...]:
        """The directives of a fetch."""
        return self.directives if kind == self.kind else ()


@dataclass(slots=True)
class _Writer:
    """Prints selections, collecting the variables they use."""

    guards: GuardNames = dataclass_field(default_factory=GuardNames)
    variables: dict[str, None] = dataclass_field(default_factory=dict[str, None])

    def selection(self, asked: Asked) -> tuple[str, Expected]:
        """The text inside the braces, and what comes back."""
        expected: dict[str, ExpectedField] = {}
        seen: dict[str, _Shape] = {}
        texts = [self._field(key, field, expected, seen) for key, field in asked.fields.items()]
        for type_name, fragment in asked.fragments.items():
            if fragment.fragments:
                inner, below = self.selection(fragment)
                expected.update(_joined_fields(expected, below.fields, type_name))
                texts.append(f"... on {type_name} {{ {inner} }}")
            elif fragment.fields:
                on_type = dict[str, ExpectedField]()
                inner_texts = [self._field(key, field, on_type, seen) for key, field in fragment.fields.items()]
                expected.update(_joined_fields(expected, on_type, type_name))
                texts.append(f"... on {type_name} {{ {' '.join(inner_texts)} }}")
        return (" ".join(texts) or TYPENAME), Expected(expected)

    def _field(self, key: str, field: AskedField, expected: dict[str, ExpectedField], seen: "dict[str, _Shape]") -> str:
        below_text, below = self.selection(field.below) if field.below is not None else ("", None)
        alias = _free_alias(key, _Shape(key, field.signature, field.type_text, below_text), seen)
        name = field.name if alias == field.name else f"{alias}: {field.name}"
        expected[alias] = ExpectedField(key, field.is_visible, below, is_type=field.name == TYPENAME)
        directives = self.directives(field.directives) + self._condition(field.guard)
        head = name + self._arguments(field.arguments) + directives
        return head + (f" {{ {below_text} }}" if below is not None else "")

    def directives(self, directives: Sequence[DirectiveNode]) -> str:
        """Directives as they follow a field or an operation."""
        return "".join(f" {print_ast(directive)}" for directive in self._used(directives))

    def _condition(self, guard: Guard | None) -> str:
        if guard is None:
            return ""
        variable = self.guards.of(guard)
        self.variables[variable] = None
        return f" @include(if: ${variable})"

    def _arguments(self, arguments: Sequence[ArgumentNode]) -> str:
        return f"({', '.join(print_ast(argument) for argument in self._used(arguments))})" if arguments else ""

    def _used(self, nodes: Sequence[_NodeT]) -> Sequence[_NodeT]:
        if nodes:
            visitor = _VariableNames()
            for node in nodes:
                visit(node, visitor)
            self.variables.update(visitor.names)
        return nodes


@dataclass(frozen=True, slots=True)
class _Shape:
    """Two fields may share an alias only if all of this is equal; otherwise the subgraph may refuse them."""

    key: str
    signature: str
    type_text: str
    below: str


def _free_alias(key: str, shape: _Shape, seen: dict[str, _Shape]) -> str:
    candidate, attempt = key, 0
    while seen.setdefault(candidate, shape) != shape:
        candidate = f"_c{attempt}_{key}"
        attempt += 1
    return candidate


def _joined_fields(
    known: Mapping[str, ExpectedField], more: Mapping[str, ExpectedField], type_name: str | None = None
) -> Mapping[str, ExpectedField]:
    """The fields of both; those of a fragment are asked on its type alone, unless they are asked outside, too."""
    joined = dict(known)
    for alias, field in more.items():
        mine = joined.get(alias)
        own = field.on_types or ((type_name,) if type_name is not None else None)
        if mine is None:
            joined[alias] = replace(field, on_types=own)
        else:
            below = field.below
            if mine.below is not None and below is not None:
                below = Expected(_joined_fields(mine.below.fields, below.fields))
            joined[alias] = replace(field, below=below, on_types=_either_type(mine.on_types, own))
    return joined


def _either_type(types: tuple[str, ...] | None, others: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if types is None or others is None else tuple(dict.fromkeys((*types, *others)))


def expected_of(asked: Asked) -> Expected:
    """What comes back for a selection set."""
    return _Writer().selection(asked)[1]


def write_fetch(
    drafts: Sequence[FetchDraft],
    head: OperationHead,
    *,
    number: int | None = None,
    after: tuple[int, ...] = (),
) -> Fetch:
    """One request for drafts that travel together."""
    first = drafts[0]
    writer = _Writer(head.guards)
    needed = reduce(either, (draft.needed_when for draft in drafts))
    condition = head.guards.of(needed) if needed is not None else None
    if first.kind != "entities":
        text, expected = writer.selection(first.asked)
        directives = writer.directives(head.directives_of(first.kind))
        operation = f"{first.kind}{_signature(writer.variables, head.variables, ())}{directives} {{ {text} }}"
        return Fetch(
            first.subgraph,
            first.kind,
            operation,
            tuple(writer.variables),
            expected,
            path=first.path,
            number=number,
            after=after,
            condition=condition,
        )
    flattens = _flattens(drafts, writer, head.variables)
    directives = writer.directives(head.directives_of("query"))
    looks = " ".join(_look_up(flatten) for flatten in flattens)
    own = [f"${flatten.variable}: [_Any!]!" for flatten in flattens]
    filled = {value.variable for value in first.contexts}
    own += [f"${value.variable}: {value.type_text}" for value in first.contexts]
    variables = tuple(name for name in writer.variables if name not in filled)
    operation = f"query{_signature(variables, head.variables, own)}{directives} {{ {looks} }}"
    return Fetch(
        first.subgraph,
        "entities",
        operation,
        variables,
        Expected({}),
        flattens,
        number=number,
        after=after,
        contexts=first.contexts,
        condition=condition,
    )


def _flattens(
    drafts: Sequence[FetchDraft], writer: _Writer, definitions: Mapping[str, VariableDefinitionNode]
) -> tuple[Flatten, ...]:
    # equal texts may still go to other response keys or be visible at one place only
    by_meaning: dict[tuple[str, str, Guard | None], tuple[Expected, list[Entities]]] = {}
    for draft in drafts:
        text, expected = writer.selection(draft.asked)
        same = by_meaning.setdefault((text, repr(expected), draft.guard), (expected, []))
        same[1].extend(
            Entities(draft.path, entity.type_name, entity.typename_key, entity.entity_type, entity.parts)
            for entity in draft.inputs.values()
        )
    flattens: list[Flatten] = []
    for index, ((text, _, guard), (expected, entities)) in enumerate(by_meaning.items()):
        alias = _ENTITIES if len(by_meaning) == 1 else f"_e{index}"
        variable = _free_name("representations" if len(by_meaning) == 1 else f"representations{index}", definitions)
        condition = writer.guards.of(guard) if guard is not None else None
        flattens.append(Flatten(alias, variable, tuple(entities), expected, text, condition))
    return tuple(flattens)


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    while name in taken:
        name = f"_{name}"
    return name


def _look_up(flatten: Flatten) -> str:
    name = _ENTITIES if flatten.alias == _ENTITIES else f"{flatten.alias}: {_ENTITIES}"
    return f"{name}(representations: ${flatten.variable}) {{ {flatten.text} }}"


def _signature(names: Iterable[str], definitions: Mapping[str, VariableDefinitionNode], own: Sequence[str]) -> str:
    parts = [*own, *(_definition(definitions[name]) for name in names)]
    return f"({', '.join(parts)})" if parts else ""


def _definition(node: VariableDefinitionNode) -> str:
    default = f" = {print_ast(node.default_value)}" if node.default_value is not None else ""
    return f"${node.variable.name.value}: {print_ast(node.type)}{default}"
