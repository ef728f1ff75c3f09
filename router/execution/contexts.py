"""Entity look-ups with arguments from further up: one group of objects for every combination of values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import orjson

from kernel.subgraph import JsonObject, JsonValue
from router.execution.gathered import Gathered
from router.execution.representations import Representations, filled, represented
from router.planning.nodes import ContextValue, Entities, KeyPart, PathStep
from router.planning.selections import TYPENAME

Chain = tuple[JsonObject, ...]


@dataclass(slots=True)
class Filled:
    """The variables as contexts fill them, and the objects they are filled so for, by the number of their look-up."""

    variables: JsonObject
    found: dict[int, Representations] = field(default_factory=dict[int, Representations])

    def add(self, look_up: int, representation: JsonObject, item: JsonObject) -> None:
        """One object more."""
        self.found.setdefault(look_up, Representations()).add(representation, item)

    def among(self, gathered: Sequence[Gathered]) -> list[Gathered]:
        """The look-ups of its request: each of them, be it about nothing."""
        return [replace(each, found=self.found.get(index, Representations())) for index, each in enumerate(gathered)]


@dataclass(slots=True)
class ByContext:
    """The objects of a fetch's look-ups by the values of its contexts, and those that lack a value."""

    contexts: Sequence[ContextValue]
    response: JsonObject
    filled: dict[bytes, Filled] = field(default_factory=dict[bytes, Filled])
    lacking: dict[int, list[JsonObject]] = field(default_factory=dict[int, list[JsonObject]])

    def read(self, look_up: int, entities: Sequence[Entities]) -> None:
        """Add the objects of one look-up."""
        for each in entities:
            self._read(look_up, each)

    def _read(self, look_up: int, each: Entities) -> None:
        for item, chain in _objects(each.path, self.response, (self.response,)):
            if each.type_name is not None and item.get(each.typename_key or TYPENAME) != each.type_name:
                continue
            representation = represented(each, item)
            if representation is None:
                continue
            given = _given(self.contexts, chain)
            if given is None:
                self.lacking.setdefault(look_up, []).append(item)
            else:
                self.filled.setdefault(_text(given), Filled(given)).add(look_up, representation, item)


def _given(contexts: Sequence[ContextValue], chain: Chain) -> JsonObject | None:
    """The variables; None when nobody has answered one of the values, which is no null."""
    given: JsonObject = {}
    for context in contexts:
        made = filled(context.parts, chain[context.depth])
        if made is None:
            return None
        given[context.variable] = _only(context.parts, made)
    return given


def _text(given: JsonObject) -> bytes:
    """What tells the values of contexts apart; those that JSON cannot write are like no other."""
    try:
        return orjson.dumps(given)
    except TypeError:
        return b"%d" % id(given)


def _objects(
    path: Sequence[PathStep], value: JsonValue, chain: Chain, list_depth: int = 0
) -> Iterator[tuple[JsonObject, Chain]]:
    """Every object at a path with the objects on the way to it, the response first."""
    if list_depth > 0:
        for item in value if isinstance(value, list) else ():
            below = (*chain[:-1], item) if isinstance(item, dict) else chain
            yield from _objects(path, item, below, list_depth - 1)
    elif isinstance(value, dict):
        if not path:
            yield value, chain
            return
        step = path[0]
        below = value.get(step.key)
        if step.on_type is None or value.get(step.typename_key or TYPENAME) == step.on_type:
            yield from _objects(path[1:], below, (*chain, below if isinstance(below, dict) else {}), step.list_depth)


def _only(parts: Sequence[KeyPart], made: JsonObject) -> JsonValue:
    """The one value of a context's selection, or null where there is none."""
    found = {part.name: part for part in parts if part.name in made and part.name != TYPENAME}
    if len(found) != 1:
        return None
    ((name, part),) = found.items()
    value = made[name]
    return _only(part.below, value) if part.below and isinstance(value, dict) else value
