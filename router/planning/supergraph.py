"""The supergraph as the planner sees it: who can resolve which field of which type, and by which keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from router.planning.selections import TYPENAME, Field, Selection, names_in


class TypeKind(StrEnum):
    """The kinds of types a selection can end at or pass through."""

    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph and where it answers."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, eq=False)
class ContextArgument:
    """An argument filled from an object further up that sets the context. Compared by identity."""

    name: str
    type_text: str
    context: str
    selection: Selection


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """How one subgraph takes part in a field.

    With a `label` it resolves the field only while that label is on, if it overrides another subgraph, or else only
    while it is off.
    """

    is_external: bool
    requires: Selection | None
    provides: Selection | None
    type_text: str
    label: str | None = None
    overrides: bool = False
    contexts: tuple[ContextArgument, ...] = ()

    @property
    def needs_jump(self) -> bool:
        """True when something must be known before the field can be asked for."""
        return self.requires is not None or bool(self.contexts)

    @property
    def type_name(self) -> str:
        """The named type of the value in this subgraph, which may be narrower than the supergraph's."""
        return self.type_text.strip("[]!")


@dataclass(frozen=True, slots=True)
class SupergraphField:
    """A field of the supergraph; `joins` maps subgraph names."""

    name: str
    type_text: str
    type_name: str
    joins: Mapping[str, FieldJoin]

    @property
    def labels(self) -> frozenset[str]:
        """The labels that decide who resolves it."""
        return frozenset(join.label for join in self.joins.values() if join.label is not None)

    def under(self, active: frozenset[str]) -> "SupergraphField":
        """The field while these labels are on: who does not resolve it then knows it as external."""
        joins = {
            name: join
            if join.label is None or (join.label in active) is join.overrides
            else replace(join, is_external=True)
            for name, join in self.joins.items()
        }
        return SupergraphField(self.name, self.type_text, self.type_name, joins)

    @property
    def is_non_null(self) -> bool:
        """True when the supergraph promises a value."""
        return self.type_text.endswith("!")

    @property
    def list_depth(self) -> int:
        """How many lists lie around the named type."""
        return self.type_text.count("[")

    @property
    def nullable_items(self) -> tuple[bool, ...]:
        """For every list around the named type, outermost first, whether its items may be null."""
        ends = self.type_text.removesuffix("!").removesuffix("]").split("]") if self.list_depth else []
        return tuple(not end.endswith("!") for end in reversed(ends))


@dataclass(frozen=True, eq=False)
class SupergraphType:
    """A type of the supergraph; mappings are by subgraph name. Compared by identity."""

    name: str
    kind: TypeKind
    fields: Mapping[str, SupergraphField]
    subgraphs: frozenset[str]
    keys: Mapping[str, tuple[Selection, ...]]
    interface_object_in: frozenset[str]
    interfaces: frozenset[str]
    implements: Mapping[str, frozenset[str]]
    members: Mapping[str, frozenset[str]]
    contexts: frozenset[str] = frozenset()

    def under(self, active: frozenset[str]) -> "SupergraphType":
        """The type while these labels are on."""
        if not any(field.labels for field in self.fields.values()):
            return self
        return replace(self, fields={name: field.under(active) for name, field in self.fields.items()})

    @cached_property
    def key_field_names(self) -> Mapping[str, frozenset[str]]:
        """Top-level field names of all keys, by subgraph: these are never really external."""
        names: dict[str, frozenset[str]] = {}
        for subgraph, keys in self.keys.items():
            names[subgraph] = frozenset(item.name for key in keys for item in key.items if isinstance(item, Field))
        return names


_REMEMBERED_LABELLINGS: Final = 64
_TYPENAME_FIELD: Final = SupergraphField(TYPENAME, "String!", "String", {})


