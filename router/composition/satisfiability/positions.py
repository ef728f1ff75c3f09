"""Where a query can stand: an object, seen through one subgraph, with what that subgraph promised on the way."""

from collections.abc import Iterator
from dataclasses import dataclass

from router.composition.field_sets import FieldSelection, Selection
from router.composition.merging.field_joins import is_resolver_when
from router.composition.subgraph import CompositeType, Field, Key, Kind, Subgraph
from router.composition.subgraph_set import SubgraphSet


@dataclass(frozen=True, slots=True)
class Position:
    """An object at a path as one subgraph sees it.

    `type_name` is the object's type, or the interface when the subgraph holds it as an interface object:
    then the subgraph does not know the object's own type. `provided` is what `@provides` adds here.
    """

    subgraph: str
    type_name: str
    provided: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True)
class Terrain:
    """What the walk asks of the subgraphs, for a request for which the `active` labels of `@override` hold."""

    subgraphs: SubgraphSet
    active: frozenset[str] = frozenset()

    def subgraph(self, name: str) -> Subgraph:
        """The subgraph of that name."""
        return self.subgraphs.by_name[name]

    def type_at(self, position: Position) -> CompositeType | None:
        """The type as the position's subgraph declares it."""
        return self.subgraph(position.subgraph).composite(position.type_name)

    def views(self, subgraph: Subgraph, object_name: str) -> list[CompositeType]:
        """How a subgraph can hold an object: under its own type, or as an interface object it stands for."""
        found: list[CompositeType] = []
        own = subgraph.composite(object_name)
        if own is not None:
            found.append(own)
        for interface in sorted(self.subgraphs.supertypes.get(object_name, ())):
            type_ = subgraph.composite(interface)
            if type_ is not None and type_.is_interface_object:
                found.append(type_)
        return found

    def is_untyped(self, position: Position) -> bool:
        """Whether the position's subgraph does not know which object it holds."""
        type_ = self.type_at(position)
        return type_ is not None and type_.is_interface_object

    def field_at(self, position: Position, name: str) -> Field | None:
        """The field, when the position's subgraph can be asked for it there."""
        type_ = self.type_at(position)
        field = type_.fields.get(name) if type_ else None
        if field is None:
            return None
        is_provided = any(isinstance(item, FieldSelection) and item.name == name for item in self._provided(position))
        if is_provided:
            return field
        sources = self.subgraphs.field_sources(position.type_name, name)
        own = next(source for source in sources if source.subgraph.name == position.subgraph)
        return field if is_resolver_when(own, sources, self.active) else None

    def _provided(self, position: Position) -> list[Selection]:
        flat: list[Selection] = []
        for item in position.provided:
            flat.extend((item,) if isinstance(item, FieldSelection) else self._matching(item.type_name, item, position))
        return flat

    def _matching(self, type_name: str, item: Selection, position: Position) -> tuple[Selection, ...]:
        matches = self.subgraphs.is_subtype(position.type_name, type_name)
        return item.children if matches else ()

    def provided_below(self, position: Position, field: Field) -> tuple[Selection, ...]:
        """What is provided on the value of a field: by the field itself, and by an outer `@provides`."""
        outer = [
            child
            for item in self._provided(position)
            if isinstance(item, FieldSelection) and item.name == field.name
            for child in item.children
        ]
        return (*outer, *(field.provides.selections if field.provides else ()))

    def resolvable_keys(self, type_: CompositeType) -> tuple[Key, ...]:
        """The keys a subgraph accepts to look the entity up."""
        return tuple(key for key in type_.keys if key.is_resolvable)

    def possible_types(self, subgraph: Subgraph, name: str) -> tuple[str, ...]:
        """The object types of the whole graph a value of this type in this subgraph can be."""
        return tuple(dict.fromkeys(possible for possible, _ in self.sights(subgraph, name)))

    def sights(self, subgraph: Subgraph, name: str) -> Iterator[tuple[str, str]]:
        """Each of them with the type the subgraph holds it as: its own, or the interface object it stands for."""
        for held in subgraph.possible_types(name):
            type_ = subgraph.composite(held)
            if type_ is not None and type_.is_interface_object:
                yield from ((possible, held) for possible in sorted(self._implementations(held)))
            else:
                yield held, held

    def _implementations(self, interface: str) -> set[str]:
        return {
            type_.name
            for subgraph in self.subgraphs.subgraphs
            for type_ in subgraph.types.values()
            if isinstance(type_, CompositeType) and type_.kind is Kind.OBJECT and interface in type_.interfaces
        }
