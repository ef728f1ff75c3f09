"""Federation 1's extensions without a key: the first key of the type's definition is the extension's as well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from router.composition.field_sets import FieldSelection, Selection
from router.composition.field_usage import FieldCoordinate, selected_fields
from router.composition.subgraph import CompositeType, Key, SubgraphType
from router.composition.type_references import named_type


def keys_of_definitions(subgraphs: Iterable[Mapping[str, SubgraphType]]) -> dict[str, list[Key]]:
    """The first key of each type in every subgraph that defines it."""
    keys: dict[str, list[Key]] = {}
    for types in subgraphs:
        for type_ in types.values():
            if isinstance(type_, CompositeType) and type_.keys and not type_.is_extension:
                keys.setdefault(type_.name, []).append(type_.keys[0])
    return keys


def with_keys_of_definitions(
    types: Mapping[str, SubgraphType], keys: Mapping[str, Sequence[Key]]
) -> dict[str, SubgraphType]:
    """The types of one subgraph; what a keyless extension has of its definition's key is not external."""
    own: set[FieldCoordinate] = set()
    for name, type_ in types.items():
        if isinstance(type_, CompositeType) and type_.is_extension and not type_.keys:
            for key in keys.get(name, ()):
                if _has(key.fields.selections, name, types):
                    own.update(selected_fields(key.fields.selections, name, types))
    return {
        name: replace(
            type_,
            fields={
                key: replace(field, is_external=False) if (name, key) in own else field
                for key, field in type_.fields.items()
            },
        )
        if isinstance(type_, CompositeType)
        else type_
        for name, type_ in types.items()
    }


def _has(selections: Sequence[Selection], type_name: str, types: Mapping[str, SubgraphType]) -> bool:
    parent = types.get(type_name)
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            if not _has(selection.children, selection.type_name, types):
                return False
            continue
        field = parent.fields.get(selection.name) if isinstance(parent, CompositeType) else None
        if field is None or not _has(selection.children, named_type(field.type), types):
            return False
    return True
