"""Errors as clients see them: coded, with the client's own path, and without the insides of a subgraph."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from kernel.subgraph import JsonObject, JsonValue
from router.execution.leaves import is_writable
from router.planning.nodes import Expected
from router.planning.positions import Position

ResponsePath: TypeAlias = tuple[str | int, ...]

INTERNAL: Final = "INTERNAL"
SUBGRAPH_UNAVAILABLE: Final = "SUBGRAPH_UNAVAILABLE"
SUBGRAPH_ANSWER_INVALID: Final = "SUBGRAPH_ANSWER_INVALID"
REQUIREMENT_UNAVAILABLE: Final = "REQUIREMENT_UNAVAILABLE"
_MASKED_EXTENSIONS: Final = frozenset({"stacktrace", "exception", "debug", "traceback"})
_MAX_MESSAGE: Final = 2_000
MAX_ERRORS_PER_FETCH: Final = 100


def graphql_error(
    message: str,
    code: str,
    path: ResponsePath | None = None,
    *,
    subgraph: str | None = None,
    extensions: JsonObject | None = None,
) -> JsonObject:
    """One entry of `errors`; the request id is added when the response is written."""
    told: JsonObject = {**(extensions or {}), "code": code}
    if subgraph is not None:
        told["subgraph"] = subgraph
    error: JsonObject = {"message": message}
    if path is not None:
        error["path"] = list(path)
    error["extensions"] = told
    return error


def subgraph_error(raw: JsonValue, subgraph: str, path: ResponsePath | None) -> JsonObject:
    """A subgraph's error for the client: its message and extensions, without stack traces, at the client's path."""
    known = raw if isinstance(raw, dict) else {}
    message = known.get("message")
    extensions = known.get("extensions")
    kept: JsonObject = (
        {key: value for key, value in extensions.items() if key not in _MASKED_EXTENSIONS and is_writable(value)}
        if isinstance(extensions, dict)
        else {}
    )
    code = kept.get("code")
    text = message[:_MAX_MESSAGE] if isinstance(message, str) else "the subgraph answered an error"
    return graphql_error(text, code if isinstance(code, str) else INTERNAL, path, subgraph=subgraph, extensions=kept)


def path_of(raw: JsonValue) -> Sequence[str | int] | None:
    """The path of a subgraph's error, if it has a valid one."""
    path = raw.get("path") if isinstance(raw, dict) else None
    if not isinstance(path, list):
        return None
    return [step for step in path if isinstance(step, str | int)]


def client_path(expected: Expected, steps: Sequence[str | int], prefix: ResponsePath) -> ResponsePath:
    """The path in the client's keys; it ends above the first value the client does not see."""
    path = list(prefix)
    level: Expected | None = expected
    for step in steps:
        if isinstance(step, int):
            path.append(step)
            continue
        field = level.fields.get(step) if level is not None else None
        if field is None or not field.is_visible:
            break
        path.append(field.key)
        level = field.below
    return tuple(path)


def visible_path(path: JsonValue, position: Position) -> JsonValue:
    """A path up to the first key the client did not ask for: what failed below is a key or a requirement."""
    if not isinstance(path, list):
        return path
    level = position
    for index, step in enumerate(path):
        if isinstance(step, str):
            if step not in level.client_keys:
                return path[:index]
            level = level.child(step)
    return path


def hide_keys(error: JsonObject, position: Position) -> None:
    """Let an error of ours point to a place the client knows."""
    path = visible_path(error.pop("path", None), position)
    if path:
        error["path"] = path


def is_about(error: JsonObject, data: JsonValue) -> bool:
    """False when the error's path leads to a key the answer does not have.

    A subgraph that does not know an object's type is asked for what the client wants of other types, too.
    """
    return leads_into(response_path(error), data)


def response_path(error: JsonObject) -> ResponsePath:
    """The path of one of our own errors; empty if it has none."""
    path = error.get("path")
    return tuple(step for step in path if isinstance(step, str | int)) if isinstance(path, list) else ()


def leads_into(path: ResponsePath, value: JsonValue) -> bool:
    """False when a path leads to a key that is not there; below a null everything is."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            if step not in value:
                return False
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            # below a null
            return True
    return True
