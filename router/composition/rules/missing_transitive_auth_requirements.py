"""MISSING_TRANSITIVE_AUTH_REQUIREMENTS: who may see a field may see what it is computed from.

A field with `@requires`, or with an argument filled by `@fromContext`, demands at least what the fields named there
demand, with their types: otherwise a caller would learn by the computed field what is guarded. Of alternative scopes
each must contain one of the alternatives required.
"""

from collections.abc import Iterator, Sequence

from router.composition.context_uses import ContextUse, context_setters, context_uses
from router.composition.errors import CompositionError, ErrorCode
from router.composition.field_set_uses import FieldSetUse, SelectedField, requires_of, walk_fields
from router.composition.field_sets import TypeSelection
from router.composition.merging.metadata import merge_access
from router.composition.subgraph import Access, Subgraph
from router.composition.subgraph_set import SubgraphSet
from router.composition.type_references import named_type

Alternatives = tuple[tuple[str, ...], ...]
# Without alternatives a known caller needs no scope at all.
_NOTHING: Alternatives = ((),)


def missing_transitive_auth_requirements(subgraphs: SubgraphSet) -> Iterator[CompositionError]:
    """Computed fields open to more callers than what they are computed from."""
    for subgraph in subgraphs.subgraphs:
        for use in requires_of(subgraph):
            yield from _refused(use.coordinate, _required(use, subgraph, subgraphs), subgraph, subgraphs)
        for argument in context_uses(subgraph):
            coordinate = f"{argument.parent.name}.{argument.field.name}"
            yield from _refused(coordinate, _taken(argument, subgraph, subgraphs), subgraph, subgraphs)


def _refused(
    coordinate: str, demands: Iterator[tuple[str, str, Access]], subgraph: Subgraph, subgraphs: SubgraphSet
) -> Iterator[CompositionError]:
    type_name, field_name = coordinate.split(".")
    own = [_of_type(type_name, subgraphs), _of_field(type_name, field_name, subgraphs)]
    for holder, source, needed in demands:
        if not _implies([*own, _of_type(holder, subgraphs)], needed):
            message = f'the field requires "{source}", but does not demand the access that one demands'
            yield CompositionError(
                ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS, message, coordinate, (subgraph.name,)
            )


def _taken(argument: ContextUse, subgraph: Subgraph, subgraphs: SubgraphSet) -> Iterator[tuple[str, str, Access]]:
    """The same of what an argument takes from its context: the types that set it, and their fields."""
    reference = argument.argument.reference
    own_type = argument.parent.name
    for setter in context_setters(subgraph, reference.context or ""):
        for name in (setter.name, *_implementations(setter.name, subgraphs)):
            yield own_type, name, _of_type(name, subgraphs)
        use = FieldSetUse(f"{own_type}.{argument.field.name}", reference.selection, setter.name, argument.parent)
        yield from _required(use, subgraph, subgraphs)


def _required(use: FieldSetUse, subgraph: Subgraph, subgraphs: SubgraphSet) -> Iterator[tuple[str, str, Access]]:
    """Which type of object holds the computed field, what it requires, and the access that demands."""
    own_type = use.coordinate.split(".")[0]
    for selected in walk_fields(use, subgraph):
        if selected.field is None:
            continue
        # Who asks for the computed field already holds the object, so what guards its own type is not asked again.
        for parent in (selected.parent, *_implementations(selected.parent, subgraphs)):
            holder = parent if any(selected.selection is own for own in use.fields.selections) else own_type
            yield holder, f"{parent}.{selected.field.name}", _of_field(parent, selected.field.name, subgraphs)
        for name in _selected_types(selected, subgraphs):
            yield own_type, f"{selected.parent}.{selected.field.name}", _of_type(name, subgraphs)


def _selected_types(selected: SelectedField, subgraphs: SubgraphSet) -> list[str]:
    """The types whose objects are read: where only fragments are selected, those they are for."""
    target = named_type(selected.field.type) if selected.field else ""
    fragments = [item.type_name for item in selected.selection.children if isinstance(item, TypeSelection)]
    read = fragments if fragments and len(fragments) == len(selected.selection.children) else [target]
    found = (name for type_name in read for name in (type_name, *_implementations(type_name, subgraphs)))
    return list(dict.fromkeys((target, *found)))


def _implementations(name: str, subgraphs: SubgraphSet) -> list[str]:
    return sorted(type_name for type_name, above in subgraphs.supertypes.items() if name in above)


def _of_type(name: str, subgraphs: SubgraphSet) -> Access:
    return merge_access([type_.metadata.access for _, type_ in subgraphs.sources(name)])


def _of_field(type_name: str, field_name: str, subgraphs: SubgraphSet) -> Access:
    return merge_access([item.field.metadata.access for item in subgraphs.field_sources(type_name, field_name)])


def _implies(own: Sequence[Access], needed: Access) -> bool:
    is_authenticated = any(access.is_authenticated for access in own)
    return (
        (is_authenticated or not needed.is_authenticated)
        and _covers([access.scopes for access in own], needed.scopes)
        and _covers([access.policies for access in own], needed.policies)
    )


def _covers(own: Sequence[Alternatives | None], needed: Alternatives | None) -> bool:
    return needed is None or any(
        demand is not None
        and all(any(set(choice) <= set(given) for choice in needed or _NOTHING) for given in demand or _NOTHING)
        for demand in own
    )
