"""Puts answers in parts together, as clients of both formats do."""

from collections.abc import Iterable
from typing import Any


def merged(payloads: Iterable[Any]) -> Any:
    """The data of all payloads; what was delivered already must not come again."""
    first, *later = payloads
    data = first["data"]
    paths = {pending["id"]: pending["path"] for pending in first.get("pending", [])}
    for payload in later:
        paths.update({pending["id"]: pending["path"] for pending in payload.get("pending", [])})
        for entry in payload.get("incremental", []):
            path = entry["path"] if "path" in entry else [*paths[entry["id"]], *entry.get("subPath", [])]
            if entry["data"] is not None:
                _add(_at(data, path), entry["data"])
        for completed in payload.get("completed", []):
            del paths[completed["id"]]
    assert paths == {}
    assert [payload["hasNext"] for payload in later] == [True] * (len(later) - 1) + [False] * bool(later)
    return data


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def _add(known: dict[str, Any], more: dict[str, Any]) -> None:
    assert not known.keys() & more.keys()
    known.update(more)
