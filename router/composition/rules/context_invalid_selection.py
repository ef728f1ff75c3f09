"""CONTEXT_INVALID_SELECTION: what `@fromContext` selects is one value of the argument's type.

That holds on every type that sets the context: either one selection suits them all, or each finds the
fragment made for it. A context may be out of reach, so the argument is nullable. An interface object does not know
what it is, so nothing is selected on one.
"""

from collections.abc import Iterator, Sequence

from graphql.language import ListTypeNode, NonNullTypeNode, TypeNode

from router.composition.context_uses import ContextUse, context_setters, context_uses
from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import lacking_arguments
from router.composition.field_sets import FieldSelection, Selection, TypeSelection
from router.composition.subgraph import CompositeType, Subgraph, UnionType
from router.composition.type_references import named_type, print_type


def context_invalid_selection(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Selections from contexts that do not give an argument its value."""
    for use in context_uses(subgraph):
        fault = next(_faults(use, subgraph), None)
        if fault:
            message = f'@fromContext(field: "{use.argument.reference.text}"): {fault}'
            yield CompositionError(ErrorCode.CONTEXT_INVALID_SELECTION, message, use.coordinate, (subgraph.name,))


def _faults(use: ContextUse, subgraph: Subgraph) -> Iterator[str]:
    reference = use.argument.reference
    if reference.context is None:
        return
    selection = reference.selection
    if selection.problem:
        yield f"the selection cannot be read: {selection.problem}"
        return
    setters = context_setters(subgraph, reference.context)
    yield from _needless_fragments(selection.selections, setters, subgraph)
    for setter in setters:
        if all(isinstance(item, TypeSelection) for item in selection.selections):
            yield from _fragment_faults(use, setter, subgraph)
        else:
            yield from _value_faults(selection.selections, setter.name, use, subgraph)


def _needless_fragments(
    selections: tuple[Selection, ...], setters: Sequence[CompositeType | UnionType], subgraph: Subgraph
) -> Iterator[str]:
    possible = {setter.name for setter in setters}.union(*(subgraph.possible_types(setter.name) for setter in setters))
    for item in selections if setters else ():
        if isinstance(item, TypeSelection) and not possible & {
            item.type_name,
            *subgraph.possible_types(item.type_name),
        }:
            yield f'the fragment is for "{item.type_name}", which does not set the context'


def _fragment_faults(use: ContextUse, setter: CompositeType | UnionType, subgraph: Subgraph) -> Iterator[str]:
    possible = set(subgraph.possible_types(setter.name))
    matching = [
        item
        for item in use.argument.reference.selection.selections
        if isinstance(item, TypeSelection)
        and (item.type_name == setter.name or possible & set(subgraph.possible_types(item.type_name)))
    ]
    if not matching:
        yield f'no fragment is for "{setter.name}"'
    for item in matching:
        yield from _value_faults(item.children, item.type_name, use, subgraph)


def _value_faults(selections: tuple[Selection, ...], parent: str, use: ContextUse, subgraph: Subgraph) -> Iterator[str]:
    fault, type_ = _selected_type(selections, parent, subgraph)
    if fault:
        yield fault
    elif type_ is not None and not _suits(_nullable(type_), use.argument.type):
        expected = print_type(use.argument.type)
        yield f'the selected type "{print_type(_nullable(type_))}" does not suit the argument\'s "{expected}"'


def _selected_type(selections: tuple[Selection, ...], parent: str, subgraph: Subgraph) -> tuple[str, TypeNode | None]:
    """Why the selections give no single value, or the type of that value."""
    if len(selections) != 1 or not isinstance(selections[0], FieldSelection):
        return "more than one field is selected", None
    item = selections[0]
    type_ = subgraph.composite(parent)
    field = type_.fields.get(item.name) if type_ else None
    is_leaf = field is not None and not isinstance(
        subgraph.types.get(named_type(field.type)), CompositeType | UnionType
    )
    faults = {
        f'"{parent}" is an interface object': type_ is not None and type_.is_interface_object,
        f'"{parent}" has no field "{item.name}"': field is None,
        f'"{item.name}" cannot have an alias': item.has_alias,
        f'"{item.name}" cannot have directives': item.has_directives,
        f'"{item.name}" needs an argument': field is not None and bool(lacking_arguments(item, field)),
        f'"{parent}.{item.name}" has to lead to one scalar or enum': is_leaf == bool(item.children),
    }
    fault = next((text for text, is_broken in faults.items() if is_broken), "")
    if fault or field is None or is_leaf:
        return fault, field.type if field else None
    fault, inner = _selected_type(item.children, named_type(field.type), subgraph)
    return fault, _in_lists_of(field.type, inner) if inner else None


def _in_lists_of(outer: TypeNode, inner: TypeNode) -> TypeNode:
    """The type of the inner values gathered along the outer one's lists: whatever it says, an item may have none."""
    outer = _nullable(outer)
    return ListTypeNode(type=_in_lists_of(outer.type, inner)) if isinstance(outer, ListTypeNode) else _nullable(inner)


def _nullable(node: TypeNode) -> TypeNode:
    return node.type if isinstance(node, NonNullTypeNode) else node


def _suits(given: TypeNode, wanted: TypeNode) -> bool:
    if isinstance(wanted, NonNullTypeNode):
        return isinstance(given, NonNullTypeNode) and _suits(given.type, wanted.type)
    given = _nullable(given)
    if isinstance(wanted, ListTypeNode) or isinstance(given, ListTypeNode):
        return isinstance(wanted, ListTypeNode) and isinstance(given, ListTypeNode) and _suits(given.type, wanted.type)
    return named_type(given) == named_type(wanted)
