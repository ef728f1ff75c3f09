"""Errors for what has not come: a fetch that failed, was not made, or was answered with something else."""

from collections.abc import Sequence

from kernel.subgraph import JsonObject
from router.execution.errors import (
    MAX_ERRORS_PER_FETCH,
    REQUIREMENT_UNAVAILABLE,
    SUBGRAPH_ANSWER_INVALID,
    SUBGRAPH_UNAVAILABLE,
    ResponsePath,
    graphql_error,
)
from router.execution.failures import note_invalid
from router.execution.gathered import Place
from router.execution.representations import Target, is_unknown, left_out
from router.planning.nodes import Expected, Fetch, Flatten


def failures(fetch: Fetch, places: Sequence[Place], what: str, code: str) -> list[JsonObject]:
    """One error for every value that is missing because of a failed fetch, up to a limit."""
    paths: dict[ResponsePath, None] = {}
    for expected, targets in places:
        keys = [field.key for field in expected.fields.values() if field.is_visible]
        for _, at in targets:
            paths.update(dict.fromkeys((*at, key) for key in keys))
            if len(paths) > MAX_ERRORS_PER_FETCH:
                break
    message = f"the subgraph {fetch.subgraph} {what}"
    listed = list(paths)[:MAX_ERRORS_PER_FETCH] or [None]
    return [graphql_error(message, code, path, subgraph=fetch.subgraph) for path in listed]


def unavailable(fetch: Fetch, places: Sequence[Place]) -> list[JsonObject]:
    """There is no answer."""
    return failures(fetch, places, "is unavailable", SUBGRAPH_UNAVAILABLE)


def malformed(fetch: Fetch, places: Sequence[Place]) -> list[JsonObject]:
    """The answer is of another form; logged and counted."""
    note_invalid(fetch.subgraph, "of another form")
    return failures(fetch, places, "answered something else than was asked", SUBGRAPH_ANSWER_INVALID)


def unaskable(flattens: Sequence[Flatten], values: JsonObject) -> list[Place]:
    """The objects a subgraph is not asked about because what it needs of them has not come.

    Where the key is null nothing has failed: the fields are null, too.
    """
    places: list[Place] = []
    for flatten in flattens:
        lacking: list[Target] = []
        for entities in flatten.entities:
            for target in left_out(entities, values):
                if is_unknown(entities, target[0]):
                    fill_null(flatten.expected, target[0])
                else:
                    lacking.append(target)
        places.append((flatten.expected, lacking))
    return places


def without_requirement(fetch: Fetch, places: Sequence[Place]) -> list[JsonObject]:
    """What the subgraph requires of the objects has not come."""
    what = "cannot be asked without what it requires"
    return [error for error in failures(fetch, places, what, REQUIREMENT_UNAVAILABLE) if "path" in error]


def fill_null(expected: Expected, target: JsonObject) -> None:
    """The fields that were to come are null, where nothing has come."""
    for field in expected.fields.values():
        target.setdefault(field.key, None)
