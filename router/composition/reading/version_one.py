"""Bringing a Federation 1 subgraph to the meaning Federation 2 gives its directives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from router.composition.field_sets import FieldSelection, FieldSet, Selection, TypeSelection, print_selections
from router.composition.field_usage import FieldCoordinate, own_keys_of_extensions, referenced_fields
from router.composition.subgraph import COMPOSITE_KINDS, CompositeType, Field, Kind, SubgraphType, UnionType
from router.composition.type_references import is_required, named_type


def upgraded(types: Mapping[str, SubgraphType]) -> dict[str, SubgraphType]:
    """The types without what Federation 1 tolerated and gave no meaning.

    That is: keys and externals on interfaces, `@provides` on scalars, what `@requires` and `@provides` name of the
    subgraph's own, external fields nothing uses, and types nothing names that consisted of such fields only.
    """
    types = _without_own_fields(types)
    used = referenced_fields(types)
    kept = {
        name: _upgraded_composite(type_, types, used) if isinstance(type_, CompositeType) else type_
        for name, type_ in types.items()
    }
    named = {"Mutation", "Subscription", *_named(kept)}
    return {
        name: type_
        for name, type_ in kept.items()
        if not isinstance(type_, CompositeType) or type_.fields or name in named
    }


def keyed_interfaces(types: Mapping[str, SubgraphType]) -> frozenset[str]:
    """The interfaces with a key, which Federation 1 tolerated and gave no meaning."""
    return frozenset(
        name
        for name, type_ in types.items()
        if isinstance(type_, CompositeType) and type_.kind is Kind.INTERFACE and type_.keys
    )


def _without_own_fields(types: Mapping[str, SubgraphType]) -> dict[str, SubgraphType]:
    foreign = _Foreign(types, own_keys_of_extensions(types))
    return {
        name: replace(
            type_,
            fields={
                key: replace(
                    field,
                    requires=foreign.part_of(field.requires, name),
                    provides=foreign.part_of(field.provides, named_type(field.type)),
                )
                for key, field in type_.fields.items()
            },
        )
        if isinstance(type_, CompositeType)
        else type_
        for name, type_ in types.items()
    }


@dataclass(frozen=True, slots=True)
class _Foreign:
    """Tells what of a field set is another subgraph's; what is wrong with the field set stays in it."""

    types: Mapping[str, SubgraphType]
    own_keys: frozenset[FieldCoordinate]

    def part_of(self, fields: FieldSet | None, parent: str) -> FieldSet | None:
        """The field set without the subgraph's own leaves, None when nothing is left."""
        if fields is None or not fields.selections:
            return fields
        kept = tuple(self._kept(fields.selections, parent))
        return FieldSet(print_selections(kept), kept) if kept else None

    def _kept(self, selections: tuple[Selection, ...], parent: str) -> Iterator[Selection]:
        for selection in selections:
            if isinstance(selection, TypeSelection):
                children = tuple(self._kept(selection.children, selection.type_name))
            else:
                field = self._field(parent, selection)
                if field is None or self._is_external(parent, field):
                    yield selection
                    continue
                children = tuple(self._kept(selection.children, named_type(field.type)))
            if children:
                yield replace(selection, children=children)

    def _field(self, parent: str, selection: FieldSelection) -> Field | None:
        type_ = self.types.get(parent)
        field = type_.fields.get(selection.name) if isinstance(type_, CompositeType) else None
        if field is None:
            return None
        lacks_argument = not selection.given and any(is_required(argument) for argument in field.arguments.values())
        target = self.types.get(named_type(field.type))
        lacks_selection = not selection.children and isinstance(target, CompositeType | UnionType)
        return None if lacks_argument or lacks_selection else field

    def _is_external(self, parent: str, field: Field) -> bool:
        implementations = (
            type_.fields[field.name].is_external
            for type_ in self.types.values()
            if isinstance(type_, CompositeType) and parent in type_.interfaces and field.name in type_.fields
        )
        return (field.is_external and (parent, field.name) not in self.own_keys) or any(implementations)


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
        fields = {
            name: replace(_without_empty_provides(field, types), is_external=False)
            for name, field in type_.fields.items()
        }
        return replace(type_, keys=(), fields=fields)
    kept = {
        name: _without_empty_provides(field, types)
        for name, field in type_.fields.items()
        if not field.is_external or (type_.name, name) in used
    }
    return replace(type_, fields=kept)


def _without_empty_provides(field: Field, types: Mapping[str, SubgraphType]) -> Field:
    target = types.get(named_type(field.type))
    is_composite = target is not None and target.kind in COMPOSITE_KINDS
    return field if is_composite else replace(field, provides=None)
