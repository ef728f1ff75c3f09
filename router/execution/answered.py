"""What subgraphs answered to one request, kept to tell which of them a wrong value, or one left out, is from."""

from collections.abc import Iterator, Mapping, Sequence
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

    `faults` counts what was found to be wrong with it.
    """

    fetch: Fetch
    errors: Sequence[JsonValue]
    portions: Sequence[Portion]
    faults: int = 0
    _objects: Sequence[tuple[Expected, Mapping[int, JsonObject]]] | None = None
    _may_lack: bool | None = None

    @property
    def may_lack(self) -> bool:
        """Whether it may have left something out: objects came, and no error without a path (that may be about any)."""
        if self._may_lack is None:
            self._may_lack = bool(self.portions) and all(path_of(error) is not None for error in self.errors)
        return self._may_lack

    def lacks(self, way: Sequence[tuple[JsonObject, Steps]]) -> bool:
        """Whether it has the object that a value belongs to, but not the value."""
        return any(answer.keys().isdisjoint(aliases) for answer, aliases in self._at(way))

    def given(self, way: Sequence[tuple[JsonObject, Steps]]) -> Iterator[JsonValue]:
        """The values it has at a place, nulls too."""
        return (answer[alias] for answer, aliases in self._at(way) for alias in aliases if alias in answer)

    def _at(self, way: Sequence[tuple[JsonObject, Steps]]) -> Iterator[tuple[JsonObject, Sequence[str]]]:
        """Its objects that were to have a value, and the aliases it may have there."""
        if self._objects is None:
            self._objects = [(portion.expected, portion.by_target()) for portion in self.portions]
        for target, steps in way:
            for expected, objects in self._objects:
                yield from _at(expected, objects.get(id(target)), steps)


@dataclass(slots=True)
class Answers:
    """All answers to one request, and the response they were brought into."""

    values: JsonObject
    received: list[Answered] = dataclass_field(default_factory=list[Answered])

    def lacking(self, path: ResponsePath) -> Answered | None:
        """The last answer that lacks the value at a path of the response, though it was asked for it."""
        suspects = [answered for answered in reversed(self.received) if answered.may_lack]
        way = _way(self.values, path) if suspects else []
        return next((answered for answered in suspects if answered.lacks(way)), None)

    def giving(self, path: ResponsePath) -> Answered | None:
        """The last answer that has the value at a path of the response, or the list it is in; null if all have that."""
        way = _way(self.values, path)
        given = [(answered, value) for answered in reversed(self.received) for value in answered.given(way)]
        return next((answered for answered, value in given if value is not None), given[0][0] if given else None)


def _way(value: JsonValue, path: ResponsePath) -> list[tuple[JsonObject, Steps]]:
    """The objects on the way to a value, each with the steps to the last key."""
    end = next((length for length in range(len(path), 0, -1) if isinstance(path[length - 1], str)), 0)
    way: list[tuple[JsonObject, Steps]] = []
    for position, step in enumerate(path[:end]):
        if isinstance(value, dict) and isinstance(step, str):
            way.append((value, path[position:end]))
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return way


def _at(expected: Expected | None, answer: JsonValue, steps: Steps) -> Iterator[tuple[JsonObject, Sequence[str]]]:
    """The objects of an answer that a last key belongs to, with its aliases; an object may come in several parts."""
    step, remaining = steps[0], steps[1:]
    if isinstance(step, int):
        if isinstance(answer, list) and step < len(answer):
            yield from _at(expected, answer[step], remaining)
    elif isinstance(answer, dict) and expected is not None:
        found = {alias: field.below for alias, field in expected.fields.items() if field.key == step}
        if found and not remaining:
            yield answer, [*found]
        for alias, below in found.items() if remaining else ():
            yield from _at(below, answer.get(alias), remaining)
