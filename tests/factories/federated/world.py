"""The world of a random graph: every value is a hash of where it is, so all who answer agree without being told."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zlib import crc32

from graphql import (
    FieldNode,
    InlineFragmentNode,
    ListTypeNode,
    NonNullTypeNode,
    SelectionSetNode,
    TypeNode,
    parse,
    parse_type,
    value_from_ast_untyped,
)

from tests.factories.federated.model import GIVEN, OBJECTS, FieldModel, GraphModel

ENUM = ("RED", "GREEN", "BLUE")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the world."""

    type_name: str
    number: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An object with the one it was reached from."""

    thing: Thing
    parent: "Placed | None" = None

    def above(self, value: Any) -> Any:
        """A field's value with its objects placed below this one."""
        if isinstance(value, list):
            return [self.above(item) for item in value]
        return Placed(value, self) if isinstance(value, Thing) else value

    def upwards(self) -> Iterator[Thing]:
        """The objects above, the nearest first."""
        here = self.parent
        while here is not None:
            yield here.thing
            here = here.parent


class OutOfOrder(Exception):
    """A field that fails on purpose."""


@lru_cache(maxsize=4096)
def field_set(text: str) -> SelectionSetNode:
    return parse(f"{{ {text} }}", no_location=True).definitions[0].selection_set


@lru_cache(maxsize=4096)
def type_node(text: str) -> TypeNode:
    return parse_type(text, no_location=True)


def mixed(*parts: Any) -> int:
    return crc32("|".join(map(str, parts)).encode())


