"""What subgraphs answered to one request, kept to tell which of them left out a value that is not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TypeAlias

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import ResponsePath, path_of
from router.planning.nodes import Expected, Fetch

Steps: TypeAlias = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Portion:
    """Objects of an answer, what was expected of each, and the objects of the response that each was brought into."""

    expected: Expected
    values: Sequence[JsonValue]
    targets: Sequence[Sequence[JsonObject]]

    def by_target(self) -> Mapping[int, JsonObject]:
        """The answer's objects by the ids of those in the response."""
        pairs = zip(self.values, self.targets, strict=False)
        return {id(target): value for value, same in pairs if isinstance(value, dict) for target in same}


@dataclass(slots=True)
class Answered:
    """The answer to one fetch: a root operation's data, or the entities of each look-up.

    `omissions` counts the values it lacks that were missed.
    """

    fetch: Fetch
    errors: Sequence[JsonValue]
    portions: Sequence[Portion]
    omissions: int = 0
    _objects: Sequence[tuple[Expected, Mapping[int, JsonObject]]] | None = None

    def lacks(self, way: Sequence[tuple[JsonObject, Steps]]) -> bool:
        """Whether it has an object of the response, but not the value that the steps from that object lead to.

        An error without a path may be about any value.
        """
        if any(path_of(error) is None for error in self.errors):
            return False
        if self._objects is None:
            self._objects = [(portion.expected, portion.by_target()) for portion in self.portions]
        return any(
            id(target) in objects and _lacks(expected, objects[id(target)], steps)
            for target, steps in way
            for expected, objects in self._objects
        )


@dataclass(slots=True)
class Answers:
    """All answers to one request, and the response they were brought into."""

    values: JsonObject
    received: list[Answered] = dataclass_field(default_factory=list[Answered])

    def without(self, path: ResponsePath) -> Answered | None:
        """The last answer that lacks the value at a path of the response, though it was asked for it."""
        way = _way(self.values, path)
        return next((answered for answered in reversed(self.received) if answered.lacks(way)), None)


def _way(value: JsonValue, path: ResponsePath) -> list[tuple[JsonObject, Steps]]:
    """The objects on the way to a place, each with the steps that remain."""
    way: list[tuple[JsonObject, Steps]] = []
    for position, step in enumerate(path):
        if isinstance(value, dict) and isinstance(step, str):
            way.append((value, path[position:]))
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return way


def _lacks(expected: Expected | None, answer: JsonValue, steps: Steps) -> bool:
    """Whether an answer has the object steps lead to, but not the value at their end; a key may have many aliases."""
    step, remaining = steps[0], steps[1:]
    if isinstance(step, int):
        return isinstance(answer, list) and step < len(answer) and _lacks(expected, answer[step], remaining)
    if not isinstance(answer, dict) or expected is None:
        return False
    found = {alias: field.below for alias, field in expected.fields.items() if field.key == step}
    if not remaining:
        return bool(found) and answer.keys().isdisjoint(found)
    return any(_lacks(below, answer.get(alias), remaining) for alias, below in found.items())
