"""How an answer may differ from the monolith's, and how it may not."""

from collections.abc import Collection, Iterator
from types import NoneType
from typing import Any

ErrorPath = tuple[str | int, ...]


def keys_in_order(value: Any) -> Iterator[str]:
    """All keys of all objects, in the order they are written."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in_order(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in_order(inner)


def error_paths(answer: Any) -> set[ErrorPath]:
    return {tuple(error.get("path") or ()) for error in answer.get("errors", [])}


def is_below_null(value: Any, path: ErrorPath) -> bool:
    """True when a null at or above the path hides what happened there."""
    for step in path:
        if value is None:
            return True
        value = value[step]
    return False


def is_partial(found: Any, whole: Any) -> bool:
    """True when the value is the other one with some values null."""
    if found is None:
        return True
    if isinstance(found, dict) and isinstance(whole, dict):
        return list(found) == list(whole) and all(is_partial(found[key], whole[key]) for key in found)
    if isinstance(found, list) and isinstance(whole, list):
        return len(found) == len(whole) and all(map(is_partial, found, whole))
    return found == whole and type(found) is type(whole)


def differences(answer: Any, expected: Any) -> list[str]:
    """What is wrong with an answer of which nothing is lost.

    Below an object that became null the router has nothing more to fetch, so it may report fewer errors there; of
    errors below one null the specification lets anyone report as many as they like (§6.4.4).
    """
    if answer.get("data") != expected["data"]:
        return ["the data differ"]
    if list(keys_in_order(answer["data"])) != list(keys_in_order(expected["data"])):
        return ["the order of keys differs"]
    if "errors" in expected and "errors" not in answer:
        return ["the router keeps errors to itself"]
    more = error_paths(answer) - error_paths(expected)
    return [f"an error at {path}" for path in more if not is_below_null(answer["data"], path)]


def bounds(answer: Any, least: Any, whole: Any) -> list[str]:
    """What is wrong with the data of an answer that has lost something: more is missing, or it was never there."""
    if not is_partial(answer.get("data"), whole["data"]):
        return ["the data are not those of one schema"]
    return [] if is_partial(least["data"], answer["data"]) else ["more is missing than was lost"]


def losses(answer: Any, least: Any, whole: Any) -> list[str]:
    """What is wrong with an answer that has lost something.

    It has nothing but values of the `whole` answer, all those of the `least` one, which lacks whatever hangs on what
    was lost, and for every other null an error at, above or below it.
    """
    beyond = bounds(answer, least, whole)
    if beyond:
        return beyond
    told = {tuple(path) for path in error_paths(answer)}
    return [
        f"nobody is told why {at} is null" for at in nulled(answer["data"], whole["data"]) if not _is_told(at, told)
    ]


def nulled(found: Any, whole: Any, at: ErrorPath = ()) -> Iterator[ErrorPath]:
    """Where a value is null that is not null in the whole one."""
    if found is None and whole is not None:
        yield at
    elif isinstance(found, dict):
        for key, inner in found.items():
            yield from nulled(inner, whole[key], (*at, key))
    elif isinstance(found, list):
        for index, inner in enumerate(found):
            yield from nulled(inner, whole[index], (*at, index))


def _is_told(at: ErrorPath, told: set[ErrorPath]) -> bool:
    return any(path[: len(at)] == at or at[: len(path)] == path for path in told)


def repeated_errors(answer: Any) -> list[str]:
    """Errors that are told twice at one place."""
    texts = [repr(error) for error in answer.get("errors", [])]
    return [f"{text} is told again" for index, text in enumerate(texts) if text in texts[:index]]


def accusations(answer: Any, guilty: Collection[str] = ()) -> list[str]:
    """Subgraphs that are told to have answered something else than was asked, but have not."""
    extensions = [error["extensions"] for error in answer.get("errors", [])]
    named = {told["subgraph"] for told in extensions if told["code"] == "SUBGRAPH_ANSWER_INVALID"}
    return [f"{name} is accused of what it has not done" for name in named.difference(guilty)]


def flaws(answer: Any) -> list[str]:
    """What is wrong with an answer whatever was asked: parts it may not have, errors at places that are not there."""
    found = [f"the answer has {key}" for key in answer if key not in {"data", "errors"}]
    if not isinstance(answer.get("data"), dict | NoneType):
        found.append("the data are no object")
    for path in error_paths(answer):
        try:
            is_below_null(answer["data"], path)
        except (LookupError, TypeError):
            found.append(f"there is an error at {path}, which does not exist")
    return found
