"""What being part of a key means for a field: it may be shared, and on an extension it is not external."""

from collections.abc import Mapping
from dataclasses import replace

from router.composition.field_usage import FieldCoordinate, own_keys_of_extensions, selected_fields
from router.composition.subgraph import CompositeType, Field, Kind, SubgraphType


def with_key_fields(
    types: Mapping[str, SubgraphType], unshared: frozenset[FieldCoordinate] | None
) -> dict[str, SubgraphType]:
    """The types with shareable key fields, and without the `@external` that extensions put on their own key.

    In Federation 1 all are shareable but those that are `unshared`.
    """
    keys = _key_fields(types)
    owned = own_keys_of_extensions(types)

    def adapted(type_: CompositeType, field: Field) -> Field:
        place = (type_.name, field.name)
        is_shared = type_.kind is Kind.OBJECT and (place in keys or (unshared is not None and place not in unshared))
        return replace(
            field,
            is_shareable=field.is_shareable or is_shared,
            is_external=field.is_external and place not in owned,
        )

    return {
        name: replace(type_, fields={key: adapted(type_, field) for key, field in type_.fields.items()})
        if isinstance(type_, CompositeType)
        else type_
        for name, type_ in types.items()
    }


def _key_fields(types: Mapping[str, SubgraphType]) -> frozenset[FieldCoordinate]:
    return frozenset(
        place
        for type_ in types.values()
        if isinstance(type_, CompositeType)
        for key in type_.keys
        for place in selected_fields(key.fields.selections, type_.name, types)
    )
