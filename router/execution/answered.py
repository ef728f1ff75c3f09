"""What subgraphs answered to one request, kept to tell which of them a wrong value, or one left out, is from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import zip_longest
from typing import Final, NamedTuple, TypeAlias

from kernel.subgraph import JsonObject, JsonValue
from router.execution.errors import ResponsePath, path_of
from router.planning.nodes import Expected, Fetch
from router.planning.selections import TYPENAME

Steps: TypeAlias = Sequence[str | int]
#: the objects on the way to a value, each with the steps from there
Way: TypeAlias = Sequence[tuple[JsonObject, Steps]]


@dataclass(frozen=True, slots=True)
class Portion:
    """Objects of an answer, what was expected of each, and the objects of the response that each was brought into.

    Of a fetch without an answer there are no values. Look-ups have a representation of each object.
    """

    expected: Expected
    values: Sequence[JsonValue]
    targets: Sequence[Sequence[JsonObject]]
    representations: Sequence[JsonObject] = ()

    def by_target(self) -> Mapping[int, "Brought"]:
        """What has come for the objects of the response, by their ids."""
        rows = zip_longest(self.values, self.targets, self.representations)
        return {
            id(target): Brought(value, representation[TYPENAME] if representation else None)
            for value, same, representation in rows
            for target in same or ()
        }


class Brought(NamedTuple):
    """What an answer has for an object, and as what type that was asked about."""

    value: JsonValue
    asked_as: JsonValue


class _NotAnswered:
    """What is below something that has not come."""


_NOT_ANSWERED: Final = _NotAnswered()
_Answer: TypeAlias = "JsonValue | _NotAnswered"


@dataclass(slots=True)
class Answered:
    """The answer to one fetch, if there is one: a root operation's data, or the entities of each look-up.

    `faults` counts what was found to be wrong with it, `untyped` what could not be asked for want of types it lacks.
    """

    fetch: Fetch
    errors: Sequence[JsonValue]
    portions: Sequence[Portion]
    faults: int = 0
    untyped: int = 0
    _objects: Sequence[tuple[Expected, Mapping[int, Brought]]] | None = None
    _may_lack: bool | None = None

    @property
    def may_lack(self) -> bool:
        """Whether it may have left something out: objects came, and no error without a path (that may be about any)."""
        if self._may_lack is None:
            self._may_lack = bool(self.portions) and all(path_of(error) is not None for error in self.errors)
        return self._may_lack

    def lacks(self, way: Way) -> bool:
        """Whether it has an object on the way to a value, but not what is below that on the way."""
        return any(answer.keys().isdisjoint(aliases) for answer, aliases in self._at(way))

    def was_to_bring(self, way: Way) -> bool:
        """Whether the subgraph was to be asked for a value, whatever has come."""
        return any(True for _ in self._at(way, is_answered=False))

    def given(self, way: Way) -> Iterator[JsonValue]:
        """The values it has at a place, nulls too."""
        return (answer[alias] for answer, aliases in self._at(way) for alias in aliases if alias in answer)

    def _at(self, way: Way, *, is_answered: bool = True) -> Iterator[tuple[JsonObject, Sequence[str]]]:
        """Its objects that were to have a value, and the aliases it may have there."""
        if self._objects is None:
            self._objects = [(portion.expected, portion.by_target()) for portion in self.portions]
        types: dict[int, Sequence[JsonValue]] = {len(steps): (target.get(TYPENAME),) for target, steps in way}
        for target, steps in way:
            for expected, objects in self._objects:
                brought = objects.get(id(target))
                if brought is not None:
                    value = brought.value if is_answered else _NOT_ANSWERED
                    known = types | {len(steps): (*types[len(steps)], brought.asked_as)}
                    yield from _at(expected, value, steps, known)


@dataclass(slots=True)
class Answers:
    """All answers to one request, and the response they were brought into."""

    values: JsonObject
    received: list[Answered] = dataclass_field(default_factory=list[Answered])

    def lacking(self, path: ResponsePath) -> Answered | None:
        """The last answer that lacks the value at a path of the response, though it was asked for it."""
        return self._last(Answered.lacks, path)

    def was_to_bring(self, path: ResponsePath) -> Answered | None:
        """The last fetch that was to bring the value at a path of the response, whatever has come of it."""
        return self._last(Answered.was_to_bring, path)

    def _last(self, is_meant: Callable[[Answered, Way], bool], path: ResponsePath) -> Answered | None:
        suspects = [answered for answered in reversed(self.received) if answered.may_lack]
        way = _way(self.values, path) if suspects else []
        return next((answered for answered in suspects if is_meant(answered, way)), None)

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


def _at(
    expected: Expected | None,
    answer: _Answer,
    steps: Steps,
    types: Mapping[int, Sequence[JsonValue]],
) -> Iterator[tuple[JsonObject, Sequence[str]]]:
    """The objects of an answer that a last key belongs to, with its aliases; an object may come in several parts.

    `types` are those known of an object, by how many steps there are from it.
    """
    step, remaining = steps[0], steps[1:]
    if isinstance(step, int):
        if isinstance(answer, _NotAnswered):
            yield from _at(expected, answer, remaining, types)
        elif isinstance(answer, list) and step < len(answer):
            yield from _at(expected, answer[step], remaining, types)
    elif isinstance(answer, dict | _NotAnswered) and expected is not None:
        came = answer if isinstance(answer, dict) else {}
        told = (came[alias] for alias, field in expected.fields.items() if field.is_type and alias in came)
        found = _asked(expected, step, (*types.get(len(steps), ()), *told))
        if found and not remaining:
            yield came, [*found]
        for alias, below in found.items() if remaining else ():
            yield from _at(below, came.get(alias, _NOT_ANSWERED), remaining, types)


def _asked(expected: Expected, key: str, types: Sequence[JsonValue]) -> Mapping[str, Expected | None]:
    """What is expected below a key of an object, by its aliases; of a type nobody knows it may be anything."""
    known = [name for name in types if name is not None]
    return {
        alias: field.below
        for alias, field in expected.fields.items()
        if field.key == key and (not known or field.on_types is None or any(name in known for name in field.on_types))
    }
