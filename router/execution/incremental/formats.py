"""The two ways to write answers in parts: the current draft of the specification, and the one of 2022-08-24."""

from collections.abc import Iterable
from enum import StrEnum

from kernel.subgraph import JsonObject, JsonValue
from router.execution.incremental.delivery import Completion, Fragment, Piece, Release


class IncrementalFormat(StrEnum):
    """What clients ask for in `Accept: multipart/mixed`; the value is the parameter that says so."""

    #: `pending`, `incremental` and `completed` with ids
    CURRENT = "incrementalSpec=v0.2"
    #: `incremental` with a path and a label
    OLDER = "deferSpec=20220824"


def first_payload(answer: JsonObject, release: Release, incremental: IncrementalFormat) -> JsonObject:
    """The first payload: the answer so far, and what is to come."""
    if incremental is IncrementalFormat.CURRENT:
        answer["pending"] = [_pending(fragment) for fragment in release.pending]
    answer["hasNext"] = True
    return answer


def later_payload(release: Release, incremental: IncrementalFormat) -> JsonObject | None:
    """A further payload, or None when there is nothing to tell."""
    payload = _current(release) if incremental is IncrementalFormat.CURRENT else _older(release)
    if not payload and release.has_next:
        return None
    payload["hasNext"] = release.has_next
    return payload


def _current(release: Release) -> JsonObject:
    parts: dict[str, list[JsonValue]] = {
        "pending": [_pending(fragment) for fragment in release.pending],
        "incremental": [_piece(piece) for piece in release.pieces],
        "completed": [_completion(completion) for completion in release.completed],
    }
    return {name: entries for name, entries in parts.items() if entries}


def _pending(fragment: Fragment) -> JsonObject:
    return {"id": fragment.id, "path": [*fragment.path], **_label(fragment)}


def _piece(piece: Piece) -> JsonObject:
    below: list[JsonValue] = [*piece.path[len(piece.fragment.path) :]]
    sub_path: JsonObject = {"subPath": below} if below else {}
    return {"id": piece.fragment.id, **sub_path, "data": piece.data, **_errors(piece.errors)}


def _completion(completion: Completion) -> JsonObject:
    return {"id": completion.fragment.id, **_errors(completion.errors)}


def _older(release: Release) -> JsonObject:
    entries: list[JsonValue] = [
        {"data": piece.data, "path": [*piece.path], **_label(piece.fragment), **_errors(piece.errors)}
        for piece in release.pieces
    ]
    entries.extend(
        {"data": None, "path": [*failed.fragment.path], **_label(failed.fragment), **_errors(failed.errors)}
        for failed in release.completed
        if failed.is_failed
    )
    return {"incremental": entries} if entries else {}


def _label(fragment: Fragment) -> JsonObject:
    return {"label": fragment.label} if fragment.label is not None else {}


def _errors(errors: Iterable[JsonObject]) -> JsonObject:
    listed: list[JsonValue] = [*errors]
    return {"errors": listed} if listed else {}