class Supergraph:
    """Types, subgraphs and the questions the planner asks about them."""

    def __init__(
        self, types: Mapping[str, SupergraphType], subgraphs: Iterable[Subgraph], roots: Mapping[str, str]
    ) -> None:
        self.types = types
        self.subgraphs: Mapping[str, Subgraph] = {subgraph.name: subgraph for subgraph in subgraphs}
        self.roots = roots
        self._possible: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._implementers = _implementers(types)
        self.labelled = tuple(field for known in types.values() for field in known.fields.values() if field.labels)
        self._under: dict[frozenset[str], Supergraph] = {}

    def under(self, active: frozenset[str]) -> "Supergraph":
        """The supergraph while these labels are on and all others are off."""
        if not self.labelled:
            return self
        found = self._under.get(active)
        if found is None:
            types = {name: known.under(active) for name, known in self.types.items()}
            found = Supergraph(types, self.subgraphs.values(), self.roots)
            if len(self._under) < _REMEMBERED_LABELLINGS:
                self._under[active] = found
        return found

    @cached_property
    def needed_names(self) -> frozenset[str]:
        """The names of all fields that some key, requirement or context mentions."""
        keys = (key for known in self.types.values() for keys in known.keys.values() for key in keys)
        joins = [
            join for known in self.types.values() for field in known.fields.values() for join in field.joins.values()
        ]
        requires = (join.requires for join in joins if join.requires is not None)
        contexts = (argument.selection for join in joins for argument in join.contexts)
        return frozenset(name for selection in (*keys, *requires, *contexts) for name in names_in(selection))

    def kind(self, type_name: str) -> TypeKind:
        """Object, interface, union or leaf."""
        known = self.types.get(type_name)
        return known.kind if known else TypeKind.LEAF

    def field(self, type_name: str, field_name: str) -> SupergraphField:
        """The definition of a field."""
        return _TYPENAME_FIELD if field_name == TYPENAME else self.types[type_name].fields[field_name]

    def possible_types(self, type_name: str, subgraph: str | None = None) -> tuple[str, ...]:
        """The object types a value of the type can have, in the supergraph or as one subgraph knows it."""
        found = self._possible.get((type_name, subgraph))
        if found is None:
            found = self._possible[type_name, subgraph] = self._find_possible(type_name, subgraph)
        return found

    def _find_possible(self, type_name: str, subgraph: str | None) -> tuple[str, ...]:
        known = self.types[type_name]
        if known.kind is TypeKind.OBJECT:
            return (type_name,)
        if known.kind is TypeKind.UNION:
            members = sorted(_of(known.members, subgraph))
            return tuple(name for name in members if subgraph is None or subgraph in self.types[name].subgraphs)
        implementers = self._implementers.get(type_name, ())
        return tuple(name for name in implementers if type_name in _of(self.types[name].implements, subgraph))

    def covers(self, condition: str | None, type_name: str) -> bool:
        """True when a fragment on `condition` holds for every object of the type."""
        return condition is None or condition == type_name or condition in self.types[type_name].interfaces

    def sets_context(self, context: str, type_name: str) -> bool:
        """True when every object of the type sets the context, by its own type or one that it belongs to."""
        known = self.types[type_name]
        if context in known.contexts or any(context in self.types[name].contexts for name in known.interfaces):
            return True
        unions = (item for item in self.types.values() if context in item.contexts and item.kind is TypeKind.UNION)
        return any(type_name in self.possible_types(union.name) for union in unions)

    @cached_property
    def _contexts(self) -> frozenset[str]:
        return frozenset[str]().union(*(known.contexts for known in self.types.values()))

    def sets_contexts_alike(self, abstract: str, possible: Iterable[str]) -> bool:
        """True when these objects of an abstract type set no context that not all of them set."""
        return all(
            self.sets_context(context, abstract) or not any(self.sets_context(context, name) for name in possible)
            for context in self._contexts
        )

    def interface_objects(self, interface: str, subgraph: str) -> tuple[str, ...]:
        """The interface objects that implement an interface in the subgraph: what it gives out may be any of theirs."""
        return tuple(
            name
            for name in self._interface_objects.get(subgraph, ())
            if interface in self.types[name].implements.get(subgraph, ())
        )

    @cached_property
    def _interface_objects(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, known in sorted(self.types.items()):
            for subgraph in known.interface_object_in:
                found.setdefault(subgraph, []).append(name)
        return found

    def is_interface_object(self, type_name: str, subgraph: str) -> bool:
        """True when the subgraph knows this interface as one object type (`@interfaceObject`)."""
        return subgraph in self.types[type_name].interface_object_in


def _of(by_subgraph: Mapping[str, frozenset[str]], subgraph: str | None) -> frozenset[str]:
    if subgraph is not None:
        return by_subgraph.get(subgraph, frozenset())
    return frozenset[str]().union(*by_subgraph.values())


def _implementers(types: Mapping[str, SupergraphType]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, known in sorted(types.items()):
        if known.kind is TypeKind.OBJECT:
            for interface in known.interfaces:
                found.setdefault(interface, []).append(name)
    return {interface: tuple(names) for interface, names in found.items()}
