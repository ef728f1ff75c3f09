"""Which fields of a subgraph its field sets and interfaces refer to."""

from collections.abc import Iterator, Mapping, Sequence

from router.composition.field_sets import FieldSelection, Selection
from router.composition.subgraph import CompositeType, SubgraphType
from router.composition.type_references import named_type

FieldCoordinate = tuple[str, str]


def selected_fields(
    selections: tuple[Selection, ...], type_name: str, types: Mapping[str, SubgraphType]
) -> Iterator[FieldCoordinate]:
    """Every field a field set on that type names, at any depth, as (type, field); unknown ones are skipped."""
    parent = types.get(type_name)
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            yield from selected_fields(selection.children, selection.type_name, types)
        elif isinstance(parent, CompositeType) and selection.name in parent.fields:
            yield type_name, selection.name
            child = named_type(parent.fields[selection.name].type)
            yield from selected_fields(selection.children, child, types)


def referenced_fields(types: Mapping[str, SubgraphType]) -> frozenset[FieldCoordinate]:
    """Every field some `@key`, `@requires`, `@provides`, context or implemented interface of the subgraph needs."""
    composites = [type_ for type_ in types.values() if isinstance(type_, CompositeType)]
    return frozenset(
        place
        for type_ in composites
        for place in (*_referenced_by(type_, types), *_selected_from_contexts(type_, composites, types))
    )


def _selected_from_contexts(
    type_: CompositeType, composites: Sequence[CompositeType], types: Mapping[str, SubgraphType]
) -> Iterator[FieldCoordinate]:
    for field in type_.fields.values():
        for argument in field.contextual_arguments:
            for setter in composites:
                if argument.reference.context in setter.contexts:
                    yield from selected_fields(argument.reference.selection.selections, setter.name, types)


def _referenced_by(type_: CompositeType, types: Mapping[str, SubgraphType]) -> Iterator[FieldCoordinate]:
    for key in type_.keys:
        yield from selected_fields(key.fields.selections, type_.name, types)
    for field in type_.fields.values():
        if field.requires:
            yield from selected_fields(field.requires.selections, type_.name, types)
        if field.provides:
            yield from selected_fields(field.provides.selections, named_type(field.type), types)
    for name in type_.interfaces:
        interface = types.get(name)
        if isinstance(interface, CompositeType):
            yield from ((type_.name, field) for field in interface.fields)


def own_keys_of_extensions(types: Mapping[str, SubgraphType]) -> frozenset[FieldCoordinate]:
    """The key fields of types a subgraph only extends: whatever its SDL says, it can give them."""
    return frozenset(
        place
        for type_ in types.values()
        if isinstance(type_, CompositeType) and type_.is_extension
        for key in type_.keys
        for place in selected_fields(key.fields.selections, type_.name, types)
    )


def provided_fields(types: Mapping[str, SubgraphType]) -> frozenset[FieldCoordinate]:
    """Every field some `@provides` of the subgraph names."""
    return frozenset(
        place
        for type_ in types.values()
        if isinstance(type_, CompositeType)
        for field in type_.fields.values()
        if field.provides
        for place in selected_fields(field.provides.selections, named_type(field.type), types)
    )
