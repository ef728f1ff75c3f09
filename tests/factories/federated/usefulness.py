"""Whether every look-up of a plan brings something: to the client, or to a later look-up."""

from collections.abc import Sequence

from router.planning.nodes import Expected, Fetch
from router.planning.selections import TYPENAME
from tests.factories.federated.dependence import Keys, keys_of, needs


def useless_fetches(fetches: Sequence[Fetch]) -> list[str]:
    """Operations of look-ups none of whose values is the client's or needed by another fetch."""
    used = {place for fetch in fetches for place in needs(fetch)}
    found: list[str] = []
    for fetch in fetches:
        answers = [(flatten.expected, [entities.path for entities in flatten.entities]) for flatten in fetch.flattens]
        for expected, paths in answers or [(fetch.expected, [fetch.path])]:
            if not any(_brings(expected, keys_of(path), used) for path in paths):
                found.append(fetch.operation)
    return found


def _brings(expected: Expected, at: Keys, used: set[Keys]) -> bool:
    if not expected.fields:
        return True
    return any(
        field.is_visible or field.key.endswith(TYPENAME) or (*at, field.key) in used
        if field.below is None
        else _brings(field.below, (*at, field.key), used)
        for field in expected.fields.values()
    )
