"""Where a subgraph uses field sets, and the walk through one that the rules on them share."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLError,
    KnownArgumentNamesRule,
    ParallelVisitor,
    TypeInfo,
    TypeInfoVisitor,
    UniqueArgumentNamesRule,
    ValidationContext,
    ValuesOfCorrectTypeRule,
    VariableNode,
    Visitor,
    parse,
    visit,
)

from router.composition.field_sets import FieldSelection, FieldSet, Selection
from router.composition.subgraph import ABSTRACT_KINDS, CompositeType, Field, Subgraph, SubgraphType, UnionType
from router.composition.type_references import is_required, named_type


@dataclass(frozen=True, slots=True)
class FieldSetUse:
    """One `@key`, `@requires` or `@provides`: where it stands, and the type its field set selects on."""

    coordinate: str
    fields: FieldSet
    target: str
    parent: CompositeType


@dataclass(frozen=True, slots=True)
class SelectedField:
    """One field met in a field set; `field` is None for what the type does not have, and for `__typename`."""

    selection: FieldSelection
    parent: str
    field: Field | None
    is_under_external: bool


def keys_of(subgraph: Subgraph) -> Iterator[FieldSetUse]:
    """Every `@key` of the subgraph."""
    for type_ in _composites(subgraph):
        for key in type_.keys:
            yield FieldSetUse(type_.name, key.fields, type_.name, type_)


def requires_of(subgraph: Subgraph) -> Iterator[FieldSetUse]:
    """Every `@requires` of the subgraph."""
    for type_ in _composites(subgraph):
        for field in type_.fields.values():
            if field.requires:
                yield FieldSetUse(f"{type_.name}.{field.name}", field.requires, type_.name, type_)


def provides_of(subgraph: Subgraph) -> Iterator[FieldSetUse]:
    """Every `@provides` of the subgraph."""
    for type_ in _composites(subgraph):
        for field in type_.fields.values():
            if field.provides:
                yield FieldSetUse(f"{type_.name}.{field.name}", field.provides, named_type(field.type), type_)


def _composites(subgraph: Subgraph) -> Iterator[CompositeType]:
    return (type_ for type_ in subgraph.types.values() if isinstance(type_, CompositeType))


def walk_fields(use: FieldSetUse, subgraph: Subgraph) -> Iterator[SelectedField]:
    """Every field of the field set, at any depth."""
    yield from _walk(use.fields.selections, use.target, subgraph, is_under_external=False)


def _walk(
    selections: tuple[Selection, ...], parent: str, subgraph: Subgraph, *, is_under_external: bool
) -> Iterator[SelectedField]:
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            yield from _walk(selection.children, selection.type_name, subgraph, is_under_external=is_under_external)
            continue
        type_ = subgraph.composite(parent)
        field = type_.fields.get(selection.name) if type_ else None
        yield SelectedField(selection, parent, field, is_under_external)
        if field:
            is_external = is_under_external or is_external_anywhere(subgraph, parent, field)
            yield from _walk(selection.children, named_type(field.type), subgraph, is_under_external=is_external)


def is_abstract(selected: SelectedField, subgraph: Subgraph) -> bool:
    """Whether the field's value is of an interface or a union."""
    target = subgraph.types.get(named_type(selected.field.type)) if selected.field else None
    return target is not None and target.kind in ABSTRACT_KINDS


def is_external_anywhere(subgraph: Subgraph, parent: str, field: Field) -> bool:
    """Whether the field is external, or for an interface, external in an implementation."""
    if field.is_external:
        return True
    implementations = [subgraph.composite(name) for name in subgraph.possible_types(parent)]
    return any(
        field.name in type_.fields and type_.fields[field.name].is_external for type_ in implementations if type_
    )


def faults_of(use: FieldSetUse, subgraph: Subgraph) -> Iterator[str]:
    """What is wrong with a field set by itself: syntax, unknown fields, missing or needless sub-selections."""
    if not use.fields.is_string or not isinstance(subgraph.types.get(use.target), CompositeType | UnionType):
        return
    if use.fields.problem:
        yield f'"{use.fields.text}" is not a field set: {use.fields.problem}'
        return
    yield from _selection_faults(use.fields.selections, use.target, subgraph)
    if "(" in use.fields.text:
        yield from argument_faults(use.fields.text, use.target, subgraph)


def argument_faults(text: str, target: str, subgraph: Subgraph) -> Iterator[str]:
    """What the subgraph does not understand of the arguments in this selection of a type."""
    document = parse(f"fragment F on {target} {{ {text} }}", no_location=True)
    types = TypeInfo(subgraph.schema)
    faults: list[GraphQLError] = []
    # graphql-core's `validate` would first refuse a schema without queries, which a subgraph may be.
    context = ValidationContext(subgraph.schema, document, types, faults.append)
    rules = (KnownArgumentNamesRule, UniqueArgumentNamesRule, ValuesOfCorrectTypeRule)
    visit(document, TypeInfoVisitor(types, ParallelVisitor([rule(context) for rule in rules])))
    yield from (fault.message for fault in faults)
    variables = _Variables()
    visit(document, variables)
    yield from (f'the variable "${name}" has no value in a field set' for name in variables.names)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Note the name."""
        self.names[node.name.value] = None


def _selection_faults(selections: tuple[Selection, ...], parent: str, subgraph: Subgraph) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, FieldSelection):
            yield from _field_faults(selection, parent, subgraph)
        elif not set(subgraph.possible_types(selection.type_name)) & set(subgraph.possible_types(parent)):
            yield f'the fragment on "{selection.type_name}" can never apply to "{parent}"'
        else:
            yield from _selection_faults(selection.children, selection.type_name, subgraph)


def lacking_arguments(selection: FieldSelection, field: Field) -> list[str]:
    """The required arguments of the field that the selection does not give."""
    return [name for name, argument in field.arguments.items() if is_required(argument) and name not in selection.given]


def _field_faults(selection: FieldSelection, parent: str, subgraph: Subgraph) -> Iterator[str]:
    if selection.name == "__typename":
        return
    if selection.has_alias:
        yield f'"{selection.name}" cannot have an alias in a field set'
    type_ = subgraph.composite(parent)
    field = type_.fields.get(selection.name) if type_ else None
    if field is None:
        yield f'"{parent}" has no field "{selection.name}" in this subgraph'
        return
    for name in lacking_arguments(selection, field):
        yield f'"{parent}.{selection.name}" needs the argument "{name}"'
    yield from _depth_faults(selection, subgraph.types.get(named_type(field.type)), f"{parent}.{field.name}")
    yield from _selection_faults(selection.children, named_type(field.type), subgraph)


def _depth_faults(selection: FieldSelection, target: SubgraphType | None, coordinate: str) -> Iterator[str]:
    is_composite = isinstance(target, CompositeType | UnionType)
    if is_composite and not selection.children:
        yield f'"{coordinate}" needs a selection of its fields'
    if not is_composite and selection.children:
        yield f'"{coordinate}" has no fields to select'
