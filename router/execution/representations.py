"""Finds the objects an entity look-up is about and represents each of them once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final, TypeAlias

import orjson

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import ResponsePath
from router.planning.nodes import Entities, KeyPart, PathStep
from router.planning.selections import TYPENAME

Target: TypeAlias = tuple[JsonObject, ResponsePath]


class _Missing:
    """A representation cannot be made: the object lacks something the subgraph needs."""


_MISSING: Final = _Missing()


class _NotFetched(Exception):
    """A representation cannot be made: nobody has answered what the subgraph needs."""


@dataclass(slots=True)
class Representations:
    """Distinct representations, and for each the objects it stands for; `is_short` when some object has none.

    The keys of objects that are `unwritable` are nested too deeply to be sent.
    """

    values: list[JsonObject] = dataclass_field(default_factory=list[JsonObject])
    targets: list[list[JsonObject]] = dataclass_field(default_factory=list[list[JsonObject]])
    is_short: bool = False
    unwritable: list[JsonObject] = dataclass_field(default_factory=list[JsonObject])
    _represented: dict[bytes, list[JsonObject]] = dataclass_field(default_factory=dict[bytes, list[JsonObject]])
    _known: dict[str, dict[str, list[JsonObject]]] = dataclass_field(
        default_factory=dict[str, dict[str, list[JsonObject]]]
    )

    def known(self, key: str) -> dict[str, list[JsonObject]]:
        """The objects that are represented by a text under `Type.field` alone."""
        return self._known.setdefault(key, {})

    def add(self, representation: JsonObject, target: JsonObject) -> None:
        """Add an object however it is represented."""
        try:
            text = orjson.dumps(representation)
        except TypeError:
            self.unwritable.append(target)
            return
        same = self._represented.get(text)
        if same is None:
            same = self._represented[text] = []
            self.values.append(representation)
            self.targets.append(same)
        same.append(target)

    def all_targets(self) -> list[JsonObject]:
        """The objects in one list."""
        return [target for same in self.targets for target in same]


class Places:
    """Where the objects of a look-up are in a response. Only errors say it, so nothing is remembered on the way."""

    def __init__(self, entities: Sequence[Entities], response: JsonObject) -> None:
        self._entities = entities
        self._response = response
        self._paths: dict[int, dict[ResponsePath, None]] | None = None

    def of(self, objects: Iterable[JsonObject]) -> list[Target]:
        """Each of the objects with each of its paths."""
        if self._paths is None:
            self._paths = self._find_paths()
        distinct = {id(item): item for item in objects}
        return [(item, path) for key, item in distinct.items() for path in self._paths.get(key, ())]

    def _find_paths(self) -> dict[int, dict[ResponsePath, None]]:
        paths: dict[int, dict[ResponsePath, None]] = {}
        for entities in self._entities:
            for item, path in objects_at(entities.path, self._response, ()):
                paths.setdefault(id(item), {})[path] = None
        return paths


def gather_objects(entities: Entities, response: JsonObject, found: Representations) -> None:
    """Add the objects at one path, whatever the path: what a generated function does for most plans."""
    for item, _ in objects_at(entities.path, response, ()):
        if entities.type_name is not None and item.get(entities.typename_key or TYPENAME) != entities.type_name:
            continue
        representation = represented(entities, item)
        if representation is not None:
            found.add(representation, item)
        else:
            found.is_short = True


def left_out(entities: Entities, response: JsonObject) -> Iterator[Target]:
    """The objects that cannot be looked up."""
    for item, path in objects_at(entities.path, response, ()):
        is_meant = entities.type_name is None or item.get(entities.typename_key or TYPENAME) == entities.type_name
        if is_meant and represented(entities, item) is None:
            yield item, path


def is_unknown(entities: Entities, found: JsonObject) -> bool:
    """True when all the keys a subgraph could be asked by are null: the object is none of those it knows."""
    keys = [part.key for part in entities.parts if part.is_key]
    return bool(keys) and all(key in found and found[key] is None for key in keys)


def objects_at(path: Sequence[PathStep], value: JsonValue, at: ResponsePath, list_depth: int = 0) -> Iterator[Target]:
    """Every object at a path, through the lists the schema has there, with its own path in the response."""
    if list_depth > 0:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from objects_at(path, item, (*at, index), list_depth - 1)
    elif isinstance(value, dict):
        if not path:
            yield value, at
            return
        step = path[0]
        if step.on_type is None or value.get(step.typename_key or TYPENAME) == step.on_type:
            yield from objects_at(path[1:], value.get(step.key), (*at, step.key), step.list_depth)


def represented(entities: Entities, found: JsonObject) -> JsonObject | None:
    """What stands for an object in a look-up, or None when it lacks something the subgraph needs."""
    return None if _has_no_key(entities.parts, found) else filled(entities.parts, found, entities.entity_type)


def filled(parts: Sequence[KeyPart], found: JsonObject, type_name: str | None = None) -> JsonObject | None:
    """The values of an object's parts, with its type if that is given; None when one is missing."""
    into: JsonObject = {} if type_name is None else {TYPENAME: type_name}
    try:
        return into if _fill(parts, found, into) else None
    except (_NotFetched, RecursionError):
        return None


def _has_no_key(parts: Sequence[KeyPart], found: JsonObject) -> bool:
    keys = [part for part in parts if part.is_key]
    return bool(keys) and all(found.get(part.key) is None for part in keys)


def _fill(parts: Sequence[KeyPart], found: JsonObject, into: JsonObject) -> bool:
    for part in parts:
        if part.on_type is not None and found.get(part.typename_key or TYPENAME) != part.on_type:
            continue
        if part.constant is not None:
            into[part.name] = part.constant
            continue
        if not part.is_key and part.key not in found:
            raise _NotFetched
        value = _value(part, found.get(part.key))
        if isinstance(value, _Missing):
            return False
        into[part.name] = value
    return True


def _value(part: KeyPart, value: JsonValue) -> "JsonValue | _Missing":
    made = _below(part, value, 0) if part.below else value
    return made if made is not None and not isinstance(made, _Missing) else _without(is_nullable=not part.is_required)


def _below(part: KeyPart, value: JsonValue, depth: int) -> "JsonValue | _Missing":
    """A value with what is asked below it; where something is missing that must be there it is missing itself."""
    if isinstance(value, dict):
        inner: JsonObject = {}
        return inner if _fill(part.below, value, inner) else _MISSING
    if isinstance(value, list):
        items: list[JsonValue] = []
        for item in value:
            made = _below(part, item, depth + 1)
            if isinstance(made, _Missing):
                made = _without(is_nullable=part.nullable_items[depth : depth + 1] != (False,))
            if isinstance(made, _Missing):
                return made
            items.append(made)
        return items
    return value


def _without(*, is_nullable: bool) -> _Missing | None:
    """A null in a requirement travels as one in an answer does (§6.4.4)."""
    return None if is_nullable else _MISSING
