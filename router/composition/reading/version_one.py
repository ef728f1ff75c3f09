"""Bringing a Federation 1 subgraph to the meaning Federation 2 gives its directives."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from router.composition.field_usage import FieldCoordinate, referenced_fields
from router.composition.subgraph import CompositeType, Field, Kind, SubgraphType, UnionType
from router.composition.type_references import named_type


def upgraded(types: Mapping[str, SubgraphType]) -> dict[str, SubgraphType]:
    """The types without what Federation 1 tolerated and gave no meaning.

    That is: keys and externals on interfaces, `@provides` on scalars, external fields nothing uses, and types nothing
    names that consisted of such fields only.
    """
    used = referenced_fields(types)
    kept = {
        name: _upgraded_composite(type_, types, used) if isinstance(type_, CompositeType) else type_
        for name, type_ in types.items()
    }
    named = set(_named(kept))
    return {
        name: type_
        for name, type_ in kept.items()
        if not isinstance(type_, CompositeType) or type_.fields or name in named
    }


def _named(types: Mapping[str, SubgraphType]) -> Iterator[str]:
    for type_ in types.values():
        if isinstance(type_, UnionType):
            yield from type_.members
        elif isinstance(type_, CompositeType):
            yield from (named_type(field.type) for field in type_.fields.values())


def _upgraded_composite(
    type_: CompositeType, types: Mapping[str, SubgraphType], used: frozenset[FieldCoordinate]
) -> CompositeType:
    if type_.kind is Kind.INTERFACE:
        fields = {name: replace(field, is_external=False) for name, field in type_.fields.items()}
        return replace(type_, keys=(), fields=fields)
    kept = {
        name: _without_empty_provides(field, types)
        for name, field in type_.fields.items()
        if not field.is_external or (type_.name, name) in used
    }
    return replace(type_, fields=kept)


def _without_empty_provides(field: Field, types: Mapping[str, SubgraphType]) -> Field:
    target = types.get(named_type(field.type))
    is_composite = target is not None and target.kind in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)
    return field if is_composite else replace(field, provides=None)