@dataclass(slots=True)
class World:
    """Everything there is to know.

    Attributes:
        failing: coordinates `Type.field` that raise.
        journal: what mutations have done.
    """

    graph: GraphModel
    failing: frozenset[str] = frozenset()
    journal: list[str] = field(default_factory=list)

    def key_value(self, thing: Thing, name: str) -> Any:
        """The value of a key field; null for some objects where the key is nullable."""
        model, number = self.graph.types[thing.type_name], thing.number
        if name == "id":
            return str(model.first_id + number)
        if name == "code":
            return None if model.fields["code"].null_chance and number == OBJECTS - 1 else f"c{number}"
        if name == "tag":
            return f"t{model.first_id + number}"
        if name in {"x", "y"}:
            return number // 2 if name == "x" else number % 2
        return Thing("Ref", number) if name == "ref" else f"r{number}"

    def value(self, thing: Thing, name: str, arguments: Mapping[str, Any]) -> Any:
        """The value of a field, computed from what it requires if it requires something."""
        model = self.graph.field(thing.type_name, name)
        if model.is_key:
            return self.key_value(thing, name)
        if self._is_absent(thing, model):
            return None
        required = None
        if model.requires:
            required = self.project(thing, field_set(model.requires))
        # after its requirements, whose errors the router has met before it asks for the field
        self.fail(thing.type_name, name)
        return self.computed(thing, model, arguments, required)

    def fail(self, type_name: str, name: str) -> None:
        if f"{type_name}.{name}" in self.failing:
            raise OutOfOrder(f"{type_name}.{name} is out of order")

    def computed(self, thing: Thing, model: FieldModel, arguments: Mapping[str, Any], required: Any) -> Any:
        """The value of a field given what the representation says of its requirements."""
        owner = self.graph.interface_object_of(thing.type_name, model.name)
        at = (owner.name, self.key_value(thing, "id")) if owner else (thing.type_name, thing.number)
        defaults = {"times": 2} if "times" in model.arguments else {}
        given = defaults | {key: value for key, value in arguments.items() if key in model.arguments}
        if model.contextual:
            given[GIVEN] = arguments.get(GIVEN)
        text = json.dumps([given, required], sort_keys=True)
        root = len(self.journal) if thing.type_name == "Mutation" else ""
        seed = mixed(self.graph.seed, *at, model.name, text, root)
        return self._made(type_node(model.type_text), model, seed)

    def given(self, model: FieldModel, above: Iterable[Thing]) -> dict[str, Any]:
        """The argument the nearest of the objects above gives a field."""
        if model.contextual is None:
            return {}
        setter = next(thing for thing in above if thing.type_name in model.contextual.chosen)
        (value,) = self.project(setter, field_set(model.contextual.chosen[setter.type_name])).values()
        return {GIVEN: value}

    def _is_absent(self, thing: Thing, model: FieldModel) -> bool:
        absent = self.graph.types[thing.type_name].absent
        return any(thing.number in absent.get(owner, ()) for owner in model.owners)

    def _made(self, node: TypeNode, model: FieldModel, seed: int) -> Any:
        if isinstance(node, NonNullTypeNode):
            return self._present(node.type, model, seed)
        if seed % 997 < 997 * model.null_chance:
            return None
        return self._present(node, model, seed)

    def _present(self, node: TypeNode, model: FieldModel, seed: int) -> Any:
        if isinstance(node, ListTypeNode):
            return [self._made(node.type, model, mixed(seed, index)) for index in range(mixed(seed, "length") % 4)]
        return self._leaf(model.named, seed) if model.named not in self.graph.types else self._chosen(model, seed)

    def _leaf(self, named: str, seed: int) -> Any:
        match named:
            case "Int":
                return seed % 1000
            case "Float":
                return seed % 1000 / 4
            case "Boolean":
                return seed % 2 == 0
            case "Blob":
                return {"id": seed % 10, "__typename": ["any", {"thing": None}]}
            case "Color":
                return ENUM[seed % len(ENUM)]
            case _:
                return f"{named.lower()}{seed % 1000}"

    def _chosen(self, model: FieldModel, seed: int) -> Thing:
        pool = self.pool(model)
        return pool[mixed(seed, "choice") % len(pool)]

    def pool(self, model: FieldModel) -> list[Thing]:
        """The objects every subgraph that owns or provides the field could answer with."""
        names = self.graph.held_by(model)
        absent = {
            (name, number)
            for name in names
            for subgraph in model.givers
            for number in self.graph.types[name].absent.get(subgraph, ())
        }
        return [Thing(name, n) for name in sorted(names) for n in range(OBJECTS) if (name, n) not in absent]

    def project(self, thing: Thing, selection: SelectionSetNode) -> dict[str, Any]:
        """A field set's values; a failing field is null, as far up as types demand.

        Raises:
            OutOfOrder: a field that cannot be null fails.
        """
        found: dict[str, Any] = {}
        for node in selection.selections:
            if isinstance(node, InlineFragmentNode):
                if self.is_a(thing.type_name, node.type_condition.name.value):
                    found |= self.project(thing, node.selection_set)
            elif isinstance(node, FieldNode):
                found[node.name.value] = self._projected(thing, node)
        return found

    def _projected(self, thing: Thing, node: FieldNode) -> Any:
        name = node.name.value
        if name == "__typename":
            return thing.type_name
        kind = type_node(self.graph.field(thing.type_name, name).type_text)
        try:
            value = self.value(thing, name, literal_arguments(node))
        except OutOfOrder:
            if isinstance(kind, NonNullTypeNode):
                raise
            return None
        return self._below(value, kind, node.selection_set)

    def _below(self, value: Any, kind: TypeNode, selection: SelectionSetNode | None) -> Any:
        if selection is None or value is None:
            return value
        present = kind.type if isinstance(kind, NonNullTypeNode) else kind
        try:
            if isinstance(present, ListTypeNode):
                return [self._below(item, present.type, selection) for item in value]
            return self.project(value, selection)
        except OutOfOrder:
            if present is not kind:
                raise
            return None

    def is_a(self, type_name: str, condition: str) -> bool:
        return type_name == condition or type_name in self.graph.types[condition].all_members


def literal_arguments(node: FieldNode) -> dict[str, Any]:
    return {item.name.value: value_from_ast_untyped(item.value) for item in node.arguments or ()}
