"""Which places of an answer hang on which operations of a plan, and what every look-up needs."""

from collections.abc import Collection, Iterator, Sequence

from router.planning.nodes import Expected, Fetch, KeyPart, PathStep
from router.planning.selections import TYPENAME

#: a path without indexes
Keys = tuple[str, ...]


def hanging_on(operations: Collection[str], fetches: Sequence[Fetch]) -> set[Keys]:
    """The places that the operations bring, and the look-ups that need those, and so on."""
    rest = list(fetches)
    places: set[Keys] = set()
    while found := [it for it in rest if it.operation in operations or any(place in places for place in needs(it))]:
        places.update(place for fetch in found for place in brought(fetch))
        rest = [fetch for fetch in rest if fetch not in found]
    return places


def brought(fetch: Fetch) -> Iterator[Keys]:
    """The places a fetch writes to."""
    for flatten in fetch.flattens:
        for entities in flatten.entities:
            yield from _below(flatten.expected, keys_of(entities.path))
    yield from _below(fetch.expected, keys_of(fetch.path))


def needs(fetch: Fetch) -> Iterator[Keys]:
    """The places a fetch cannot do without."""
    paths = [entities.path for flatten in fetch.flattens for entities in flatten.entities]
    for path in paths or [fetch.path]:
        yield from _passed(path)
        for value in fetch.contexts:
            yield from _parts(keys_of(path[: value.depth]), value.parts)
    for flatten in fetch.flattens:
        for entities in flatten.entities:
            at = keys_of(entities.path)
            if entities.type_name is not None:
                yield (*at, entities.typename_key or TYPENAME)
            yield from _parts(at, entities.parts)


def keys_of(path: Sequence[PathStep]) -> Keys:
    return tuple(step.key for step in path)


def _passed(path: Sequence[PathStep]) -> Iterator[Keys]:
    at = keys_of(path)
    for index, step in enumerate(path):
        yield at[: index + 1]
        if step.on_type is not None:
            yield (*at[:index], step.typename_key or TYPENAME)


def _parts(at: Keys, parts: Sequence[KeyPart]) -> Iterator[Keys]:
    for part in parts:
        yield (*at, part.key)
        yield from _parts((*at, part.key), part.below)


def _below(expected: Expected, at: Keys) -> Iterator[Keys]:
    for field in expected.fields.values():
        yield (*at, field.key)
        if field.below is not None:
            yield from _below(field.below, (*at, field.key))
