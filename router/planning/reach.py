"""Which subgraph can answer which field where: direct fields, provided fields and entity jumps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from router.planning.narrowing import Narrowing
from router.planning.selections import TYPENAME, Field, Selection
from router.planning.supergraph import FieldJoin, Supergraph, TypeKind

Provided = tuple[Selection, ...]
#: the length of a requirement's marker (type, subgraph, field); a key jump's is (type, subgraph)
_REQUIREMENT: Final = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a selection is resolved: the subgraph, what `@provides` adds, and the jumps under way to get here.

    A place that `is_left` asks nothing but keys here: what is deferred is fetched on its own. What was `passed` are
    the jumps that this very object has made because a subgraph did not know its type; objects below it start anew.
    """

    subgraph: str
    provided: Provided = ()
    under_way: frozenset[tuple[str, ...]] = frozenset()
    is_left: bool = False
    passed: frozenset[tuple[str, str]] = frozenset()

    def inside(self, provided: Provided) -> "Place":
        """The same subgraph one field deeper."""
        return Place(self.subgraph, provided, self.under_way)

    def during(self, *marker: str) -> "Place":
        """The same place while a jump is being prepared, which must not need itself."""
        return Place(self.subgraph, self.provided, self.under_way | {marker}, passed=self.passed)

    def passing(self, type_name: str, subgraph: str) -> "Place":
        """The same place, for a jump of the object that it must not make again."""
        return replace(self, passed=self.passed | {(type_name, subgraph)})

    def left(self) -> "Place":
        """The same place, for fields that must be fetched after a jump, be it to the same subgraph."""
        return replace(self, is_left=True)

    def without_requirements(self) -> "Place":
        """The same place, with only key jumps under way."""
        if not self.under_way:
            return self
        jumps = frozenset(marker for marker in self.under_way if len(marker) < _REQUIREMENT)
        return replace(self, under_way=jumps)

    def returned(self) -> "Place":
        """The same place, not left: for keys."""
        return replace(self, is_left=False) if self.is_left else self

    def after(self, jump: "Jump") -> "Place":
        """The place an entity jump leads to."""
        return Place(jump.subgraph, (), self.under_way, passed=self.passed)


@dataclass(frozen=True, slots=True)
class Jump:
    """An entity fetch: to a subgraph, as a type (an interface for `@interfaceObject`), by a key.

    A jump without a key re-enters the graph at its root type.
    """

    subgraph: str
    type_name: str
    key: Selection | None


class Reach:
    """Questions about single fields; no costs here."""

    def __init__(self, supergraph: Supergraph, narrowing: Narrowing) -> None:
        self._supergraph = supergraph
        self._narrowing = narrowing

    def direct(self, type_name: str, field: Field, place: Place) -> FieldJoin | None:
        """The join by which the place's subgraph resolves the field itself, if it does."""
        if place.is_left:
            return None
        known = self._supergraph.types[type_name]
        definition = known.fields.get(field.name)
        join = definition.joins.get(place.subgraph) if definition else None
        if join is None or not join.is_external:
            return join
        is_key = field.name in known.key_field_names.get(place.subgraph, ())
        return join if is_key or self._is_provided(type_name, field, place) else None

    def provided_below(self, type_name: str, field: Field, join: FieldJoin, place: Place) -> Provided:
        """What `@provides` makes available under the field."""
        below = [
            item.selection
            for selection in place.provided
            for item in self._fields(selection, type_name)
            if item.name == field.name and item.selection is not None
        ]
        return (*below, join.provides) if join.provides is not None else tuple(below)

    def jumps(self, type_name: str, place: Place) -> Iterator[Jump]:
        """Every entity jump an object of the type can make from here, unless it is being prepared already."""
        if type_name == self._supergraph.roots.get("query"):
            for subgraph in sorted(self._supergraph.types[type_name].subgraphs):
                yield Jump(subgraph, type_name, None)
            return
        yield from self._jumps_as(type_name, type_name, place)
        for interface in sorted(self._supergraph.types[type_name].interfaces):
            yield from self._jumps_as(type_name, interface, place)

    def _jumps_as(self, type_name: str, entity: str, place: Place) -> Iterator[Jump]:
        known = self._supergraph.types[entity]
        for subgraph, keys in known.keys.items():
            is_possible = entity == type_name or subgraph in known.interface_object_in
            jump = (type_name, subgraph)
            if is_possible and jump not in place.under_way and jump not in place.passed:
                yield from (Jump(subgraph, entity, key) for key in keys)

    def _is_provided(self, type_name: str, field: Field, place: Place) -> bool:
        return any(
            item.name == field.name for selection in place.provided for item in self._fields(selection, type_name)
        )

    def _fields(self, selection: Selection, type_name: str) -> tuple[Field, ...]:
        if self._supergraph.kind(type_name) is TypeKind.OBJECT:
            return self._narrowing.fields_of(selection, type_name)
        return self._narrowing.abstract_view(selection, type_name).fields

    def is_local(self, interface: str, field: Field, place: Place) -> bool:
        """True when the subgraph answers an interface's field for every type the value may have there.

        Where only some of the types set a context, what is below one of them may differ from what is below another.
        """
        untyped = self._supergraph.interface_objects(interface, place.subgraph)
        if field.name == TYPENAME:
            return not untyped
        join = self.direct(interface, field, place)
        if join is None or join.needs_jump:
            return False
        possible = (*self._supergraph.possible_types(interface, place.subgraph), *untyped)
        if field.selection is not None and not self._supergraph.sets_contexts_alike(interface, possible):
            return False
        return all(self._is_plain(type_name, field, place) for type_name in possible)

    def _is_plain(self, type_name: str, field: Field, place: Place) -> bool:
        if (type_name, field.name) in self._narrowing.denied:
            return False
        join = self.direct(type_name, field, place)
        return join is not None and not join.needs_jump
