"""Which parts of a response come from one fetch alone: they can be taken from its answer without being copied."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from router.planning.nodes import Expected, Fetch, PathStep

#: response keys from the top, without list indexes
Keys: TypeAlias = tuple[str, ...]


class Ownership:
    """Counts for every place in a response how many of a plan's fetches and look-ups write there or below."""

    def __init__(self, fetches: Iterable[Fetch]) -> None:
        self._writers: Counter[Keys] = Counter()
        for fetch in fetches:
            for path, expected in _writes(fetch):
                self._writers.update(_places(path, expected))

    def is_untouched(self, places: Iterable[Keys], below: Expected) -> bool:
        """True when nothing else writes there, and the answer has the response's keys throughout."""
        return all(self._writers[place] == 1 for place in places) and _has_response_keys(below)


def keys_of(path: Iterable[PathStep]) -> Keys:
    """A path by its keys."""
    return tuple(step.key for step in path)


def _writes(fetch: Fetch) -> Iterator[tuple[Keys, Expected]]:
    if not fetch.flattens:
        yield keys_of(fetch.path), fetch.expected
    for flatten in fetch.flattens:
        # one object may be looked up as several types, so each counts
        for entities in flatten.entities:
            yield keys_of(entities.path), flatten.expected


def _places(path: Keys, expected: Expected) -> Iterator[Keys]:
    yield from (path[:length] for length in range(len(path) + 1))
    yield from _inside(path, expected)


def _inside(path: Keys, expected: Expected) -> Iterator[Keys]:
    """The objects of an answer; one that comes in parts under several aliases counts for each."""
    for field in expected.fields.values():
        if field.below is not None:
            yield (*path, field.key)
            yield from _inside((*path, field.key), field.below)


def _has_response_keys(expected: Expected) -> bool:
    # where nothing is expected `__typename` is asked for want of anything else, and must not be taken for an answer
    return bool(expected.fields) and all(
        alias == field.key and (field.below is None or _has_response_keys(field.below))
        for alias, field in expected.fields.items()
    )
